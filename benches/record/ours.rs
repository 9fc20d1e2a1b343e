//! Recording by this program.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use git_session::model::{Person, RunId, RunRecord, RunStatus, SessionId};
use git_session::ops::{
    self, ContextInput, CreateOptions, Env, FolderScan, GcOptions, IdOrigin, Limits, RecordInput, Sensitive,
};
use git_session::store::{Durability, SessionRef, Store, StoreOptions};
use uuid::Uuid;

use crate::{BYTES, CHANGED, FILES};

/// A session with a context of files.
pub struct Bench {
    pub dir: tempfile::TempDir,
    store: Store,
    env: Env,
    session: SessionRef,
    id: SessionId,
    durability: Durability,
}

impl Bench {
    pub fn new(durability: Durability) -> Self {
        Self::below(&std::env::temp_dir(), durability)
    }

    fn below(folder: &Path, durability: Durability) -> Self {
        let dir = tempfile::tempdir_in(folder).expect("temporary folder");
        let options = StoreOptions::default().with_durability(durability);
        let store = Store::open_or_create(&dir.path().join("s.git"), options).expect("made");
        let env = Env::real(Person::new("Bench", "bench@example.com"));
        let created = ops::create(&store, &env, "Bench", CreateOptions::default()).expect("created");
        std::fs::create_dir(dir.path().join("context")).expect("made");
        for file in 0..FILES {
            write(&dir.path().join("context"), file, Uuid::nil());
        }
        Self { dir, store, env, session: created.session, id: created.manifest.id, durability }
    }

    /// Makes a session that has this many runs, in a store that is maintained.
    ///
    /// Where there is one, a folder in memory is used: maintenance deletes the files that it packed, and
    /// for some minutes ext4 looks past each of them when it makes a file.
    pub fn at(runs: u64) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let bench = Self::below(&folder, Durability::Off);
        bench.record_with(&bench.input());
        while bench.record_with(&RecordInput::default()) < runs {}
        ops::gc(&bench.store, &bench.env, GcOptions::default(), &mut |_| ()).expect("maintained");
        bench
    }

    /// A copy of it where temporary files go, written to with another durability.
    pub fn copy(&self, durability: Durability) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        copy_folder(self.dir.path(), dir.path());
        let options = StoreOptions::default().with_durability(durability);
        let store = Store::open(&dir.path().join("s.git"), options).expect("opened");
        let env = Env::real(Person::new("Bench", "bench@example.com"));
        Self { dir, store, env, session: self.session.clone(), id: self.id, durability }
    }

    /// Of all files of the context, those that changed are found.
    pub fn in_process(&self) -> Duration {
        self.change();
        self.timed(self.scan())
    }

    /// Only the files that changed are handed over, as to gix.
    pub fn of_what_changed(&self) -> Duration {
        self.change();
        let mut scan = self.scan();
        let changed: Vec<String> = (0..CHANGED).map(|file| format!("f{file}.md")).collect();
        scan.files.retain(|path, _| changed.iter().any(|changed| changed == path.as_str()));
        self.timed(scan)
    }

    fn timed(&self, scan: FolderScan) -> Duration {
        let input = RecordInput::default().with_context(ContextInput::Overlay(scan));
        let started = Instant::now();
        self.record_with(&input);
        started.elapsed()
    }

    pub fn whole_process(&self) -> Duration {
        self.process(&[])
    }

    /// As hooks record: whether the run is recorded already has to be known.
    pub fn with_an_id(&self) -> Duration {
        self.process(&["--id", &Uuid::new_v4().to_string()])
    }

    fn process(&self, options: &[&str]) -> Duration {
        self.change();
        let mut command = self.command(&["-q", "record", "-m", "bench"]);
        command.args(options);
        command.arg("--context").arg(self.dir.path().join("context"));
        let started = Instant::now();
        assert!(command.status().expect("runs").success());
        started.elapsed()
    }

    /// Makes a command that runs the program on the session.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(crate::program::program());
        command.args(arguments).args(["-s", self.session.name.as_str()]).arg("--store").arg(self.store.dir());
        for (name, value) in [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "session.fsync"),
            ("GIT_CONFIG_VALUE_0", &format!("{:?}", self.durability).to_lowercase()),
        ] {
            command.env(name, value);
        }
        command.current_dir(self.dir.path()).stdout(Stdio::null());
        command
    }

    /// Changes some files of the context.
    pub fn change(&self) {
        change(&self.dir.path().join("context"));
    }

    pub fn input(&self) -> RecordInput {
        RecordInput::default().with_context(ContextInput::Overlay(self.scan()))
    }

    fn scan(&self) -> FolderScan {
        let folder = self.dir.path().join("context");
        ops::scan_folder(&folder, &Limits::default(), Sensitive::Withhold).expect("readable")
    }

    /// Records a run and returns its number.
    pub fn record_with(&self, input: &RecordInput) -> u64 {
        let mut record = RunRecord::new(RunId::new(Uuid::new_v4()), self.id, RunStatus::Succeeded);
        record.summary = "bench".to_owned();
        ops::record(&self.store, &self.env, &self.session, record, input, IdOrigin::Fresh)
            .expect("recorded")
            .number
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("known").is_dir() {
            std::fs::create_dir(&target).expect("made");
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Changes some files of a folder, and waits for the disk to have them: whoever syncs next on ext4
/// waits for all that was written before, by anybody, and these files are none of a record's.
pub fn change(folder: &Path) {
    (0..CHANGED).for_each(|file| write(folder, file, Uuid::new_v4()));
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(std::fs::File::open(folder).expect("opened")).expect("synced");
}

/// Writes a file of random words.
pub fn write(folder: &Path, file: usize, seed: Uuid) {
    std::fs::write(folder.join(format!("f{file}.md")), content(file, seed)).expect("written");
}

pub fn content(file: usize, seed: Uuid) -> String {
    let mut text = String::new();
    let mut count = 0;
    while text.len() < BYTES {
        count += 1;
        text.push_str(&Uuid::new_v5(&seed, format!("{file} {count}").as_bytes()).to_string());
        text.push('\n');
    }
    text
}
