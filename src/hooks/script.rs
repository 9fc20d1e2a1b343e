//! The scripts that git runs, and how ours lies in a file beside somebody else's.

use std::path::Path;

/// The line before what is ours in a file that was there before.
const BEGIN: &str = "# >>> git-session >>>";
/// The line before what is ours in a file that we made.
const BEGIN_OWN: &str = "# >>> git-session >>> (nothing else is in this file)";
/// The line behind what is ours.
const END: &str = "# <<< git-session <<<";
/// What stands in the scripts for the program.
const PROGRAM: &str = "@GIT_SESSION@";
/// What stands in a script for the hook's name.
const HOOK: &str = "@HOOK@";
/// How the scripts start the program.
const CALL: &str = "'@GIT_SESSION@' hook";
/// How they do where nothing comes behind it: without a process more.
const LAST_CALL: &str = "exec '@GIT_SESSION@' hook";
/// The first line of a file that we make.
const SHEBANG: &str = "#!/bin/sh\n";

/// A hook of git that we answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GitHook {
    /// Its name, which is that of its file.
    pub name: &'static str,
    script: &'static str,
    /// What takes the script's place where others read the same input behind it.
    beside: Option<&'static str>,
    end: End,
}

/// What git makes of the exit code of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing, so that even a program that crashes does no harm.
    Ignored,
    /// It stops at another one than 0.
    Heeded,
}

/// The hook that is installed only where commits get trailers.
pub(super) const TRAILERS_HOOK: &str = "prepare-commit-msg";

/// The hooks that are installed.
pub const GIT_HOOKS: [GitHook; 5] = [
    GitHook {
        name: TRAILERS_HOOK,
        script: include_str!("../../hooks/prepare-commit-msg.sh"),
        beside: None,
        end: End::Heeded,
    },
    GitHook {
        name: "post-commit",
        script: include_str!("../../hooks/post-commit.sh"),
        beside: None,
        end: End::Ignored,
    },
    GitHook {
        name: "post-rewrite",
        script: include_str!("../../hooks/post-rewrite.sh"),
        beside: Some(SAME_INPUT),
        end: End::Ignored,
    },
    GitHook {
        name: "post-merge",
        script: include_str!("../../hooks/post-merge.sh"),
        beside: None,
        end: End::Ignored,
    },
    GitHook {
        name: "pre-push",
        script: include_str!("../../hooks/pre-push.sh"),
        beside: Some(SAME_INPUT),
        end: End::Heeded,
    },
];

/// What hands the same input to ours and to what comes behind it.
const SAME_INPUT: &str = include_str!("../../hooks/same-input.sh");

/// What runs the hook that was moved aside.
const BEFORE: &str = include_str!("../../hooks/before.sh");

/// What a hook's file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// A script of the shell, in which ours can lie.
    Shell,
    /// Something else that can be run.
    Other,
}

impl GitHook {
    /// Returns the content of a file that holds nothing but ours.
    pub(super) fn alone(&self, program: &Path) -> String {
        let script = match self.end {
            End::Ignored => self.script.replace(CALL, LAST_CALL),
            End::Heeded => self.script.to_owned(),
        };
        format!("{SHEBANG}{}", block(BEGIN_OWN, &script, program))
    }

    /// Returns the content of a file that runs ours, and then the hook that was moved aside.
    pub(super) fn before_another(&self, program: &Path) -> String {
        let script = self.beside() + without_shebang(BEFORE);
        format!("{SHEBANG}{}", block(BEGIN_OWN, &script, program))
    }

    /// Returns a script with ours behind its first line, so that nothing in it can end before.
    pub(super) fn within(&self, script: &str, program: &Path) -> String {
        let (head, rest) = split_shebang(script);
        format!("{head}{}{rest}", block(BEGIN, &self.beside(), program))
    }

    fn beside(&self) -> String {
        self.beside.unwrap_or(self.script).replace(HOOK, self.name)
    }
}

fn block(begin: &str, script: &str, program: &Path) -> String {
    // Within single quotes the shell takes everything as it is, but for a single quote.
    let quoted = program.to_string_lossy().replace('\'', r"'\''");
    let script = without_shebang(script).replace(PROGRAM, &quoted);
    format!("{begin}\n{script}{END}\n")
}

