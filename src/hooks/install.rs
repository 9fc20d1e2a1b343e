//! Putting our hooks where git looks for them, beside whatever is there, and taking them away.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::HookError;
use super::script::{FileKind, GIT_HOOKS, GitHook, TRAILERS_HOOK, holds_ours, kind, without_ours};
use crate::store::Trailers;

/// What a hook that was moved aside is called, behind its name.
const ASIDE: &str = ".before-git-session";
/// The folder in which it has its own name, which scripts look at.
const BEFORE: &str = "before-git-session";
/// What pre-commit calls a hook that it found, behind its name; it runs it still.
const LEGACY: &str = "legacy";
/// The mode of a file that we make.
const MODE: u32 = 0o755;

/// What is done to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookStep {
    /// The hook's name.
    pub hook: &'static str,
    /// Its file.
    pub path: PathBuf,
    /// What is done.
    pub action: HookAction,
    change: Change,
}

/// What is done to a hook's file, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HookAction {
    /// It is made.
    Add,
    /// Ours is put into the script that is there.
    Chain,
    /// What is there is moved aside, and ours runs it.
    Wrap,
    /// Ours is brought up to date.
    Update,
    /// Ours is taken out of it.
    Unchain,
    /// It is removed: nothing but ours is in it.
    Remove,
    /// What was there before comes back.
    Restore,
    /// Nothing: it is as it should be.
    Keep,
    /// Nothing: no setting needs it.
    LeaveOut,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    None,
    Write { content: String, mode: u32 },
    MoveAside { content: String },
    MoveBack,
    Delete,
}

/// Plans what is to be done in a folder of hooks, so that `program` is run by each of them. The one
/// for trailers is left out where they are off: each process that git starts makes a commit slower.
pub fn plan_install(folder: &Path, program: &Path, trailers: Trailers) -> Result<Vec<HookStep>, HookError> {
    check_folder(folder)?;
    let step_for = |hook: &GitHook| {
        let path = folder.join(hook.name);
        if is_needed(hook.name, trailers) {
            install_step(hook, &path, program)
        } else {
            leave_out(hook, &path)
        }
    };
    let mut steps: Vec<HookStep> = GIT_HOOKS.iter().map(step_for).collect::<Result<_, _>>()?;
    // What is installed is enough; it must not run twice.
    steps.extend(legacy_steps(folder)?);
    Ok(steps)
}

/// Plans what is to be done in a folder of hooks, so that nothing of ours is left.
pub fn plan_uninstall(folder: &Path) -> Result<Vec<HookStep>, HookError> {
    let step_for = |hook: &GitHook| uninstall_step(hook, &folder.join(hook.name));
    let mut steps: Vec<HookStep> = GIT_HOOKS.iter().map(step_for).collect::<Result<_, _>>()?;
    steps.extend(legacy_steps(folder)?);
    Ok(steps)
}

/// Plans to take ours out of what pre-commit, installed after us, keeps as the hook before it.
fn legacy_steps(folder: &Path) -> Result<Vec<HookStep>, HookError> {
    let step_for = |hook: &GitHook| uninstall_step(hook, &folder.join(hook.name).with_extension(LEGACY));
    let steps: Vec<HookStep> = GIT_HOOKS.iter().map(step_for).collect::<Result<_, _>>()?;
    Ok(steps.into_iter().filter(|step| step.action != HookAction::Keep).collect())
}

/// Tells whether a folder of hooks has the one that adds trailers.
pub fn has_trailers_hook(folder: &Path) -> bool {
    is_installed(&folder.join(TRAILERS_HOOK))
}

/// Tells whether a hook has something to do.
pub fn is_needed(hook: &str, trailers: Trailers) -> bool {
    hook != TRAILERS_HOOK || trailers == Trailers::On
}

/// Does what was planned.
pub fn apply_hook_steps(steps: &[HookStep]) -> Result<(), HookError> {
    steps.iter().try_for_each(apply)
}

/// Tells whether ours is in a hook's file.
pub fn is_installed(path: &Path) -> bool {
    fs::read(path).is_ok_and(|content| holds_ours(&content))
}

fn check_folder(folder: &Path) -> Result<(), HookError> {
    let is_usable = !folder.exists() || folder.is_dir();
    is_usable.then_some(()).ok_or_else(|| HookError::Unchangeable {
        path: folder.to_owned(),
        why: "core.hooksPath names it, and it is no folder: hooks are switched off here".to_owned(),
    })
}

