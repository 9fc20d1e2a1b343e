//! The settings file of Claude Code, edited in place: other keys, their order and the spaces between
//! them stay as they are.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::HookError;
use super::super::json_text::{self, Member};

/// The events that are asked for.
const EVENTS: [&str; 5] = ["SessionStart", "UserPromptSubmit", "Stop", "StopFailure", "SessionEnd"];
/// What our commands are known by.
const OURS: &str = " hook claude-code ";
/// How long the agent waits for us, in seconds.
const TIMEOUT: u32 = 5;

/// What is done to a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingsPlan {
    /// The file.
    pub path: PathBuf,
    /// What it holds; `None` where it is not there.
    before: Option<String>,
    /// What it is to hold; `None` where it is to go.
    after: Option<String>,
}

impl SettingsPlan {
    /// Tells whether anything is to be done.
    pub fn changes_anything(&self) -> bool {
        self.before != self.after
    }

    /// Does it.
    pub fn apply(&self) -> Result<(), HookError> {
        let failed = |error| HookError::io("write", &self.path)(error);
        if !self.changes_anything() {
            return Ok(());
        }
        let Some(text) = &self.after else {
            fs::remove_file(&self.path).map_err(failed)?;
            // Only where it was made for the file alone.
            let _ = self.path.parent().map(fs::remove_dir);
            return Ok(());
        };
        // What a link leads to is what is edited.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let file = tempfile::Builder::new().prefix(".tmp_").tempfile_in(folder).map_err(failed)?;
        fs::write(file.path(), text).map_err(failed)?;
        let mode = fs::metadata(&path).map(|found| found.permissions());
        if let Ok(mode) = mode {
            fs::set_permissions(file.path(), mode).map_err(failed)?;
        }
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// Plans to let Claude Code call `program`, by the settings file at `path`.
pub fn plan_settings_install(path: &Path, program: &Path) -> Result<SettingsPlan, HookError> {
    let before = read(path)?;
    let mut text = match &before {
        Some(text) => without_ours(path, text)?,
        None => "{}\n".to_owned(),
    };
    for event in EVENTS {
        text = with_event(path, &text, event, program)?;
    }
    // What is there already as it should be is left alone, whatever its form.
    let is_same = before.as_deref().is_some_and(|before| has_all(before, program));
    let after = if is_same { before.clone() } else { Some(text) };
    Ok(SettingsPlan { path: path.to_owned(), before, after })
}

/// Plans to take what is ours out of the settings file at `path`.
pub fn plan_settings_uninstall(path: &Path) -> Result<SettingsPlan, HookError> {
    let before = read(path)?;
    let after = match &before {
        Some(text) if text.contains(OURS) => {
            Some(without_ours(path, text)?).filter(|rest| rest.trim() != "{}")
        }
        other => other.clone(),
    };
    Ok(SettingsPlan { path: path.to_owned(), before, after })
}

fn read(path: &Path) -> Result<Option<String>, HookError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(HookError::io("read", path)(error)),
    }
}

fn bad(path: &Path, why: impl ToString) -> HookError {
    HookError::BadSettings { path: path.to_owned(), why: why.to_string() }
}

fn command(program: &Path, event: &str) -> String {
    let quoted = program.to_string_lossy().replace('\'', r"'\''");
    format!("'{quoted}'{OURS}{event}")
}

fn has_all(text: &str, program: &Path) -> bool {
    let has = |event: &&str| {
        serde_json::to_string(&command(program, event)).is_ok_and(|command| text.contains(&command))
    };
    EVENTS.iter().all(has) && text.matches(OURS).count() == EVENTS.len()
}

