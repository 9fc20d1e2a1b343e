//! Rows 27, 28 and 63: folders that are taken in while they change, and folders to write to.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Row;
use super::runner::{SECRET, assert_clean};
use crate::env::{TestEnv, output};

pub fn rows() -> Vec<Row> {
    let mut rows = unreadable();
    rows.extend(odd_files());
    rows.extend(targets());
    rows
}

/// Takes from root what lets it read everything; others have no such right.
pub fn without_rights(env: &TestEnv, command: &mut Command) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let lost = "-dac_override,-dac_read_search";
    let mut limited = env.program("setpriv");
    limited.arg(format!("--inh-caps={lost}")).arg(format!("--bounding-set={lost}"));
    limited.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    *command = limited;
}

/// Tells whether a file can be made unreadable here.
pub fn rights_can_be_lost() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    let can = !is_root
        || Command::new("setpriv")
            .args(["--inh-caps=-dac_override", "--bounding-set=-dac_override", "true"])
            .output()
            .is_ok_and(|out| out.status.success());
    if !can {
        eprintln!("skipped: only setpriv can keep root from reading a file");
    }
    can
}

fn forbid(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("set");
}

fn unreadable() -> Vec<Row> {
    let mut rows = vec![
        // The run is recorded without the file, and that is told: exit 1 would read as "not recorded".
        Row::new(27, &["record", "-m", "x", "--context", "$TMP/in"])
            .what("files come, go and grow meanwhile")
            .given(|env| drop(env.write("in/stays", "x")))
            .records()
            .then(changing_folder),
        Row::new(21, &["record", "-m", "x", "--context", "$TMP/in"])
            .what("a file is swapped for a link to a secret meanwhile")
            .given(|env| drop(env.write("in/stays", "x")))
            .records()
            .then(swapped_links),
    ];
    if !rights_can_be_lost() {
        rows.push(Row::new(27, &["context", "put", "a.md", "$TMP/none"]).says("$TMP/none"));
        return rows;
    }
    let plant = |env: &TestEnv| {
        env.write("in/stays", "x");
        env.write("in/folder/file", SECRET);
        forbid(Path::new(&env.write("in/closed", SECRET)));
        forbid(&env.path("in/folder"));
    };
    let limited = |arguments: &[&str]| Row::new(27, arguments).given(plant).with(without_rights);
    rows.extend([
        limited(&["record", "-m", "x", "--context", "$TMP/in"]).records().says("closed").says("folder"),
        limited(&["record", "-m", "x", "--context-mirror", "$TMP/in"]).records().says("not stored: closed"),
        limited(&["context", "put", "a.md", "$TMP/in/closed"]).says("Permission denied"),
        limited(&["context", "import", "$TMP/in"]).says("Permission denied"),
        limited(&["record", "-m", "x", "--context", "$TMP/in/folder"]).says("Permission denied"),
        limited(&["record", "-m", "x", "--conversation", "$TMP/in/closed"]).says("Permission denied"),
        limited(&["record", "--from", "$TMP/in/closed"]).says("Permission denied"),
    ]);
    rows
}

/// Records again and again while somebody else works in the folder.
fn race(env: &TestEnv, meddle: impl Fn(usize) + Send) {
    let stop = AtomicBool::new(false);
    let done = &stop;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in (0..usize::MAX).take_while(|_| !done.load(Ordering::Relaxed)) {
                meddle(n);
            }
        });
        for _ in 0..25 {
            let out = output(&mut env.command(&["record", "-m", "x", "--context", &env.arg("in")]));
            assert_clean("a folder that changes", &out);
            assert_eq!(out.status.code(), Some(0), "a run must be recorded: {}", env.text(&out));
        }
        done.store(true, Ordering::Relaxed);
    });
    env.fsck();
}

fn changing_folder(env: &TestEnv) {
    let (goes, grows) = (env.path("in/goes"), env.path("in/grows"));
    let meddle = move |n: usize| {
        let _ = if n.is_multiple_of(2) { fs::write(&goes, "x") } else { fs::remove_file(&goes) };
        let file = File::options().create(true).append(true).open(&grows).expect("opened");
        let mut file = if n.is_multiple_of(64) { File::create(&grows).expect("emptied") } else { file };
        let _ = file.write_all(&[b'x'; 4096]);
    };
    race(env, meddle);
}

fn swapped_links(env: &TestEnv) {
    let secret = env.write("secrets/file", SECRET);
    let (file, folder, secrets) = (env.path("in/a"), env.path("in/sub"), env.path("secrets"));
    let meddle = move |n: usize| {
        let _ = fs::remove_file(&file);
        let _ = fs::remove_file(&folder).or_else(|_| fs::remove_dir_all(&folder));
        if n.is_multiple_of(2) {
            let _ = symlink(&secret, &file);
            let _ = symlink(&secrets, &folder);
        } else {
            let _ = fs::write(&file, "x");
            let _ = fs::create_dir(&folder).and_then(|()| fs::write(folder.join("file"), "x"));
        }
    };
    race(env, meddle);
    let objects = env.git(&["cat-file", "--batch-all-objects", "--batch", "--buffer"]);
    assert!(!objects.contains(SECRET), "what a link leads to must not be in the store");
}

