//! One verb, tried again and again under faults.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::disk_errors::Hit;
use crate::place::{Place, reported, said, write_many};

/// A verb whose faults are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Record,
    RecordMany,
    New,
    Begin,
    Finish,
    Remove,
}

/// A place in which a verb meets a fault, many times.
pub struct Trial {
    pub place: Place,
    verb: Verb,
    round: usize,
    /// The run or the session that this round is about, where that is known before.
    subject: String,
    reported: BTreeSet<String>,
}

impl Trial {
    /// Makes a place for a verb. Where no folders are to be made, all folders of objects are there.
    pub fn new(verb: Verb, makes_folders: bool) -> Self {
        let place = Place::with_session();
        if !makes_folders {
            for folder in 0..256 {
                let folder = place.store.join(format!("objects/{folder:02x}"));
                fs::create_dir_all(folder).expect("made");
            }
        }
        Self { place, verb, round: 0, subject: String::new(), reported: BTreeSet::new() }
    }

    fn many(&self) -> PathBuf {
        self.place.home.path().join("many")
    }

    /// Prepares the next round and returns the arguments of its verb.
    pub fn prepare(&mut self) -> Vec<String> {
        self.round += 1;
        let title = format!("Round {}", self.round);
        let list: Vec<&str> = match self.verb {
            Verb::Record => vec!["record", "-m", &title],
            Verb::RecordMany => {
                write_many(&self.many(), self.round);
                let many = self.many();
                return owned(&["record", "-m", &title, "--context", many.to_str().expect("text")]);
            }
            Verb::New => {
                self.place.store = self.place.home.path().join(format!("{}.git", self.round));
                self.reported.clear();
                vec!["new", &title]
            }
            Verb::Begin => vec!["begin", "-m", &title],
            Verb::Finish => {
                self.subject = reported(&self.place.ok(&["begin", "--json"]), "run").expect("begun");
                vec!["finish", &self.subject]
            }
            Verb::Remove => {
                let new = self.place.ok(&["new", "--no-switch", &title, "--json"]);
                self.subject = reported(&new, "branch").expect("made");
                vec!["rm", &self.subject]
            }
        };
        owned(&list)
    }

    /// Runs the verb with one call of it failing; `None` where it makes no such call.
    pub fn inject(&self, call: &str, errno: &str, point: usize, arguments: &[String]) -> Option<Hit> {
        let inject = format!("inject={call}:error={errno}:when={point}");
        let (trace, output) = self.strace(&[&format!("trace={call}"), &inject], arguments);
        let line = trace.lines().find(|line| line.contains("(INJECTED)"))?.to_owned();
        Some(Hit { is_of_the_place: self.is_own(&line), line, output })
    }

    /// Runs the verb and lists the calls that it makes.
    pub fn trace(&self, call: &str, arguments: &[String]) -> String {
        self.strace(&[&format!("trace={call}")], arguments).0
    }

    fn strace(&self, expressions: &[&str], arguments: &[String]) -> (String, Output) {
        // Not in the home: its path must be in no line but those of calls on the place.
        let file = tempfile::NamedTempFile::new().expect("made");
        let file = file.path().to_str().expect("text");
        let mut wrapper = vec!["strace", "-f", "-qq", "-y", "-s", "0", "-o", file];
        expressions.iter().for_each(|expression| wrapper.extend(["-e", expression]));
        let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        words.push("--json");
        let output = self.place.command(&wrapper, &words).output().expect("runs");
        (fs::read_to_string(file).unwrap_or_default(), output)
    }

    /// Tells whether a call is on a file of the place, or on what is printed.
    pub fn is_own(&self, line: &str) -> bool {
        line.contains(self.place.home.path().to_str().expect("text")) || line.contains("write(1<")
    }

    /// Reads what the verb reported and remembers it.
    pub fn take_report(&mut self, output: &Output) -> Option<String> {
        let field = match self.verb {
            Verb::New => "session",
            Verb::Remove => "branch",
            _ => "run",
        };
        let id = output.status.success().then(|| reported(output, field)).flatten()?;
        self.reported.insert(id.clone());
        Some(id)
    }

    /// Tells whether what was reported is so.
    pub fn holds(&self, id: &str) -> bool {
        match self.verb {
            Verb::Record | Verb::RecordMany | Verb::Finish => self.place.runs().contains(id),
            Verb::New => self.place.json(&["list"]).to_string().contains(id),
            Verb::Begin => self.place.refs().contains(id),
            Verb::Remove => !self.place.refs().contains(id) && self.is_kept(id),
        }
    }

    // A session's digits are in its branch's name, and start the name of its ref in the trash.
    fn is_kept(&self, branch: &str) -> bool {
        let digits = branch.rsplit('-').next().unwrap_or(branch);
        let refs = self.place.refs();
        refs.contains(branch) || refs.contains(&format!("refs/trash/{digits}"))
    }

    /// Tells whether all that was ever reported is there.
    pub fn all_there(&self) -> bool {
        match self.verb {
            Verb::Remove => self.is_kept(&self.subject),
            Verb::Begin => {
                let refs = self.place.refs();
                self.reported.iter().all(|id| refs.contains(id))
            }
            Verb::New => self.reported.iter().all(|id| self.holds(id)),
            _ => self.reported.is_subset(&self.place.runs()),
        }
    }

    /// Does the same again without a fault; says what went wrong.
    pub fn again(&mut self) -> Option<String> {
        let many = self.many();
        let subject = self.subject.clone();
        let arguments: Vec<&str> = match self.verb {
            Verb::RecordMany => vec!["record", "-m", "again", "--context", many.to_str().expect("text")],
            Verb::New => vec!["new", "Again"],
            Verb::Begin => vec!["begin", "-m", "again"],
            Verb::Finish if !self.place.refs().contains(&subject) => vec!["record", "-m", "again"],
            Verb::Finish => vec!["finish", &subject],
            Verb::Remove if !self.place.refs().contains(&subject) => vec!["record", "-m", "again"],
            Verb::Remove => vec!["rm", &subject],
            Verb::Record => vec!["record", "-m", "again"],
        };
        let output = self.place.run(&[&arguments[..], &["--json"]].concat());
        if !output.status.success() {
            return Some(said(&output));
        }
        if self.verb != Verb::Remove {
            self.take_report(&output);
        }
        let runs = self.place.json(&["runs"]).to_string();
        let is_once =
            self.verb != Verb::Finish || runs.matches(&format!("\"id\":\"{subject}\"")).count() == 1;
        (!is_once).then(|| format!("{subject} is not there once"))
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