fn with_event(path: &Path, text: &str, event: &str, program: &Path) -> Result<String, HookError> {
    let top = object(path, text, 0)?;
    let command = serde_json::to_string(&command(program, event)).map_err(|error| bad(path, error))?;
    let ours =
        format!(r#"{{ "hooks": [{{ "type": "command", "command": {command}, "timeout": {TIMEOUT} }}] }}"#);
    let Some(hooks) = top.iter().find(|member| member.key == "hooks") else {
        let member = format!("\"hooks\": {{\n    \"{event}\": [\n      {ours}\n    ]\n  }}");
        return Ok(json_text::insert_last(text, json_text::start(text), &member, "  "));
    };
    let events = object(path, text, hooks.value.start)?;
    match events.iter().find(|member| member.key == event) {
        Some(found) => {
            json_text::items(text, found.value.start).map_err(|why| bad(path, why))?;
            Ok(json_text::insert_last(text, found.value.start, &ours, "      "))
        }
        None => {
            let member = format!("\"{event}\": [\n      {ours}\n    ]");
            Ok(json_text::insert_last(text, hooks.value.start, &member, "    "))
        }
    }
}

fn object(path: &Path, text: &str, at: usize) -> Result<Vec<Member>, HookError> {
    json_text::members(text, at).map_err(|why| bad(path, why))
}

/// Takes each of our entries out, and lists and objects that are empty without them.
fn without_ours(path: &Path, text: &str) -> Result<String, HookError> {
    let mut text = text.to_owned();
    while let Some(range) = find_ours(path, &text)? {
        text = json_text::without(&text, range);
    }
    Ok(text)
}

fn find_ours(path: &Path, text: &str) -> Result<Option<Range<usize>>, HookError> {
    let top = object(path, text, 0)?;
    let Some(hooks) = top.iter().find(|member| member.key == "hooks") else { return Ok(None) };
    if !text.get(hooks.value.clone()).unwrap_or_default().contains(OURS) {
        return Ok(None);
    }
    let events = object(path, text, hooks.value.start)?;
    for event in &events {
        let items = json_text::items(text, event.value.start).map_err(|why| bad(path, why))?;
        let is_ours =
            |range: &&Range<usize>| text.get((*range).clone()).is_some_and(|item| item.contains(OURS));
        let Some(ours) = items.iter().find(is_ours) else { continue };
        return Ok(Some(match (items.len(), events.len()) {
            (1, 1) => hooks.whole.clone(),
            (1, _) => event.whole.clone(),
            _ => ours.clone(),
        }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(text: &str) -> String {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("settings.json");
        fs::write(&path, text).expect("written");
        let plan = plan_settings_install(&path, Path::new("/usr/bin/git-session")).expect("planned");
        plan.apply().expect("written");
        let again = plan_settings_install(&path, Path::new("/usr/bin/git-session")).expect("planned");
        assert!(!again.changes_anything(), "installing twice changes nothing");
        let with = fs::read_to_string(&path).expect("there");
        plan_settings_uninstall(&path).expect("planned").apply().expect("written");
        let without = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(without, text, "byte for byte, after {with}");
        with
    }

    #[test]
    fn other_keys_their_order_and_their_spaces_stay() {
        for text in [
            "{\n  \"model\": \"opus\",\n  \"permissions\": { \"allow\": [\"Bash(ls:*)\"] }\n}\n",
            "{\"z\":1,\"a\":{\"b\":[1,2]}}",
            "{\n\t\"hooks\": {\n\t\t\"Stop\": [\n\t\t\t{ \"hooks\": [{ \"type\": \"command\", \"command\": \"say done\" }] }\n\t\t]\n\t},\n\t\"x\": \"}\\\"\"\n}\n",
            "{\n  \"hooks\": {\n    \"PreToolUse\": []\n  }\n}",
        ] {
            let with = installed(text);
            let value: serde_json::Value = serde_json::from_str(&with).expect("still JSON");
            for event in EVENTS {
                let command =
                    &value["hooks"][event].as_array().and_then(|list| list.last()).expect("one")["hooks"][0];
                assert_eq!(command["command"], format!("'/usr/bin/git-session' hook claude-code {event}"));
            }
        }
    }

    #[test]
    fn a_file_that_was_not_there_goes_again() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join(".claude/settings.json");
        plan_settings_install(&path, Path::new("/git-session")).expect("planned").apply().expect("written");
        assert!(path.exists());
        plan_settings_uninstall(&path).expect("planned").apply().expect("removed");
        assert!(!path.parent().expect("a folder").exists());
    }

    #[test]
    fn what_is_no_object_is_left_alone() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("settings.json");
        for text in ["", "[]", "{\"hooks\": 7}", "{\"a\": 1,}", "// no\n{}"] {
            fs::write(&path, text).expect("written");
            assert!(plan_settings_install(&path, Path::new("/git-session")).is_err(), "{text}");
        }
    }
}
