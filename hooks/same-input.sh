#!/bin/sh
# Tells of what git has rewritten or pushes. 'git session hooks uninstall' takes this away.
if [ -x '@GIT_SESSION@' ]; then
    git_session_input=$(cat)
    printf '%s\n' "$git_session_input" | '@GIT_SESSION@' hook @HOOK@ "$@" >/dev/null || :
    # What follows reads the same.
    exec </dev/null
    [ -z "$git_session_input" ] || exec <<GIT_SESSION_INPUT
$git_session_input
GIT_SESSION_INPUT
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