fn install_step(hook: &GitHook, path: &Path, program: &Path) -> Result<HookStep, HookError> {
    let Some(found) = Found::read(path)? else {
        let change = Change::Write { content: hook.alone(program), mode: MODE };
        return Ok(step(hook, path, HookAction::Add, change));
    };
    if let Some(text) = found.text().filter(|_| holds_ours(&found.content)) {
        let rest = without_ours(text).unwrap_or_default();
        let content = match rest.is_empty() {
            true if aside(path).symlink_metadata().is_ok() => hook.before_another(program),
            true => hook.alone(program),
            false => hook.within(&rest, program),
        };
        let is_new = content.as_bytes() != found.content;
        let change = Change::Write { content, mode: found.mode };
        return Ok(match is_new {
            true => step(hook, path, HookAction::Update, change),
            false => step(hook, path, HookAction::Keep, Change::None),
        });
    }
    match found.text().filter(|_| found.can_hold_ours()) {
        Some(text) => {
            let change = Change::Write { content: hook.within(text, program), mode: found.mode };
            Ok(step(hook, path, HookAction::Chain, change))
        }
        None => {
            check_free(path)?;
            let change = Change::MoveAside { content: hook.before_another(program) };
            Ok(step(hook, path, HookAction::Wrap, change))
        }
    }
}

fn leave_out(hook: &GitHook, path: &Path) -> Result<HookStep, HookError> {
    let step = uninstall_step(hook, path)?;
    let action = if step.action == HookAction::Keep { HookAction::LeaveOut } else { step.action };
    Ok(HookStep { action, ..step })
}

fn uninstall_step(hook: &GitHook, path: &Path) -> Result<HookStep, HookError> {
    let found = Found::read(path)?.filter(|found| !found.is_link);
    let text = found.as_ref().and_then(|found| Some((without_ours(found.text()?)?, found.mode)));
    Ok(match text {
        None => step(hook, path, HookAction::Keep, Change::None),
        Some((rest, _)) if rest.is_empty() && aside(path).symlink_metadata().is_ok() => {
            step(hook, path, HookAction::Restore, Change::MoveBack)
        }
        Some((rest, _)) if rest.is_empty() => step(hook, path, HookAction::Remove, Change::Delete),
        Some((content, mode)) => step(hook, path, HookAction::Unchain, Change::Write { content, mode }),
    })
}

fn step(hook: &GitHook, path: &Path, action: HookAction, change: Change) -> HookStep {
    HookStep { hook: hook.name, path: path.to_owned(), action, change }
}

/// A hook's file as it is.
struct Found {
    content: Vec<u8>,
    mode: u32,
    is_link: bool,
}

impl Found {
    fn read(path: &Path) -> Result<Option<Self>, HookError> {
        let is_link = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(HookError::io("look at", path))?.is_symlink(),
        };
        // A link that leads nowhere is kept like any other.
        let content = fs::read(path).unwrap_or_default();
        let mode = fs::metadata(path).map_or(0, |found| found.permissions().mode() & 0o7777);
        Ok(Some(Self { content, mode, is_link }))
    }

    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.content).ok()
    }

    // A file that git does not run must not begin to be run; what a link leads to is not ours to edit.
    fn can_hold_ours(&self) -> bool {
        !self.is_link && self.mode & 0o111 != 0 && kind(&self.content) == FileKind::Shell
    }
}

fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ASIDE);
    PathBuf::from(name)
}

/// Returns the name under which the hook that was moved aside is run.
fn before(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    folder.join(BEFORE).join(path.file_name().unwrap_or_default())
}

fn check_free(path: &Path) -> Result<(), HookError> {
    let aside = aside(path);
    let is_free = aside.symlink_metadata().is_err();
    is_free.then_some(()).ok_or_else(|| HookError::Unchangeable {
        why: format!("{} is in the way", aside.display()),
        path: path.to_owned(),
    })
}

fn apply(step: &HookStep) -> Result<(), HookError> {
    let path = &step.path;
    match &step.change {
        Change::None => Ok(()),
        Change::Write { content, mode } => write(path, content, *mode),
        Change::MoveAside { content } => {
            let (aside, link) = (aside(path), before(path));
            let folder = link.parent().unwrap_or(path);
            fs::create_dir_all(folder).map_err(HookError::io("create the folder", folder))?;
            let target = Path::new("..").join(aside.file_name().unwrap_or_default());
            let _ = fs::remove_file(&link);
            std::os::unix::fs::symlink(target, &link).map_err(HookError::io("create", &link))?;
            // A second name first, so that at no moment there is no hook.
            fs::hard_link(path, &aside)
                .or_else(|_| fs::rename(path, &aside))
                .map_err(HookError::io("move", path))?;
            write(path, content, MODE)
        }
        Change::MoveBack => {
            fs::rename(aside(path), path).map_err(HookError::io("move back", path))?;
            remove_link(&before(path))
        }
        Change::Delete => fs::remove_file(path).map_err(HookError::io("remove", path)),
    }
}

fn remove_link(link: &Path) -> Result<(), HookError> {
    let _ = fs::remove_file(link);
    // Another hook may lie in there still.
    let _ = link.parent().map(fs::remove_dir);
    Ok(())
}

// Whole or not at all: git may run it at this moment.
fn write(path: &Path, content: &str, mode: u32) -> Result<(), HookError> {
    let failed = |error| HookError::io("write", path)(error);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let file = tempfile::Builder::new().prefix(".tmp_").tempfile_in(folder).map_err(failed)?;
    fs::write(file.path(), content).map_err(failed)?;
    fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