/// Takes ours out of a file's content. `None` where it is not in there; an empty text where nothing
/// but ours was.
pub(super) fn without_ours(content: &str) -> Option<String> {
    let start = content.find(BEGIN).filter(|at| *at == 0 || content[..*at].ends_with('\n'))?;
    let length = content[start..].find(END)? + END.len();
    let rest = content[start + length..].strip_prefix('\n')?;
    let head = &content[..start];
    let is_own = content[start..].starts_with(BEGIN_OWN) && head == SHEBANG && rest.is_empty();
    Some(if is_own { String::new() } else { format!("{head}{rest}") })
}

/// Tells whether ours is in a file.
pub(super) fn holds_ours(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok_and(|text| without_ours(text).is_some())
}

/// Tells whether ours can lie in a file with this content.
pub(super) fn kind(content: &[u8]) -> FileKind {
    let Ok(text) = std::str::from_utf8(content) else { return FileKind::Other };
    let Some((first, _)) = text.split_once('\n') else { return FileKind::Other };
    let is_shell = match first.strip_prefix("#!") {
        Some(_) if first.ends_with('\r') => false,
        Some(interpreter) => is_shell(interpreter),
        // Git runs what names no interpreter with the shell.
        None => !text.contains('\0') && !text.contains('\r'),
    };
    if is_shell { FileKind::Shell } else { FileKind::Other }
}

fn is_shell(interpreter: &str) -> bool {
    let words = interpreter.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let mut words = words.filter(|word| *word != "env" && !word.starts_with('-') && !word.contains('='));
    words.next().is_some_and(|word| ["sh", "bash", "dash", "zsh", "ksh", "ash"].contains(&word))
}

fn without_shebang(script: &str) -> &str {
    split_shebang(script).1
}

fn split_shebang(script: &str) -> (&str, &str) {
    let end = script.find('\n').map_or(script.len(), |at| at + 1);
    if script.starts_with("#!") { script.split_at(end) } else { ("", script) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_script_may_hold_ours_where_it_is_one_of_the_shell() {
        for (first, expected) in [
            ("#!/bin/sh", FileKind::Shell),
            ("#!/bin/sh -e", FileKind::Shell),
            ("#!/usr/bin/env bash", FileKind::Shell),
            ("#!/usr/bin/env -S FOO=1 zsh -f", FileKind::Shell),
            ("# no interpreter", FileKind::Shell),
            ("#!/usr/bin/env python3", FileKind::Other),
            ("#!/usr/bin/perl", FileKind::Other),
            ("#!/bin/sh\r", FileKind::Other),
            ("#!/usr/bin/fish", FileKind::Other),
        ] {
            assert_eq!(kind(format!("{first}\necho hi\n").as_bytes()), expected, "{first}");
        }
        assert_eq!(kind(b"#!/bin/sh"), FileKind::Other, "there is no line behind it");
        assert_eq!(kind(b"\x7fELF\0\xff\n"), FileKind::Other);
    }

    #[test]
    fn the_scripts_are_short() {
        for script in GIT_HOOKS.iter().map(|hook| hook.script).chain([BEFORE, SAME_INPUT]) {
            assert!(script.lines().count() <= 15, "{script}");
            assert!(script.starts_with(SHEBANG));
        }
    }

    #[test]
    fn a_crash_of_the_program_is_nothing_that_git_would_heed() {
        for hook in GIT_HOOKS {
            let script = hook.alone(Path::new("/usr/bin/git-session"));
            let is_last = script.contains("exec '/usr/bin/git-session'");
            assert_eq!(is_last, hook.name.starts_with("post-"), "{script}");
            let script = hook.within("#!/bin/sh\n", Path::new("/usr/bin/git-session"));
            assert!(script.contains(&format!("'/usr/bin/git-session' hook {}", hook.name)), "{script}");
            assert!(!script.contains("exec '"), "something comes behind it: {script}");
        }
    }

    #[test]
    fn a_quote_in_the_program_s_path_is_no_command() {
        for hook in GIT_HOOKS {
            let script = hook.alone(Path::new("/o'; touch x; '/git-session"));
            assert!(script.contains(r"'/o'\''; touch x; '\''/git-session'"), "{script}");
        }
    }

    proptest! {
        #[test]
        fn what_was_put_in_is_taken_out_again(script in "(#!/bin/(ba)?sh( -e)?\n)?([a-z #>=\\-\n$]{0,40}\n)?") {
            let program = Path::new("/usr/bin/git-session");
            for hook in GIT_HOOKS {
                let with = hook.within(&script, program);
                prop_assert!(holds_ours(with.as_bytes()));
                prop_assert_eq!(without_ours(&with), Some(script.clone()));
                let own = hook.alone(program);
                prop_assert_eq!(without_ours(&own), Some(String::new()));
            }
        }
    }
}
