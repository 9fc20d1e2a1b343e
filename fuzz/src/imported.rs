//! Reading a folder of babysitter's, and what must hold of whatever comes of it.

use std::fs;
use std::path::Path;

use git_session::ingest::babysitter;
use git_session::model::yaml;

/// Writes the files below a folder of their own, and reads that.
pub fn check(files: &[(&str, &[u8])]) {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("folder");
        fs::write(path, content).expect("file");
    }
    let Ok(found) = babysitter::read(folder.path()) else { return };
    for session in &found.sessions {
        for run in &session.runs {
            // What is over a limit is refused when it is recorded; it must not be misread.
            let Ok(printed) = yaml::print("run.yaml", &run.record) else { continue };
            let again: git_session::model::RunRecord =
                yaml::parse_schema("run.yaml", printed.as_bytes()).expect("readable");
            assert_eq!(again.id, run.record.id, "a run keeps its id");
        }
    }
    let again = babysitter::read(folder.path()).expect("it could be read before");
    assert_eq!(format!("{again:?}"), format!("{found:?}"), "reading twice finds the same");
}
