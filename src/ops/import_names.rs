//! Names of imported files that would tell a secret: what the files hold is kept under others.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::import::{ImportedFile, ImportedSession};
use crate::model::ContextPath;
use crate::store::Store;

impl ImportedSession {
    /// Returns the session with other names for the files whose names would tell a secret. They are
    /// the same each time, so that importing again adds nothing.
    pub(super) fn with_told_names(&self, store: &Store) -> Cow<'_, Self> {
        let tells = |file: &ImportedFile| store.check_name(file.path.as_str()).is_err();
        let of_runs = self.runs.iter().flat_map(|run| run.context.iter().chain(&run.artifacts));
        if !self.context.iter().chain(of_runs).any(tells) {
            return Cow::Borrowed(self);
        }
        let mut session = self.clone();
        rename(store, &mut session.context);
        for run in &mut session.runs {
            rename(store, &mut run.context);
            rename(store, &mut run.artifacts);
        }
        Cow::Owned(session)
    }
}

fn rename(store: &Store, files: &mut [ImportedFile]) {
    let mut taken: BTreeSet<ContextPath> = files.iter().map(|file| file.path.clone()).collect();
    for file in files.iter_mut().filter(|file| store.check_name(file.path.as_str()).is_err()) {
        let told = store.clean_name(file.path.as_str()).replace("[REDACTED:", "redacted-").replace(']', "");
        let free = (1..).map(|number| numbered(&told, number)).find(|path| !taken.contains(path));
        if let Some(path) = free {
            taken.insert(path.clone());
            file.path = path;
        }
    }
}

// A name that cannot be given keeps no file out.
fn numbered(told: &str, number: usize) -> ContextPath {
    let (folder, name) = told.rsplit_once('/').map_or(("", told), |(folder, name)| (folder, name));
    let name = if number == 1 { name.to_owned() } else { format!("{number}-{name}") };
    let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
    path.parse().unwrap_or_else(|_| format!("redacted-{number}").parse().expect("it is a plain name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_before_the_extension() {
        let path = |told: &str, number| numbered(told, number).to_string();
        assert_eq!(path("knowledge/redacted-x.md", 1), "knowledge/redacted-x.md");
        assert_eq!(path("knowledge/redacted-x.md", 2), "knowledge/2-redacted-x.md");
        assert_eq!(path("redacted-x", 3), "3-redacted-x");
        assert_eq!(path("con/redacted-x", 4), "redacted-4", "no name on other systems");
    }
}
