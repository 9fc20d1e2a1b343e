//! Runs that change a large file and a small one, and what to ask about them.

use uuid::Uuid;

use crate::Question;
use crate::session::Session;

/// How many lines make 1 MB and 4 KB.
const LARGE: usize = 27_000;
const SMALL: usize = 110;

/// What the last runs change, the oldest first, by how much of the lines.
const CHANGES: [(&str, usize); 4] = [("large.md", 1), ("large.md", 10), ("large.md", 100), ("small.md", 1)];

/// Records a run that makes the files, and one for each change.
pub fn record(session: &Session) {
    session.write("large.md", &text(LARGE, 0, 0));
    session.write("small.md", &text(SMALL, 0, 0));
    session.record(0);
    for (index, (name, percent)) in CHANGES.into_iter().enumerate() {
        let lines = if name == "large.md" { LARGE } else { SMALL };
        session.write(name, &text(lines, index + 1, percent));
        session.record(index);
    }
}

/// Asks for each change, against `git diff` of the same commits with renames.
pub fn questions(branch: &str) -> Vec<Question> {
    let names = ["diff of 1 MB, 1 % of lines", "diff of 1 MB, 10 %", "diff of 1 MB, all", "diff of 4 KB"];
    let ask = |(index, what): (usize, &'static str)| {
        let back = names.len() - 1 - index;
        let (from, to) = (format!("@-{}", back + 1), format!("@-{back}"));
        let (old, new) = (format!("{branch}~{}", back + 1), format!("{branch}~{back}"));
        let ours = ["diff", &from, &to, "--context-only"];
        let gits = ["diff", "-M", &old, &new, "--", "context"];
        Question { what, ours: ours.map(str::to_owned).to_vec(), gits: gits.map(str::to_owned).to_vec() }
    };
    names.into_iter().enumerate().map(ask).collect()
}

/// Lines of which so many of a hundred are those of this version alone.
fn text(lines: usize, version: usize, percent: usize) -> String {
    let line = |line: usize| {
        let version = if line * 37 % 100 < percent { version } else { 0 };
        format!("{}\n", Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{version} {line}").as_bytes()))
    };
    (0..lines).map(line).collect()
}
