#!/bin/sh
# Adds the ids of session and run to the message, where session.trailers is on.
# 'git session hooks uninstall' takes this away.
if [ -x '@GIT_SESSION@' ]; then
    '@GIT_SESSION@' hook prepare-commit-msg "$@" </dev/null >/dev/null || :
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
