//! What differs between two trees: what `git diff-tree` says, whatever the names.

use std::collections::BTreeSet;

use git_session::store::FileChange;
use proptest::prelude::*;

use crate::diff::{Context, commit};
use crate::lab::Lab;

/// Names that sort otherwise as folders than as files, and that begin alike.
const NAMES: [&str; 6] = ["a", "a-b", "a.md", "a0", "ab", "b"];

fn files() -> impl Strategy<Value = Context> {
    let path =
        prop::collection::vec(prop::sample::select(&NAMES[..]), 1..4).prop_map(|names| names.join("/"));
    let file = (prop::collection::vec(prop::sample::select(&b"xy"[..]), 0..3), any::<bool>());
    prop::collection::btree_map(path, file, 0..14).prop_map(|files| {
        // A file that stands where a folder must be goes.
        let folders: BTreeSet<String> = files
            .keys()
            .flat_map(|path| path.match_indices('/').map(|(at, _)| path[..at].to_owned()))
            .collect();
        files.into_iter().filter(|(path, _)| !folders.contains(path)).collect()
    })
}

fn told(change: &FileChange) -> String {
    let letter = match (change.old, change.new) {
        (None, _) => 'A',
        (_, None) => 'D',
        _ => 'M',
    };
    format!("{letter}\tcontext/{}", change.path)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn trees_differ_in_the_files_that_git_names(old in files(), new in files(), common in files()) {
        let lab = Lab::new();
        let with_common = |files: &Context| -> Context {
            let common = common.iter().map(|(path, file)| (format!("common/{path}"), file.clone()));
            files.clone().into_iter().chain(common).collect()
        };
        let (old, new) = (commit(&lab, &with_common(&old)), commit(&lab, &with_common(&new)));
        let said = lab.git(&[
            "diff-tree", "-r", "--no-renames", "--name-status", &old.to_string(), &new.to_string(),
        ]);
        let root = |commit| lab.store.step(commit).expect("readable").root;
        let changes = lab.store.context_changes(root(old), root(new)).expect("readable");
        let ours: BTreeSet<String> = changes.iter().map(told).collect();
        prop_assert_eq!(ours, said.lines().map(str::to_owned).collect::<BTreeSet<_>>());
    }
}
