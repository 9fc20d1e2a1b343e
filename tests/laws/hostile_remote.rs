//! What a hostile remote can send: each session of it is refused by name, the others arrive, and
//! nothing of what was refused lies in the store.

use std::io::Write as _;
use std::process::{Command, Stdio};

use git_session::model::SessionName;
use git_session::store::{CommitId, IncomingLimits};
use git_session::sync::{PullOutcome, PulledSession, Wanted, pull};

use crate::lab::clean;
use crate::team::{Member, Team};

const FILE: &str = "100644";
const FOLDER: &str = "40000";

/// A remote with a session that is as it must be, and one that an attacker adds to.
struct Attack {
    team: Team,
    victim: Member,
    good: SessionName,
    name: SessionName,
    tip: String,
}

impl Attack {
    fn new() -> Self {
        let team = Team::new();
        let (ann, victim) = (team.member("ann"), team.member("bob"));
        let (good, name) = (ann.session("Good"), ann.session("Evil"));
        ann.record(&good, "one");
        ann.record(&name, "one");
        ann.push();
        let tip = team.tip(&name).expect("pushed").to_string();
        Self { team, victim, good, name, tip }
    }

    /// Stores an object of this kind on the remote, whatever is in it.
    fn object(&self, kind: &str, content: &[u8]) -> String {
        let mut git = Command::new("git");
        clean(&mut git, self.team.dir.path());
        git.arg("--git-dir").arg(&self.team.hub);
        git.args(["hash-object", "-t", kind, "-w", "--literally", "--stdin"]);
        let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
        child.stdin.take().expect("piped").write_all(content).expect("written");
        let out = child.wait_with_output().expect("ended");
        assert!(out.status.success());
        String::from_utf8(out.stdout).expect("text").trim().to_owned()
    }

    fn tree(&self, entries: &[(&str, &[u8], &str)]) -> String {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend_from_slice(format!("{mode} ").as_bytes());
            bytes.extend_from_slice(name);
            bytes.push(0);
            let hex = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).expect("hex");
            bytes.extend((0..id.len()).step_by(2).map(hex));
        }
        self.object("tree", &bytes)
    }

    fn manifest(&self) -> String {
        self.team.git(&["rev-parse", &format!("{}:session.yaml", self.tip)])
    }

    /// Lets the session's branch go on to a commit with this tree.
    fn commit(&self, tree: &str) {
        let who = "Eve <eve@example.com> 1795305700 +0000";
        let text = format!("tree {tree}\nparent {}\nauthor {who}\ncommitter {who}\n\nhi\n", self.tip);
        let commit = self.object("commit", text.as_bytes());
        // Written as a file: git itself would not point a branch to some of these.
        let branch = self.team.hub.join(format!("refs/heads/{}", self.name.branch()));
        std::fs::create_dir_all(branch.parent().expect("folder")).expect("made");
        std::fs::write(branch, format!("{commit}\n")).expect("written");
    }

    /// Adds a context folder with these entries.
    fn context(&self, entries: &[(&str, &[u8], &str)]) {
        let context = self.tree(entries);
        let manifest = self.manifest();
        self.commit(&self.tree(&[(FOLDER, b"context", &context), (FILE, b"session.yaml", &manifest)]));
    }

    /// Adds a manifest with this text.
    fn session_yaml(&self, text: &str) {
        let blob = self.object("blob", text.as_bytes());
        self.commit(&self.tree(&[(FILE, b"session.yaml", &blob)]));
    }

    /// Pulls everything: the attack must be refused, the other session must come.
    fn is_refused(&self, limits: IncomingLimits) -> PulledSession {
        let victim = &self.victim;
        let pulled = pull(&victim.store, &victim.env, &victim.remote, &Wanted::All, limits, &mut |_| ())
            .expect("one bad session is no failure of the pull");
        let find = |name: &SessionName| {
            let found = pulled.sessions.iter().find(|session| session.branch == name.branch());
            found.expect("each is named").clone()
        };
        assert!(matches!(find(&self.good).outcome, PullOutcome::New | PullOutcome::Same));
        let evil = find(&self.name);
        assert_eq!(evil.outcome, PullOutcome::Refused, "{evil:?}");
        assert_eq!(victim.store.try_find_session(&self.name).expect("readable"), None);
        let branch = format!("refs/heads/{}", self.name.branch());
        let tip = CommitId::from_hex(&self.team.git(&["rev-parse", &branch])).expect("an id");
        assert!(!victim.store.has_commit(tip), "nothing of it lies in the store");
        victim.check();
        let why = evil.why.clone().expect("it is said why");
        assert!(!why.contains(|c: char| c.is_control()), "{why:?}");
        evil
    }
}

