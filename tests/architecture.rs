//! The rules of the house, checked over the sources as text.
//!
//! Each failure names the rule, the file and the line, and says how to mend it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms. One may import itself and those before it.
const ROOMS: [&str; 10] =
    ["model", "redact", "store", "index", "ops", "sync", "ingest", "hooks", "render", "cli"];
/// The files that may run another program.
const RUNNERS: [&str; 3] = ["src/store/git.rs", "src/cli/process.rs", "src/cli/ui.rs"];
/// What may lie at the top level, names that start with a dot left out.
const TOP_LEVEL: [&str; 11] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE",
    "src",
    "tests",
    "docs",
    "hooks",
    "benches",
    "fuzz",
    "examples",
];
/// Tells cargo how to link, and is no part of the program.
const BUILD_SCRIPT: &str = "src/build.rs";
/// The longest file, in lines.
const FILE_LINES: usize = 500;
/// The most packages that Cargo.lock may list.
const PACKAGES: usize = 233;

/// A source file, with its comments and its tests taken apart.
struct Source {
    path: String,
    text: String,
    /// The lines with their numbers, comments blanked, without the tests at the end.
    code: Vec<(usize, String)>,
    /// The same lines with the tests.
    code_and_tests: Vec<(usize, String)>,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let lines: Vec<(usize, String)> =
            text.lines().enumerate().map(|(index, line)| (index + 1, without_comment(line))).collect();
        let tests = lines.iter().position(|(_, line)| line.trim() == "#[cfg(test)]");
        let code = lines[..tests.unwrap_or(lines.len())].to_vec();
        Self { path: path.to_owned(), text: text.to_owned(), code, code_and_tests: lines }
    }

    /// Returns the room that the file lies in.
    fn room(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        rest.split_once('/').map(|(room, _)| room)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.path() {
            path if path.is_dir() => files_below(&path, found),
            path => found.push(path),
        }
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    files_below(&root().join(folder), &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    let source = |file: &PathBuf| {
        let path = file.strip_prefix(root()).expect("it lies below the root").to_string_lossy().into_owned();
        Source::new(&path, &fs::read_to_string(file).expect("readable"))
    };
    files.iter().map(source).collect()
}

/// Returns the sources of the crate, and fails where there are none to check.
fn src() -> Vec<Source> {
    let mut sources = sources("src");
    sources.retain(|source| source.path != BUILD_SCRIPT);
    assert!(sources.len() > 50, "the checks must see the sources; only {} files were found", sources.len());
    sources
}

// A comment starts the line or follows a space, so that "https://" in a text is none.
fn without_comment(line: &str) -> String {
    let end = if line.trim_start().starts_with("//") { Some(0) } else { line.find(" // ") };
    line[..end.unwrap_or(line.len())].to_owned()
}

/// Fails with the rule, the places that break it, and how to mend them.
fn expect_none(rule: &str, mend: &str, broken: &[String]) {
    assert!(broken.is_empty(), "\nrule: {rule}\n  {}\nmend: {mend}\n", broken.join("\n  "));
}

/// Lists the lines of code that hold one of the words, in files that `allowed` does not name.
fn lines_with(sources: &[Source], words: &[&str], allowed: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !allowed(&source.path)) {
        for (number, line) in &source.code {
            if words.iter().any(|word| holds_word(line, word)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    found
}

/// Tells whether a line holds a word that is not the end or the start of a longer name.
fn holds_word(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let starts = !word.starts_with(is_name) || !before.is_some_and(is_name);
        starts && (!word.ends_with(is_name) || !after.is_some_and(is_name))
    })
}

/// Lists the names that stand directly behind `crate::` in a text, also in `crate::{a, b::c}`.
fn crate_names(text: &str) -> Vec<(usize, String)> {
    let name_at = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut found: Vec<(usize, String)> = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` and names such as `my_crate::` are something else.
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if !rest.starts_with('{') {
            found.push((at, name_at(rest)));
            continue;
        }
        let mut depth = 0;
        for (index, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && (c == '{' || c == ',') {
                found.push((at, name_at(rest[index + 1..].trim_start())));
            }
        }
    }
    found.retain(|(_, name)| !name.is_empty());
    found
}

/// Lists the imports of a file that lead to a room after its own, or out of all rooms.
fn wrong_imports(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    let rank = |name: &str| ROOMS.iter().position(|known| *known == name);
    let Some(own) = rank(room) else {
        return vec![format!("{}: src/{room}/ is no room", source.path)];
    };
    let text = source.code_and_tests.iter().map(|(_, line)| format!("{line}\n")).collect::<String>();
    let line_of = |at: usize| 1 + text[..at].matches('\n').count();
    let wrong = |name: &str| rank(name).is_none_or(|other| other > own);
    crate_names(&text)
        .into_iter()
        .filter(|(_, name)| wrong(name))
        .map(|(at, name)| format!("{}:{}: crate::{name}", source.path, line_of(at)))
        .collect()
}

/// Lists paths by which a file leaves its room with `super::`.
fn climbs(source: &Source) -> Vec<String> {
    let Some(rest) = source.path.strip_prefix("src/") else { return Vec::new() };
    let depth = rest.trim_end_matches("/mod.rs").trim_end_matches(".rs").split('/').count();
    let too_far = "super::".repeat(depth);
    let broken = source.code.iter().filter(|(_, line)| line.contains(&too_far));
    broken.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())).collect()
}

#[test]
fn a_room_imports_only_rooms_before_it() {
    let broken: Vec<String> = src().iter().flat_map(wrong_imports).collect();
    let rule = format!("a room imports itself and the rooms before it, in the order {}", ROOMS.join(", "));
    expect_none(&rule, "move the code to the later room, or hand the value in as an argument", &broken);
    let broken: Vec<String> = src().iter().flat_map(climbs).collect();
    expect_none("no path leaves its room with super::", "write crate::ROOM::…, which is checked", &broken);
}

#[test]
fn the_import_rule_sees_every_form_of_path() {
    let text = "use crate::{\n    cli::App,\n    model::{Run, Key},\n};\nlet x = crate::render::safe(1);\n";
    let names: Vec<String> = crate_names(text).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["cli", "model", "render"]);
    let wrong = |path: &str| wrong_imports(&Source::new(path, text)).len();
    assert_eq!(wrong("src/store/x.rs"), 2, "cli and render come after store");
    assert_eq!(wrong("src/cli/commands/x.rs"), 0, "cli is the last room");
    assert_eq!(wrong("src/tools/x.rs"), 1, "tools is no room");
    let comment = Source::new("src/model/x.rs", "// crate::cli\n/// See crate::cli\n");
    assert!(wrong_imports(&comment).is_empty(), "comments may name any room");
    assert_eq!(climbs(&Source::new("src/ops/x.rs", "use super::super::cli::App;")).len(), 1);
    assert!(climbs(&Source::new("src/cli/commands/x.rs", "use super::super::app::App;")).is_empty());
}

#[test]
fn only_the_store_names_gix() {
    let broken = lines_with(&src(), &["gix"], |path| path.starts_with("src/store/"));
    expect_none("only src/store/ names gix", "add a function to src/store/ and call that", &broken);
}

#[test]
fn only_one_file_names_the_yaml_crate() {
    let broken = lines_with(&src(), &["serde_yaml", "serde_saphyr"], |path| path == "src/model/yaml.rs");
    let mend = "read and write YAML with crate::model::yaml";
    expect_none("only src/model/yaml.rs names serde_yaml", mend, &broken);
}

#[test]
fn programs_are_run_in_three_files() {
    let sources = src();
    let mut broken =
        lines_with(&sources, &["process::Command", "Command::new("], |path| RUNNERS.contains(&path));
    for source in sources.iter().filter(|source| !RUNNERS.contains(&source.path.as_str())) {
        let text = source.code.iter().map(|(_, line)| line.trim()).collect::<String>();
        let groups = text.split("process::{").skip(1).filter_map(|rest| rest.split('}').next());
        if groups.flat_map(|group| group.split(',')).any(|name| name.trim() == "Command") {
            broken.push(format!("{}: process::{{…, Command, …}}", source.path));
        }
    }
    let rule = format!("only {} use std::process::Command", RUNNERS.join(", "));
    expect_none(&rule, "git is run by src/store/git.rs; add a function there", &broken);
}

#[test]
fn what_is_stored_passes_the_redactor() {
    let sources = src();
    let writers = ["src/store/batch.rs"];
    let words = [
        "write_buf_with_known_id",
        "write_buf",
        "write_object",
        "write_blob",
        "write_stream",
        "set_object_memory",
    ];
    let broken = lines_with(&sources, &words, |path| writers.contains(&path));
    let mend = "add it with Batch::blob, manifest_edit, record_edit or commit, which remove secrets";
    expect_none("only src/store/batch.rs makes objects", mend, &broken);
    // The second adds files with words of our own, the third looks at ids; everything else hands its
    // content to a Batch.
    let adders = ["src/store/batch.rs", "src/store/lone_commit.rs", "src/store/same.rs"];
    let broken = lines_with(&sources, &["Kind::Blob, "], |path| adders.contains(&path));
    expect_none("only src/store/batch.rs adds blobs", mend, &broken);
    let merges =
        ["src/store/batch.rs", "src/ops/merge_context.rs", "src/ops/merge/base.rs", "src/ops/merge/sync.rs"];
    let broken = lines_with(&sources, &["of_what_is_stored("], |path| merges.contains(&path));
    expect_none("only merges take texts as they are", "what is typed in passes the redactor", &broken);
    // What the trash restores has the title that is stored.
    let namers =
        ["src/model/session_name.rs", "src/store/trash.rs", "src/ops/create.rs", "src/ops/import.rs"];
    let is_namer = |path: &str| namers.contains(&path) || path.starts_with("src/render/hostile");
    let broken = lines_with(&sources, &["SessionName::new("], is_namer);
    let mend =
        "make sessions with ops::create::create_from, or take the title as Batch::manifest_edit leaves it";
    expect_none("a session is named after its title without secrets", mend, &broken);
    let broken = lines_with(&sources, &["Guard::new(", "Redactor::off("], |path| {
        ["src/cli/app.rs", "src/cli/secrets.rs", "src/store/guard.rs", "src/redact/redactor.rs"]
            .contains(&path)
    });
    expect_none("only the command line chooses another redactor", "use the store as it was opened", &broken);
}

#[test]
fn the_redactor_is_pure() {
    let words = ["std::fs", "File::open", "std::net", "SystemTime", "Instant", "chrono::Utc", "std::process"];
    let sources = src();
    let redact: Vec<Source> =
        sources.into_iter().filter(|source| source.path.starts_with("src/redact/")).collect();
    assert!(redact.len() > 20, "the checks must see the room");
    let broken = lines_with(&redact, &words, |_| false);
    expect_none("src/redact/ does no I/O and reads no clock", "hand the value in", &broken);
}

#[test]
fn unsafe_code_is_in_one_file() {
    let broken = lines_with(&src(), &["unsafe", "unsafe_code"], |path| path == "src/store/durable.rs");
    expect_none("only src/store/durable.rs has unsafe code", "find a safe wrapper in rustix", &broken);
}

#[test]
fn files_are_short() {
    let mut broken = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        for source in sources(folder) {
            let lines = source.text.lines().count();
            if lines > FILE_LINES {
                broken.push(format!("{} has {lines} lines", source.path));
            }
        }
    }
    let rule = format!("a file has at most {FILE_LINES} lines");
    expect_none(&rule, "split it by noun or by verb, not by size", &broken);
}

#[test]
fn nothing_is_called_util() {
    let vague = ["util", "utils", "common", "helper", "helpers", "misc"];
    let parts = |source: &Source| -> BTreeSet<String> {
        source.path.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
    };
    let sources = src();
    let is_vague = |source: &&Source| parts(source).iter().any(|part| vague.contains(&part.as_str()));
    let broken: Vec<String> = sources.iter().filter(is_vague).map(|source| source.path.clone()).collect();
    let rule = format!("no file or folder is called {}", vague.join(", "));
    expect_none(&rule, "name it after what it is about", &broken);
}

#[test]
fn every_room_says_what_it_owns() {
    let sources = src();
    let silent = sources.iter().filter(|s| s.path.ends_with("/mod.rs") && !s.text.starts_with("//! "));
    let broken: Vec<String> = silent.map(|source| source.path.clone()).collect();
    let mend = "say what it owns, what it must not do and who may call it";
    expect_none("every mod.rs opens with //!", mend, &broken);
}

#[test]
fn nothing_panics_on_purpose() {
    let words = [".unwrap()", ".unwrap_err()", "panic!(", "todo!(", "unimplemented!(", "dbg!("];
    let broken = lines_with(&src(), &words, |_| false);
    let mend = "return an error; where it cannot happen, use .expect(\"why it cannot\")";
    expect_none("no unwrap, panic!, todo!, unimplemented! or dbg! outside of tests", mend, &broken);
}

#[test]
fn only_the_command_line_reads_the_environment() {
    let words = ["std::env", "env::var", "env::vars", "env::var_os", "env::vars_os", "env::current_dir"];
    let allowed = |path: &str| path.starts_with("src/cli/") || path == "src/store/git.rs";
    let broken = lines_with(&src(), &words, allowed);
    let mend = "read it in src/cli/app.rs and hand the value in";
    expect_none("only src/cli/ reads the environment (src/store/git.rs clears it)", mend, &broken);
}

#[test]
fn only_the_command_line_prints() {
    let words = ["println!(", "eprintln!(", "print!(", "eprint!("];
    let broken = lines_with(&src(), &words, |path| path.starts_with("src/cli/"));
    expect_none("only src/cli/ prints", "return the text or the warning to the caller", &broken);
}

#[test]
fn the_top_level_stays_small() {
    let entries = fs::read_dir(root()).expect("readable").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let extra = names.filter(|name| !name.starts_with('.') && name != "target");
    let broken: Vec<String> = extra.filter(|name| !TOP_LEVEL.contains(&name.as_str())).collect();
    let rule = format!("the top level holds only {} and dotfiles", TOP_LEVEL.join(", "));
    expect_none(&rule, "move it into docs/, tests/ or a dotfolder", &broken);
}

#[test]
fn dependencies_do_not_pile_up() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is part of the project");
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    assert!(
        packages <= PACKAGES,
        "\nrule: Cargo.lock lists at most {PACKAGES} packages (now {packages})\n\
         mend: do without the new dependency or its features, or raise the limit and say why in the commit\n"
    );
}
