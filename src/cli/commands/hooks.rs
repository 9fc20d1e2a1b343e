//! `git session hooks install`, `uninstall` and `status`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Outcome;
use crate::cli::app::{App, home};
use crate::cli::error::{CliError, FAILED};
use crate::hooks::{
    HookAction, HookError, HookState, HookStep, SettingsPlan, apply_hook_steps, follow_commits, hooks_folder,
    plan_install, plan_settings_install, plan_settings_uninstall, plan_uninstall, try_hooks,
    user_hooks_folder,
};
use crate::render::safe_line;

/// Let git and agents record runs by themselves
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    Install(InstallArgs),
    Uninstall(UninstallArgs),
    Status(StatusArgs),
}

/// Install hooks beside those that are there
///
/// From then on, each commit becomes part of the run that is open, or a run of its own. Hooks that
/// are there stay and run as before; core.hooksPath is honoured. Without --git or --claude-code, the
/// hooks of git are installed. The one for trailers is left out while session.trailers is off; install
/// again after turning it on.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct InstallArgs {
    #[command(flatten)]
    what: What,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

/// Take our hooks away; what was there before is as it was
///
/// Without --git or --claude-code, both are taken away.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct UninstallArgs {
    #[command(flatten)]
    what: What,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

/// Try each hook in a project made for that, and tell what happened
///
/// Only what is ours is run, not what else the files hold. The exit code is 1 where a hook is missing
/// or nothing comes of it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct StatusArgs {
    /// Those of all projects: in the folder that core.hooksPath names for the user, in ~/.claude
    #[arg(long)]
    global: bool,
}

/// Which hooks are meant.
#[derive(Debug, clap::Args)]
struct What {
    /// The hooks of git
    #[arg(long)]
    git: bool,
    /// The hooks of Claude Code, in .claude/settings.json
    #[arg(long)]
    claude_code: bool,
    /// Those of all projects: in the folder that core.hooksPath names for the user, in ~/.claude
    #[arg(long)]
    global: bool,
}

/// What is done, or would be.
struct Plan {
    git: Vec<HookStep>,
    settings: Option<SettingsPlan>,
}

pub(super) fn run(app: &mut App, command: Command) -> Outcome {
    match command {
        Command::Install(args) => install(app, &args),
        Command::Uninstall(args) => uninstall(app, &args),
        Command::Status(args) => status(app, &args),
    }
}

fn install(app: &App, args: &InstallArgs) -> Outcome {
    let (what, program) = (&args.what, program()?);
    let wants_git = what.git || !what.claude_code;
    let git = match wants_git {
        true => plan_install(&folder(app, what)?, &program, app.config.trailers()?)?,
        false => Vec::new(),
    };
    let settings = match what.claude_code {
        true => Some(plan_settings_install(&settings_path(app, what)?, &program)?),
        false => None,
    };
    let plan = Plan { git, settings };
    if !args.dry_run {
        // First, so that the first commit finds it.
        if let Some(project) = app.project.as_ref().filter(|_| !what.global) {
            let store = app.store_or_create()?;
            if wants_git {
                follow_commits(&store, project)?;
            }
        }
        plan.apply()?;
    }
    plan.print(app, "added", args.dry_run)?;
    warn_of_tracked(app, &plan.git);
    Ok(0)
}

fn uninstall(app: &App, args: &UninstallArgs) -> Outcome {
    let what = &args.what;
    let is_named = what.git || what.claude_code;
    let git = if what.git || !is_named { plan_uninstall(&folder(app, what)?)? } else { Vec::new() };
    let settings = match what.claude_code || !is_named {
        true => Some(plan_settings_uninstall(&settings_path(app, what)?)?),
        false => None,
    };
    let settings = settings.filter(|plan| is_named || plan.changes_anything());
    let plan = Plan { git, settings };
    if !args.dry_run {
        plan.apply()?;
        if let (false, Some(project), Some(store)) = (plan.git.is_empty(), &app.project, app.try_store()?) {
            store.forget_heads(project)?;
        }
    }
    plan.print(app, "removed", args.dry_run)?;
    Ok(0)
}

