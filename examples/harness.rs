//! A harness in a few lines: `cargo run --example harness -- STORE`.
use git_session::model::{Person, RunRecord, RunStatus, Usage, Usd};
use git_session::ops::{self, BeginOptions, ContextInput, CreateOptions, Env, FinishOptions, RecordInput};
use git_session::store::{Store, StoreOptions};
use std::{env::args_os, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", run(Path::new(&args_os().nth(1).ok_or("usage: harness STORE")?))?);
    Ok(())
}

/// Records one run in the store at this path; returns its number and commit.
pub fn run(store: &Path) -> Result<String, Box<dyn Error>> {
    let store = Store::open_or_create(store, StoreOptions::default())?;
    let env = Env::real(Person::new("Harness", "harness@example.com"));
    let session = ops::create(&store, &env, "Fix the login test", CreateOptions::default())?.session;
    let begun = ops::begin(&store, &env, &session, BeginOptions::default())?;
    fs::write(begun.folder.context().join("notes.md"), "- the server is slow\n")?;
    let scan = ops::scan_folder(&begun.folder.context(), &env.limits, ops::Sensitive::Withhold)?;
    let input = RecordInput::default().with_context(ContextInput::Mirror(scan));
    let left = FinishOptions::default().with_input(input);
    let said = |record: &mut RunRecord| {
        record.status = RunStatus::Succeeded;
        record.usage = Some(Usage { cost_usd: Usd::from_decimal(0.25), ..Usage::default() });
        record.metrics.insert("tests".to_owned(), 12.0);
    };
    let done = ops::finish(&store, &env, &session, &begun.open, said, &left)?;
    Ok(format!("#{} {}", done.number, done.commit))
}
