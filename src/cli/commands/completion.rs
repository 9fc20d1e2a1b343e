//! `git session completion`

use clap_complete::env::Shells;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CliError;

/// Print a script that completes git-session in a shell
///
/// For bash: `source <(git session completion bash)` in ~/.bashrc. Session names are completed from
/// the store.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// bash, zsh, fish, powershell or elvish
    shell: String,
}

/// Lets `git session <TAB>` of Git's own bash completion use ours.
const GIT_BASH: &str = r#"
_git_session() {
    COMP_WORDS=("git-session" "${COMP_WORDS[@]:2}")
    COMP_CWORD=$((COMP_CWORD - 1))
    _clap_complete_git_session git-session "${COMP_WORDS[COMP_CWORD]}"
}
"#;

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(&args.shell) else {
        let known = shells.names().collect::<Vec<_>>().join(", ");
        let shown = crate::model::shown(&args.shell);
        return Err(
            CliError::usage(format!("there is no completion for '{shown}'")).hint(format!("use {known}"))
        );
    };
    let mut script = Vec::new();
    shell.write_registration("COMPLETE", "git-session", "git-session", "git-session", &mut script)?;
    if args.shell == "bash" {
        script.extend_from_slice(GIT_BASH.as_bytes());
    }
    app.ui.print_raw(&script)?;
    Ok(0)
}