fn status(app: &App, args: &StatusArgs) -> Outcome {
    let what = What { git: true, claude_code: true, global: args.global };
    let tried = try_hooks(&folder(app, &what)?, &std::env::temp_dir(), app.config.trailers()?)?;
    let settings = settings_path(app, &what)?;
    // The agent itself cannot be tried.
    let asks = !plan_settings_install(&settings, &program()?)?.changes_anything();
    if app.ui.is_json {
        app.ui.json(&json!({"git": tried, "claude_code": {"path": settings, "installed": asks}}))?;
    } else {
        let word = |state: HookState| match state {
            HookState::Works => "works",
            HookState::Absent => "missing",
            HookState::LeftOut => "left out",
            _ => "silent",
        };
        let mut text: String =
            tried.iter().map(|hook| line(hook.hook, word(hook.state), &hook.path)).collect();
        text.push_str(&line("claude-code", if asks { "installed" } else { "missing" }, &settings));
        app.ui.print(&text)?;
    }
    let works = tried.iter().all(|hook| matches!(hook.state, HookState::Works | HookState::LeftOut));
    if !works {
        app.ui.hint("'git session hooks install' puts missing hooks in");
    }
    Ok(if works { 0 } else { FAILED })
}

fn line(hook: &str, word: &str, path: &Path) -> String {
    format!("{hook:<19} {word:<9} {}\n", safe_line(&path.display().to_string()))
}

fn folder(app: &App, what: &What) -> Result<PathBuf, CliError> {
    if !what.global {
        let project = app.project.as_ref().ok_or(HookError::NoProject)?;
        return Ok(hooks_folder(&app.config, project, home().as_deref()));
    }
    user_hooks_folder(&|name| std::env::var_os(name))?.ok_or_else(|| {
        CliError::failed("there is no folder of hooks for all projects")
            .hint("run 'git session hooks install' in each project; what git runs there already stays")
            .hint("where you want such a folder, 'git config --global core.hooksPath DIR' takes it in the place of each project's own hooks")
    })
}

fn settings_path(app: &App, what: &What) -> Result<PathBuf, CliError> {
    if what.global {
        let set = std::env::var_os("CLAUDE_CONFIG_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute());
        let folder = set.or_else(|| home().map(|home| home.join(".claude")));
        let none = || CliError::failed("HOME is not set").hint("set it, or leave --global out");
        return Ok(folder.ok_or_else(none)?.join("settings.json"));
    }
    let project = app.project.as_ref().ok_or(HookError::NoProject)?;
    let folder = project.work_dir.as_ref().ok_or(HookError::NoProject)?;
    Ok(folder.join(".claude/settings.json"))
}

impl Plan {
    fn apply(&self) -> Result<(), CliError> {
        apply_hook_steps(&self.git)?;
        Ok(self.settings.as_ref().map_or(Ok(()), SettingsPlan::apply)?)
    }

    fn print(&self, app: &App, verb: &str, dry_run: bool) -> Result<(), CliError> {
        let changes = |plan: &SettingsPlan| {
            if plan.changes_anything() { verb.to_owned() } else { "unchanged".to_owned() }
        };
        if app.ui.is_json {
            let git = self
                .git
                .iter()
                .map(|step| json!({"hook": step.hook, "path": step.path, "action": step.action}));
            let settings = self.settings.iter().map(|plan| {
                let action = if plan.changes_anything() { "edit" } else { "keep" };
                json!({"hook": "claude-code", "path": plan.path, "action": action})
            });
            let steps: Vec<_> = git.chain(settings).collect();
            return app.ui.json(&json!({"steps": steps, "dry_run": dry_run}));
        }
        let mut text: String =
            self.git.iter().map(|step| line(step.hook, word(step.action), &step.path)).collect();
        text.extend(self.settings.iter().map(|plan| line("claude-code", &changes(plan), &plan.path)));
        app.ui.print(&text)
    }
}

// By its full path: what is found by its name alone may be another program tomorrow.
fn program() -> Result<PathBuf, CliError> {
    let program = std::env::current_exe().and_then(std::fs::canonicalize);
    program.map_err(|error| CliError::failed("this program's own path cannot be found").because(error))
}

fn word(action: HookAction) -> &'static str {
    match action {
        HookAction::Add => "added",
        HookAction::Chain => "chained",
        HookAction::Wrap => "wrapped",
        HookAction::Update => "updated",
        HookAction::Unchain => "unchained",
        HookAction::Remove => "removed",
        HookAction::Restore => "restored",
        HookAction::LeaveOut => "left out",
        _ => "unchanged",
    }
}

fn warn_of_tracked(app: &App, steps: &[HookStep]) {
    let Some(project) = &app.project else { return };
    let is_changed = |step: &HookStep| !matches!(step.action, HookAction::Keep | HookAction::LeaveOut);
    let tracked = |step: &&HookStep| is_changed(step) && project.would_track(&step.path);
    if let Some(step) = steps.iter().find(tracked) {
        let folder = step.path.parent().map(|path| path.display().to_string()).unwrap_or_default();
        app.ui.warn(&format!("{folder} lies in the work tree; git may show the hooks as changes"));
    }
}