#[test]
fn names_and_modes_that_could_do_harm_are_refused() {
    let attack = Attack::new();
    let blob = attack.object("blob", b"x\n");
    let empty = attack.tree(&[]);
    let long = [b'x'; 300];
    let names: [&[u8]; 17] = [
        b"..",
        b".",
        b".git",
        b".GIT",
        b"git~1",
        b"a/b",
        b"../x",
        b".gitmodules",
        b"CON",
        b"nul.txt",
        b"a\\b",
        b"C:x",
        b"\x1b[2J",
        b"a\nb",
        b"\xff\xfe",
        b"\xe2\x80\x8b.git",
        &long,
    ];
    for name in names {
        attack.context(&[(FILE, name, &blob)]);
        let evil = attack.is_refused(IncomingLimits::default());
        println!("{}: {}", String::from_utf8_lossy(name).escape_default(), evil.why.unwrap_or_default());
    }
    let entries: [&[(&str, &[u8], &str)]; 6] = [
        &[("120000", b"link", &blob)],
        &[("160000", b"module", &attack.tip)],
        &[(FILE, b"A", &blob), (FILE, b"a", &blob)],
        &[(FILE, b"a", &blob), (FILE, b"a", &blob)],
        &[(FILE, b"b", &blob), (FILE, b"a", &blob)],
        &[(FOLDER, b"CON", &empty)],
    ];
    for entries in entries {
        attack.context(entries);
        let evil = attack.is_refused(IncomingLimits::default());
        println!("{} {:?}: {}", entries[0].0, entries.len(), evil.why.unwrap_or_default());
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let attack = Attack::new();
    let blob = attack.object("blob", &[b'x'; 2000]);
    attack.context(&[(FILE, b"large", &blob)]);
    let evil = attack.is_refused(IncomingLimits::default().with_file_bytes(1999));
    assert!(evil.why.expect("said").contains("2000 bytes"));
    // 16 folders in each of 12 levels, all the same ones: 16^12 files.
    let mut tree = attack.tree(&[(FILE, b"f", &blob)]);
    for _ in 0..12 {
        let names: Vec<String> = (0..16).map(|number| format!("d{number:02}")).collect();
        let entries: Vec<(&str, &[u8], &str)> =
            names.iter().map(|name| (FOLDER, name.as_bytes(), tree.as_str())).collect();
        tree = attack.tree(&entries);
    }
    attack.context(&[(FOLDER, b"bomb", &tree)]);
    assert!(attack.is_refused(IncomingLimits::default()).why.expect("said").contains("files"));
    let mut tree = attack.tree(&[(FILE, b"f", &blob)]);
    for _ in 0..60 {
        tree = attack.tree(&[(FOLDER, b"d", &tree)]);
    }
    attack.context(&[(FOLDER, b"deep", &tree)]);
    attack.is_refused(IncomingLimits::default());
    let aliases: String =
        (1..30).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","))).collect();
    attack.session_yaml(&format!("a0: &a0 x\n{aliases}"));
    attack.is_refused(IncomingLimits::default());
    attack.session_yaml(&"[".repeat(100_000));
    attack.is_refused(IncomingLimits::default());
}

