//! A run that was reported recorded is there, whatever happens to the process or the power.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::lab::{clean, git};

/// The system calls by which a record changes the disk or lets go of a file.
const CALLS: [&str; 8] =
    ["openat", "write", "renameat", "mkdir", "fsync", "sync_file_range", "close", "unlink"];
/// More points of one call than a record has.
const POINTS: usize = 400;
/// What `FS_IOC_SHUTDOWN` without flushing the journal does to a mounted file system: a power cut.
const CUT: &str =
    "import fcntl, os, sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, b'\\2\\0\\0\\0')";

struct Place {
    home: TempDir,
    store: PathBuf,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("temporary folder");
        Self { store: home.path().join("s.git"), home }
    }

    /// Makes a command that works in this place; `wrapper` runs it.
    fn command(&self, wrapper: &[&str], arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_git-session");
        let mut words = wrapper.iter().copied().chain([program]);
        let mut command = Command::new(words.next().expect("there is the program"));
        clean(&mut command, self.home.path());
        command.args(words).arg("--store").arg(&self.store).args(arguments);
        command.current_dir(self.home.path()).stderr(Stdio::null());
        command
    }

    fn record(&self, wrapper: &[&str], summary: &str) -> (Output, Option<String>) {
        let output = self.command(wrapper, &["record", "--json", "-m", summary]).output().expect("runs");
        let said: Option<serde_json::Value> = serde_json::from_slice(&output.stdout).ok();
        let run = said.and_then(|said| said["run"].as_str().map(str::to_owned));
        (output, run)
    }

    fn runs(&self) -> BTreeSet<String> {
        let output = self.command(&[], &["runs", "--json"]).output().expect("runs");
        let runs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let ids = runs.as_array().expect("a list").iter().filter_map(|run| run["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    fn fsck(&self) {
        let output = git(&self.store, &["fsck", "--strict", "--full", "--no-dangling"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

#[test]
fn a_kill_at_any_system_call_loses_nothing_that_was_reported() {
    if !works("strace", &["-o", "/dev/null", "true"]) {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let place = Place::new();
    assert!(place.command(&[], &["-q", "new", "Killed"]).output().expect("runs").status.success());
    let (mut reported, mut points) = (BTreeSet::new(), 0);
    for call in CALLS {
        for point in 1..POINTS {
            let (trace, inject) =
                (format!("trace={call}"), format!("inject={call}:signal=KILL:when={point}"));
            let wrapper = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let (output, run) = place.record(&wrapper, &format!("{call} {point}"));
            reported.extend(run);
            if output.status.success() {
                break;
            }
            points += 1;
            let (after, run) = place.record(&[], "after a kill");
            assert!(after.status.success(), "a record after a kill at {call} {point} must work");
            reported.extend(run);
        }
    }
    place.fsck();
    let there = place.runs();
    let lost = reported.difference(&there).count();
    println!("{points} kill points: {lost} of {} reported runs lost, 0 blocked", reported.len());
    assert_eq!(lost, 0, "what was reported recorded is there");
    assert!(points > CALLS.len(), "the kills took place");
}

/// A file system of its own in a file, mounted.
struct Disk {
    folder: TempDir,
}

impl Disk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let disk = Self { folder };
        fs::create_dir(disk.mount_point()).expect("made");
        let image = fs::File::create(disk.image()).expect("made");
        image.set_len(128 * 1024 * 1024).expect("sized");
        let made = works("mkfs.ext4", &["-q", "-F", disk.image().to_str()?]);
        (made && disk.mount()).then_some(disk)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mount_point(&self) -> PathBuf {
        self.folder.path().join("mount")
    }

    fn mount(&self) -> bool {
        let (image, point) = (self.image(), self.mount_point());
        works("mount", &["-o", "loop", image.to_str().expect("text"), point.to_str().expect("text")])
    }

    /// Cuts the power, and turns it on again.
    fn cut(&self) {
        let point = self.mount_point();
        let point = point.to_str().expect("text");
        assert!(works("python3", &["-c", CUT, point]), "the file system is shut down");
        assert!(works("umount", &[point]) && self.mount(), "the file system recovers");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        works("umount", &[self.mount_point().to_str().unwrap_or_default()]);
    }
}

fn write_many(folder: &Path, round: usize) {
    fs::create_dir_all(folder).expect("made");
    for file in 0..80 {
        fs::write(folder.join(format!("f{file}.md")), format!("round {round} file {file}\n"))
            .expect("written");
    }
}

#[test]
fn a_power_cut_loses_nothing_that_was_reported() {
    let (mut reported, mut cuts) = (0, 0);
    for fsync in ["batch", "full"] {
        // The last round starts with a new store and cuts at once: the first run counts too.
        for round in [5, 3, 1] {
            let Some(disk) = Disk::new() else {
                println!("skipped: a power cut needs root, loop devices and ext4");
                return;
            };
            let mut place = Place::new();
            place.store = disk.mount_point().join("new/s.git");
            let setting = format!("[session]\n\tfsync = {fsync}\n");
            fs::write(place.home.path().join(".gitconfig"), setting).expect("written");
            let with_setting = |command: &mut Command| {
                command.env_remove("GIT_CONFIG_GLOBAL").output().expect("runs").stdout
            };
            with_setting(&mut place.command(&[], &["-q", "new", "Cut"]));
            let many = place.home.path().join("many");
            let many = many.to_str().expect("text");
            let mut runs = BTreeSet::new();
            for run in 0..round {
                write_many(Path::new(many), run);
                // Every other run has so many files that it is one pack.
                let files: &[&str] = if run % 2 == 0 { &["--context", many] } else { &[] };
                let arguments = [&["record", "--json", "-m", "run"], files].concat();
                let said = with_setting(&mut place.command(&[], &arguments));
                let said: serde_json::Value = serde_json::from_slice(&said).expect("reported");
                runs.insert(said["run"].as_str().expect("an id").to_owned());
            }
            disk.cut();
            assert_eq!(fs::read_dir(disk.mount_point().join("new")).expect("there").count(), 1);
            place.command(&[], &["switch", "Cut"]).output().expect("runs");
            assert_eq!(place.runs(), runs, "with {fsync}, every reported run is there after a cut");
            place.fsck();
            assert!(place.record(&[], "after").0.status.success(), "the next record works");
            (reported, cuts) = (reported + runs.len(), cuts + 1);
        }
    }
    println!("{cuts} power cuts: 0 of {reported} reported runs lost");
}
