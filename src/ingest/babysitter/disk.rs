//! Reading files within limits, and keeping account of those that could not be read.

use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::secrets::Secrets;
use crate::ingest::Problem;

/// The largest file that is read.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// An entry of a folder; links are told as they are, not as what they lead to.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name; characters that are no UTF-8 are replaced.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    kind: FileType,
}

impl Entry {
    /// Tells whether it is a folder.
    pub(super) fn is_folder(&self) -> bool {
        self.kind.is_dir()
    }

    /// Tells whether it is a regular file.
    pub(super) fn is_file(&self) -> bool {
        self.kind.is_file()
    }
}

/// Lists a folder, sorted by name.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok(Entry { name, path: entry.path(), kind: entry.file_type()? })
        })
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// Reads the file that `names` lead to from `base`; `None` where there is none.
///
/// No link is followed on the way, and nothing over 16 MiB is read.
pub(super) fn bytes_below(base: &Path, names: &[&str]) -> Result<Option<Vec<u8>>, String> {
    let mut path = base.to_path_buf();
    for name in names {
        path.push(name);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("could not be read: {error}")),
            Ok(found) if found.is_symlink() => {
                return Err("is a symbolic link, which is not followed".to_owned());
            }
            Ok(_) => {}
        }
    }
    read_limited(&path).map(Some)
}

fn read_limited(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: io::Error| format!("could not be read: {error}");
    // Asked before opening: opening a pipe would wait for its writer.
    if !fs::symlink_metadata(path).map_err(told)?.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(told)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("is over the limit of {} MiB", MAX_BYTES >> 20));
    }
    Ok(bytes)
}

/// Reads files, takes the release tokens out, and keeps the problems.
#[derive(Debug)]
pub(super) struct Reader {
    secrets: Secrets,
    problems: Vec<Problem>,
}

impl Reader {
    /// Makes a reader that knows these tokens; `problems` are those met so far.
    pub(super) fn new(secrets: Secrets, problems: Vec<Problem>) -> Self {
        Self { secrets, problems }
    }

    /// Returns what could not be read, by path.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort();
        self.problems.dedup();
        self.problems
    }

    /// Keeps a problem.
    pub(super) fn report(&mut self, path: &Path, message: impl Into<String>) {
        let message = self.secrets.clean_text(&message.into());
        self.problems.push(Problem { path: path.to_path_buf(), message });
    }

    /// Returns a text without release tokens.
    pub(super) fn clean_text(&self, text: &str) -> String {
        self.secrets.clean_text(text)
    }

    /// Reads a text file; `None` where there is none or it was reported.
    pub(super) fn text(&mut self, base: &Path, names: &[&str]) -> Option<String> {
        self.raw_text(base, names).map(|text| self.secrets.clean_text(&text))
    }

    /// Reads a JSON file; `None` where there is none or it was reported.
    pub(super) fn json<T: DeserializeOwned>(&mut self, base: &Path, names: &[&str]) -> Option<T> {
        let raw = self.raw_text(base, names)?;
        let value = self.parsed(base, names, &raw)?;
        self.shaped(&joined(base, names), "", value)
    }

    /// Reads a JSON file to store it: byte for byte, unless a token has to be taken out.
    pub(super) fn artifact(&mut self, base: &Path, names: &[&str]) -> Option<Vec<u8>> {
        let raw = self.raw_text(base, names)?;
        let value = self.parsed(base, names, &raw)?;
        // A token may be escaped in the raw text, or hide in the first of two equal keys.
        let original: Option<Value> = serde_json::from_str(&raw).ok();
        if original.as_ref() == Some(&value) && !self.secrets.shows_in(&raw) {
            return Some(raw.into_bytes());
        }
        serde_json::to_vec_pretty(&value).ok().map(|mut bytes| {
            bytes.push(b'\n');
            bytes
        })
    }

    /// Reads the items of a list one by one, so that an odd one costs only itself.
    pub(super) fn items<T: DeserializeOwned>(
        &mut self,
        path: &Path,
        list: &str,
        items: Option<Vec<Value>>,
    ) -> Vec<T> {
        let items = items.unwrap_or_default().into_iter().enumerate();
        items.filter_map(|(n, item)| self.shaped(path, &format!("{list}[{n}]: "), item)).collect()
    }

    /// Gives a value its type; `place` says where in the file it stands.
    pub(super) fn shaped<T: DeserializeOwned>(
        &mut self,
        path: &Path,
        place: &str,
        value: Value,
    ) -> Option<T> {
        match serde_json::from_value(value) {
            Ok(typed) => Some(typed),
            Err(error) => {
                let message = crate::model::shown(&error.to_string());
                self.report(path, format!("{place}is not what babysitter writes: {message}"));
                None
            }
        }
    }

    fn raw_text(&mut self, base: &Path, names: &[&str]) -> Option<String> {
        let text = bytes_below(base, names).and_then(|bytes| {
            let text = bytes.map(String::from_utf8).transpose();
            text.map_err(|_| "is not UTF-8".to_owned())
        });
        match text {
            Ok(text) => text.map(|text| text.trim_start_matches('\u{feff}').to_owned()),
            Err(message) => {
                self.report(&joined(base, names), message);
                None
            }
        }
    }

    fn parsed(&mut self, base: &Path, names: &[&str], raw: &str) -> Option<Value> {
        match serde_json::from_str(raw) {
            Ok(value) => Some(self.secrets.clean(value)),
            Err(error) => {
                self.report(&joined(base, names), format!("is not valid JSON: {error}"));
                None
            }
        }
    }
}

