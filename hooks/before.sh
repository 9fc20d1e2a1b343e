#!/bin/sh
# Runs the hook that was here before, with what git gave to this one.
git_session_hook=$(basename "$0")
git_session_before=$(dirname "$0")/before-git-session/$git_session_hook
[ ! -x "$git_session_before" ] || exec "$git_session_before" "$@"
