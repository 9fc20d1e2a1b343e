#!/bin/sh
# Makes the commit part of a run. 'git session hooks uninstall' takes this away.
# A rebase tells of its commits at its end, and the last of several picked ones tells of all.
git_session_dir=${GIT_DIR:-.git} git_session_more=
if [ -r "$git_session_dir/sequencer/todo" ]; then
    { read -r git_session_more && read -r git_session_more; } <"$git_session_dir/sequencer/todo" || :
fi
if [ -z "$git_session_more" ] && [ ! -d "$git_session_dir/rebase-merge" ] && [ -x '@GIT_SESSION@' ]; then
    '@GIT_SESSION@' hook post-commit </dev/null >/dev/null || :
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
