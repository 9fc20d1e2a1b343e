//! Texts as they occur: agents' logs and this repository. What is found in them is told and looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use git_session::redact::{Finding, Redactor};

/// Beside the repository; elsewhere there are none.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");

/// A file with its text.
pub struct Sample {
    pub name: String,
    pub content: Vec<u8>,
}

/// Reads the agents' logs that are at hand; none elsewhere.
pub fn logs() -> Vec<Sample> {
    let data = Path::new(DATA);
    let mut samples = Vec::new();
    read_below(data, &mut samples);
    samples.extend(objects_of(&data.join("entire/checkpoints.bundle")));
    samples
}

fn read_below(folder: &Path, samples: &mut Vec<Sample>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => read_below(&path, samples),
            false if path.extension().is_some_and(|extension| extension == "bundle") => {}
            false => {
                samples.push(Sample { name: path.display().to_string(), content: fs::read(&path).unwrap() })
            }
        }
    }
}

/// Reads all files of all commits of a bundle.
fn objects_of(bundle: &Path) -> Vec<Sample> {
    if !bundle.exists() {
        return Vec::new();
    }
    let dir = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(dir.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}");
        output.stdout
    };
    git(&["init", "-q", "--bare"]);
    git(&["fetch", "-q", bundle.to_str().unwrap(), "+refs/*:refs/*"]);
    let list = String::from_utf8(git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ]))
    .unwrap();
    let blobs = list.lines().filter_map(|line| line.strip_suffix(" blob"));
    blobs
        .map(|blob| Sample { name: format!("bundle:{blob}"), content: git(&["cat-file", "blob", blob]) })
        .collect()
}

/// Reads the files of this repository.
fn sources() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git").arg("-C").arg(root).args(["ls-files", "-z"]).output();
    let Ok(listed) = listed else { return Vec::new() };
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    let names = names.split('\0').filter(|name| !name.is_empty());
    names
        .filter_map(|name| Some(Sample { name: name.to_owned(), content: fs::read(root.join(name)).ok()? }))
        .collect()
}

fn look(what: &str, samples: &[Sample]) -> (f64, Vec<String>) {
    let redactor = Redactor::default();
    let bytes: usize = samples.iter().map(|sample| sample.content.len()).sum();
    let mut hits = Vec::new();
    for sample in samples {
        let line = |finding: &Finding| {
            let text = String::from_utf8_lossy(&sample.content).into_owned();
            let line = text.lines().nth(finding.line - 1).unwrap_or_default().to_owned();
            let start = (0..finding.column.min(line.len() + 1))
                .rev()
                .find(|at| line.is_char_boundary(*at))
                .unwrap_or(0);
            let around: String = line.get(start..).unwrap_or_default().chars().take(60).collect();
            format!("{}:{}: {} …{around}", sample.name, finding.line, finding.rule)
        };
        hits.extend(redactor.find(&sample.content).unwrap().iter().map(line));
    }
    let megabytes = bytes as f64 / 1e6;
    let rate = hits.len() as f64 / megabytes.max(1e-9);
    println!(
        "redact | hits on {what} | {} files, {megabytes:.1} MB, {} hits | {rate:.2} per MB",
        samples.len(),
        hits.len()
    );
    (rate, hits)
}

#[test]
fn redact_hits_on_real_logs_are_rare() {
    let logs = logs();
    if logs.is_empty() {
        println!("skipped: ../shared/data is not here");
        return;
    }
    let (rate, hits) = look("real logs", &logs);
    hits.iter().for_each(|hit| println!("redact |   {hit}"));
    assert!(rate < 1.0, "hits on real logs: {hits:#?}");
}

#[test]
fn redact_hits_on_this_repository_are_its_own_examples() {
    let is_example = |name: &str| name.contains("redact") || name == "docs/REDACTION.md";
    let (own, rest): (Vec<Sample>, Vec<Sample>) =
        sources().into_iter().partition(|sample| is_example(&sample.name));
    look("this repository, examples of secrets", &own);
    let (rate, hits) = look("this repository, all else", &rest);
    hits.iter().for_each(|hit| println!("redact |   {hit}"));
    assert!(rest.is_empty() || rate < 5.0, "hits on this repository: {hits:#?}");
}
