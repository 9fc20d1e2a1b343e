//! The files of the user's Git configuration: where they are, and which of them is broken.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use gix::config::file::{Metadata, includes, init};
use gix::config::{File, Source};

use super::config::{ConfigError, Variable};

/// Finds the repository around a folder. One that cannot be opened is an error: taking it for none
/// would use another store.
pub(super) fn discover(
    folder: &Path,
    variable: Variable<'_>,
) -> Result<Option<gix::Repository>, ConfigError> {
    let source = match gix::discover(folder) {
        Ok(repo) => return Ok(Some(repo)),
        Err(error) => error,
    };
    let Ok((found, _)) = gix::discover::upwards(folder) else { return Ok(None) };
    Err(unreadable(found.into_repository_and_work_tree_directories().0, source, variable))
}

/// Names the file that cannot be read, where it is one of those that Git reads first.
pub(super) fn unreadable(git_dir: PathBuf, source: gix::Error, variable: Variable<'_>) -> ConfigError {
    let shared = git_dir.join("../../config");
    let own = [git_dir.join("config.worktree"), git_dir.join("config"), shared];
    match own.into_iter().chain(global_files(variable)).find(|path| is_broken(path)) {
        Some(path) => ConfigError::Broken { path, source },
        None => ConfigError::Unreadable(source),
    }
}

fn global_files(variable: Variable<'_>) -> Vec<PathBuf> {
    let place = |source: Source| source.storage_location(&mut |name| variable(name));
    let known = [Source::User, Source::Git, Source::System].into_iter().filter_map(place);
    known.chain(installation_file(variable)).collect()
}

fn is_broken(path: &Path) -> bool {
    path.is_file() && File::from_path_no_includes(path.to_owned(), Source::Local).is_err()
}

/// Reads what holds where there is no repository.
// The library's own function for this runs `git config` to ask where its files are, which takes
// longer than all the rest of a command that only reads.
pub(super) fn outside_of_a_repository(variable: Variable<'_>) -> Result<File, gix::Error> {
    let mut file = File::default();
    for source in [Source::System, Source::Git, Source::User] {
        let path = source.storage_location(&mut |name| variable(name));
        if let Some(path) = path.filter(|path| path.is_file()) {
            file.append(read(path, source, variable)?)?;
        }
    }
    file.append(File::from_environment_overrides()?)?;
    Ok(file)
}

/// Reads what the installation of Git brings along, which all other files win over.
pub(super) fn of_the_installation(variable: Variable<'_>) -> Result<File, gix::Error> {
    match installation_file(variable).filter(|path| path.is_file()) {
        Some(path) => read(path, Source::GitInstallation, variable),
        None => Ok(File::default()),
    }
}

/// Returns the file of `git config --system` of a Git that is not installed below `/usr`, where
/// that file is `/etc/gitconfig`, which is read anyway: `etc/gitconfig` below the folder that its
/// `bin` lies in (`ETC_GITCONFIG` in Git's Makefile).
fn installation_file(variable: Variable<'_>) -> Option<PathBuf> {
    let is_on = |value: std::ffi::OsString| !value.is_empty() && value != "0" && value != "false";
    if variable("GIT_CONFIG_NOSYSTEM").is_some_and(is_on) || variable("GIT_CONFIG_SYSTEM").is_some() {
        return None;
    }
    let path = variable("PATH")?;
    let mut folders = path.as_bytes().split(|byte| *byte == b':').map(OsStr::from_bytes).map(Path::new);
    let bin = folders.find(|folder| folder.join("git").is_file())?;
    let prefix = bin.parent().filter(|prefix| ![Path::new("/usr"), Path::new("/")].contains(prefix))?;
    Some(prefix.join("etc/gitconfig"))
}

fn read(path: PathBuf, source: Source, variable: Variable<'_>) -> Result<File, gix::Error> {
    let home = variable("HOME").map(PathBuf::from);
    let includes = includes::Options::follow_without_conditional(home.as_deref());
    let options = init::Options { includes, ..init::Options::default() };
    let meta = Metadata { path: Some(path), ..Metadata::from(source) };
    Ok(File::from_paths_metadata([meta], options)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::store::UserConfig;

    #[test]
    fn the_file_of_a_git_that_lies_elsewhere_is_read_first() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for (path, text) in [
            ("opt/bin/git", ""),
            ("opt/etc/gitconfig", "[session]\n\tkeepDays = 3\n\tgcPacks = 7\n"),
            ("home/.gitconfig", "[session]\n\tkeepDays = 5\n"),
        ] {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("below")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        let at = |name: &str| dir.path().join(name).into_os_string();
        let load = |is_off: bool| {
            let variable = |name: &str| match name {
                "PATH" => Some(at("opt/bin")),
                "HOME" => Some(at("home")),
                "GIT_CONFIG_NOSYSTEM" => is_off.then(|| "1".into()),
                _ => None,
            };
            UserConfig::load(dir.path(), None, &variable).expect("readable").0
        };
        assert_eq!(load(false).keep_days(14).expect("valid"), 5, "the user's own file wins");
        assert_eq!(load(false).string("session.gcPacks").as_deref(), Some("7"));
        assert_eq!(load(true).string("session.gcPacks"), None, "as Git does with GIT_CONFIG_NOSYSTEM");
    }
}
