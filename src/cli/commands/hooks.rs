//! `git session hooks install`, `uninstall` and `status`

use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use crate::cli::app::{App, home};
use crate::cli::error::CliError;
use crate::hooks::{
    HookAction, HookError, HookStep, apply_hook_steps, follow_commits, hooks_folder, plan_install,
    plan_uninstall,
};
use crate::render::safe_line;
use crate::store::CodeProject;

/// Let git and agents record runs by themselves
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    Install(InstallArgs),
    Uninstall(UninstallArgs),
}

/// Install hooks beside those that are there
///
/// From then on, each commit becomes part of the run that is open, or a run of its own. Hooks that
/// are there stay and run as before; core.hooksPath is honoured. Without an option, the hooks of git
/// are installed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct InstallArgs {
    /// The hooks of git
    #[arg(long)]
    git: bool,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

/// Take our hooks away; what was there before is as it was
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct UninstallArgs {
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(app: &mut App, command: Command) -> Outcome {
    match command {
        Command::Install(args) => install(app, &args),
        Command::Uninstall(args) => uninstall(app, &args),
    }
}

fn install(app: &App, args: &InstallArgs) -> Outcome {
    let (project, folder) = place(app)?;
    let steps = plan_install(&folder, &program()?)?;
    if !args.dry_run {
        // First, so that the first commit finds it.
        let store = app.store_or_create()?;
        follow_commits(&store, project)?;
        apply_hook_steps(&steps)?;
    }
    print(app, &steps, args.dry_run)?;
    warn_of_tracked(app, project, &steps);
    Ok(0)
}

fn uninstall(app: &App, args: &UninstallArgs) -> Outcome {
    let (project, folder) = place(app)?;
    let steps = plan_uninstall(&folder)?;
    if !args.dry_run {
        apply_hook_steps(&steps)?;
        if let Some(store) = app.try_store()? {
            store.forget_heads(project)?;
        }
    }
    print(app, &steps, args.dry_run)?;
    Ok(0)
}

fn place(app: &App) -> Result<(&CodeProject, PathBuf), CliError> {
    let project = app.project.as_ref().ok_or(HookError::NoProject)?;
    Ok((project, hooks_folder(&app.config, project, home().as_deref())))
}

// By its full path: what is found by its name alone may be another program tomorrow.
fn program() -> Result<PathBuf, CliError> {
    let program = std::env::current_exe().and_then(std::fs::canonicalize);
    program.map_err(|error| CliError::failed("this program's own path cannot be found").because(error))
}

fn print(app: &App, steps: &[HookStep], dry_run: bool) -> Result<(), CliError> {
    if app.ui.is_json {
        let steps: Vec<_> = steps
            .iter()
            .map(|step| json!({"hook": step.hook, "path": step.path, "action": step.action}))
            .collect();
        return app.ui.json(&json!({"steps": steps, "dry_run": dry_run}));
    }
    let line = |step: &HookStep| {
        let path = safe_line(&step.path.display().to_string());
        format!("{:<19} {:<9} {path}\n", step.hook, word(step.action))
    };
    app.ui.print(&steps.iter().map(line).collect::<String>())
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
        _ => "unchanged",
    }
}

fn warn_of_tracked(app: &App, project: &CodeProject, steps: &[HookStep]) {
    let tracked = |step: &&HookStep| step.action != HookAction::Keep && project.would_track(&step.path);
    if let Some(step) = steps.iter().find(tracked) {
        let folder = step.path.parent().map(|path| path.display().to_string()).unwrap_or_default();
        app.ui.warn(&format!("{folder} lies in the work tree; git may show the hooks as changes"));
    }
}