fn joined(base: &Path, names: &[&str]) -> PathBuf {
    names.iter().fold(base.to_path_buf(), |path, name| path.join(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Tree;
    use super::*;

    fn reader() -> Reader {
        Reader::new(Secrets::default(), Vec::new())
    }

    #[test]
    fn a_file_over_the_limit_is_reported_and_passed_over() {
        let tree = Tree::new();
        tree.put("a.json", "{}");
        let file = fs::OpenOptions::new().write(true).open(tree.path("a.json")).expect("open");
        file.set_len(MAX_BYTES + 1).expect("sparse");
        let mut reader = reader();
        assert_eq!(reader.json::<Value>(&tree.path(""), &["a.json"]), None);
        let problems = reader.into_problems();
        assert_eq!(problems[0].path, tree.path("a.json"));
        assert_eq!(problems[0].message, "is over the limit of 16 MiB");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_anywhere_on_the_way() {
        let tree = Tree::new();
        tree.put("real/x.json", "{}");
        std::os::unix::fs::symlink(tree.path("real"), tree.path("link")).expect("link");
        std::os::unix::fs::symlink(tree.path("real/x.json"), tree.path("x.json")).expect("link");
        assert!(bytes_below(&tree.path(""), &["link", "x.json"]).is_err());
        assert!(bytes_below(&tree.path(""), &["x.json"]).is_err());
        assert_eq!(bytes_below(&tree.path(""), &["real", "x.json"]), Ok(Some(b"{}".to_vec())));
        assert_eq!(bytes_below(&tree.path(""), &["real", "y.json"]), Ok(None));
    }

    #[test]
    fn an_artifact_keeps_its_bytes_and_an_odd_item_costs_only_itself() {
        let tree = Tree::new();
        tree.put("o.json", "{\"b\":  1.50, \"a\": 12345678901234567890123}");
        let mut reader = reader();
        let bytes = reader.artifact(&tree.path(""), &["o.json"]).expect("valid");
        assert_eq!(bytes, b"{\"b\":  1.50, \"a\": 12345678901234567890123}");
        let items = Some(vec![json!("a"), json!(5), json!("b")]);
        assert_eq!(reader.items::<String>(&tree.path("x"), "list", items), ["a", "b"]);
        assert!(reader.into_problems()[0].message.starts_with("list[1]: is not what"));
    }
}