#[test]
fn what_claims_to_be_another_session_is_refused() {
    let attack = Attack::new();
    let manifest = attack.team.git(&["cat-file", "blob", &attack.manifest()]);
    let id = manifest.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").trim_matches('"');
    // The same 8 digits, and another session's id.
    let other = format!("{}{}", &id[..9], "ffff-4fff-8fff-ffffffffffff");
    attack.victim.pull_one(&attack.name);
    let before = attack.victim.tip(&attack.name);
    attack.session_yaml(&manifest.replace(id, &other));
    let pulled = attack.victim.pull_one(&attack.name);
    assert_eq!(pulled.outcome, PullOutcome::Refused);
    assert!(pulled.why.expect("said").contains(&other));
    attack.session_yaml(&manifest.replace(id, "01234567-89ab-4def-8123-456789abcdef"));
    assert_eq!(attack.victim.pull_one(&attack.name).outcome, PullOutcome::Refused);
    assert_eq!(attack.victim.tip(&attack.name), before);
    attack.victim.check();
}

#[test]
fn what_is_no_session_is_refused() {
    let attack = Attack::new();
    attack.commit(&attack.tree(&[]));
    attack.is_refused(IncomingLimits::default());
    for text in ["", "~\n", "- a\n", "schema: 1\n", "schema: 99\nid: x\n", "a: 1\na: 2\n", "\x1b[2J: x\n"] {
        attack.session_yaml(text);
        attack.is_refused(IncomingLimits::default());
    }
    // The manifest is a link, or a folder.
    let manifest = attack.manifest();
    attack.commit(&attack.tree(&[("120000", b"session.yaml", &manifest)]));
    attack.is_refused(IncomingLimits::default());
    let folder = attack.tree(&[(FILE, b"x", &manifest)]);
    attack.commit(&attack.tree(&[(FOLDER, b"session.yaml", &folder)]));
    attack.is_refused(IncomingLimits::default());
}

#[test]
fn a_session_that_goes_on_from_a_bad_one_is_refused_too() {
    let mut attack = Attack::new();
    let (blob, manifest) = (attack.object("blob", b"x\n"), attack.manifest());
    attack.context(&[("120000", b"link", &blob)]);
    attack.tip = attack.team.git(&["rev-parse", &format!("refs/heads/{}", attack.name.branch())]);
    attack.commit(&attack.tree(&[(FILE, b"session.yaml", &manifest)]));
    let why = attack.is_refused(IncomingLimits::default()).why.expect("said");
    assert!(why.contains("symbolic link"), "what is before is looked at too: {why}");
}

#[test]
fn objects_that_were_sent_beside_the_sessions_do_not_come_in() {
    let attack = Attack::new();
    let blob = attack.object("blob", b"beside\n");
    attack.context(&[("120000", b"link", &blob)]);
    attack.is_refused(IncomingLimits::default());
    let known = attack.victim.store.blob_bytes(git_session::store::BlobId::from_hex(&blob).expect("an id"));
    assert!(known.is_err(), "what only a refused session has is not stored");
}

#[test]
fn branches_that_no_session_could_have_are_named_and_left_alone() {
    let attack = Attack::new();
    let packed: String = ["UPPER-00000001", "$(id)-00000001", "a'b-00000002", "\u{202e}x-00000003"]
        .iter()
        .map(|name| format!("{} refs/heads/session/{name}\n", attack.tip))
        .collect();
    std::fs::write(
        attack.team.hub.join("packed-refs"),
        format!("# pack-refs with: peeled fully-peeled \n{packed}"),
    )
    .expect("written");
    let pulled = attack.victim.pull();
    assert_eq!(pulled.foreign.len(), 4, "{:?}", pulled.foreign);
    assert_eq!(pulled.sessions.iter().filter(|s| s.outcome == PullOutcome::New).count(), 2);
    assert_eq!(attack.victim.refs("refs/heads").len(), 2);
    attack.victim.check();
}