fn odd_files() -> Vec<Row> {
    let plant = |env: &TestEnv| {
        let folder = env.path("in");
        fs::create_dir_all(folder.join("sub")).expect("made");
        fs::write(folder.join(OsString::from_vec(b"latin-\xe9.md".to_vec())), "x").expect("written");
        for (name, bytes) in [("one-gigabyte", 1 << 30), ("one-terabyte", 1 << 40)] {
            File::create(folder.join(name)).expect("made").set_len(bytes).expect("sized");
        }
        for (name, text) in
            [("empty", &b""[..]), ("bytes", b"\xff\xfe\0"), ("sub/NUL", b"x"), ("a\x1b[2J", b"x")]
        {
            fs::write(folder.join(name), text).expect("written");
        }
    };
    let many = |env: &TestEnv| {
        fs::create_dir(env.path("in")).expect("made");
        // Their names alone are more than a record can hold.
        (0..6_000).for_each(|n| symlink("x", env.path(&format!("in/link-{n}"))).expect("linked"));
    };
    vec![
        Row::new(28, &["record", "-m", "x", "--context", "$TMP/in"])
            .given(plant)
            .records()
            .says("one-gigabyte: it has 1073741824 bytes")
            .says("one-terabyte: it has 1099511627776 bytes")
            .says("its name is not UTF-8")
            .says("'\\x1b'")
            .then(|env| {
                let files = env.ok(&["context", "ls", "--ndjson"]);
                assert!(
                    files.contains("\"bytes\"") && files.contains("\"empty\""),
                    "they are stored: {files}"
                );
                memory_is_flat(env);
            }),
        Row::new(28, &["context", "put", "a.md", "$TMP/in/one-terabyte"])
            .given(plant)
            .says("1099511627776 bytes"),
        Row::new(28, &["context", "import", "$TMP/in"]).given(plant).says("(and 4 more files)"),
        Row::new(28, &["record", "-m", "x", "--conversation", "$TMP/in/one-terabyte"])
            .given(plant)
            .says("67108864 bytes"),
        Row::new(28, &["record", "--from", "$TMP/in/one-gigabyte"]).given(plant).says("67108864 bytes"),
        Row::new(28, &["record", "-m", "x", "--context", "$TMP/in"])
            .given(many)
            .records()
            .says("and 5500 more files"),
    ]
}

/// Asserts that a file is not read to find out that it is too large.
fn memory_is_flat(env: &TestEnv) {
    let command = env.command(&["record", "-m", "x", "--context", &env.arg("in")]);
    let mut timed = env.program("/usr/bin/time");
    timed.args(["-f", "%M", "-o", &env.arg("kilobytes")]);
    timed.arg(command.get_program()).args(command.get_args());
    match timed.output() {
        Ok(out) if out.status.success() => {}
        _ => return eprintln!("skipped: /usr/bin/time cannot tell the memory here"),
    }
    let kilobytes: u64 = env.read("kilobytes").trim().parse().expect("a number");
    assert!(kilobytes < 200 * 1024, "large files must not be read: {kilobytes} KB");
}

fn targets() -> Vec<Row> {
    let plant = |env: &TestEnv| {
        env.ok(&["context", "put", "hooks/post-commit", &env.write("text", "x")]);
        env.ok(&["context", "put", "a.md", &env.arg("text")]);
        env.write("full/a.md", "mine");
        env.write("victim/keep", "mine");
        env.write("linked/keep", "mine");
        symlink(env.path("victim"), env.path("link")).expect("linked");
        symlink(env.path("nowhere"), env.path("dangling")).expect("linked");
        symlink(env.path("victim"), env.path("linked/hooks")).expect("linked");
        symlink(env.path("victim/keep"), env.path("linked/a.md")).expect("linked");
    };
    let untouched = |env: &TestEnv| {
        let names = |folder: &str| fs::read_dir(env.path(folder)).map_or(0, Iterator::count);
        assert_eq!(
            (names("victim"), env.read("victim/keep")),
            (1, "mine".to_owned()),
            "nothing is written elsewhere"
        );
        assert_eq!(env.read("full/a.md"), "mine", "what is there stays");
        assert!(!env.path("nowhere").exists() && !env.path("project/.git/hooks/a.md").exists());
        assert!(!env.store().join("out").exists() && !env.store().join("a.md").exists());
    };
    let to = |folder: &str| Row::new(63, &["context", "export", folder]).given(plant).then(untouched);
    let forced =
        |folder: &str| Row::new(63, &["context", "export", folder, "--force"]).given(plant).then(untouched);
    let store = "project/.git/sessions.git";
    let mut rows = vec![
        to("$TMP/full").says("is not empty").says("--force"),
        to("$TMP/link").says("symbolic link"),
        to("$TMP/link/").says("symbolic link"),
        to("$TMP/link/.").says("symbolic link"),
        to("$TMP/text").says("it is a file"),
        forced("$TMP/linked").says("symbolic link"),
        to("").exits(&[1, 2]),
    ];
    for bad in ["/", "//", "/tmp/..", "/usr/../"] {
        rows.push(to(bad).says("root of the file system"));
        rows.push(forced(bad).says("root of the file system"));
    }
    for (bad, words) in [
        ("$TMP/dangling", "symbolic link"),
        (&*format!("$TMP/{store}"), "lies in the session store"),
        (&*format!("$TMP/{store}/out"), "lies in the session store"),
        (&*format!("$TMP/link/../{store}/out"), "lies in the session store"),
        ("$TMP/project", "Git work tree"),
        (".", "Git work tree"),
        (".git/hooks", "lies in a Git folder"),
        (".git/new/deeper", "lies in a Git folder"),
    ] {
        rows.push(to(bad).says(words));
        rows.push(forced(bad).says(words));
    }
    rows
}
