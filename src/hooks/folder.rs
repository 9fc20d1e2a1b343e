//! Where git looks for hooks.

use std::path::{Path, PathBuf};

use super::HookError;
use crate::store::{CodeProject, UserConfig};

/// Returns the folder that git runs the hooks of a project from: what `core.hooksPath` names, or
/// the one in the Git folder that all work trees share.
pub fn hooks_folder(config: &UserConfig, project: &CodeProject, home: Option<&Path>) -> PathBuf {
    // A relative path starts where git runs hooks.
    let start = project.work_dir.as_ref().unwrap_or(&project.git_dir);
    match config.string("core.hooksPath").filter(|path| !path.is_empty()) {
        Some(path) => match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => start.join(path),
        },
        None => project.common_dir.join("hooks"),
    }
}

/// Returns the folder that git runs the hooks of all projects from that name none of their own, where
/// the user has named one.
pub fn user_hooks_folder(
    variable: &dyn Fn(&str) -> Option<std::ffi::OsString>,
) -> Result<Option<PathBuf>, HookError> {
    // No project lies at the root of the file system, so this is what holds outside of all.
    let (config, _) = UserConfig::load(Path::new("/"), None, variable)?;
    let home = variable("HOME").map(PathBuf::from);
    let path = config.string("core.hooksPath").filter(|path| !path.is_empty());
    Ok(path.and_then(|path| match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Some(home.join(rest)),
        _ => Some(PathBuf::from(path)).filter(|path| path.is_absolute()),
    }))
}

/// Lets commits of a project count from now on, in all of its work trees.
pub fn follow_commits(store: &crate::store::Store, project: &CodeProject) -> Result<(), HookError> {
    for git_dir in project.all_git_dirs() {
        let mut tree = project.clone();
        tree.git_dir = git_dir;
        if store.is_head_marked(&tree) {
            continue;
        }
        if let Some(log) = store.head_log(&tree, super::scene::PATIENCE)? {
            log.mark_end()?;
        }
    }
    Ok(())
}
