#!/bin/sh
# Adds the ids of session and run to the message, as session.trailers asks for.
# 'git session hooks uninstall' takes this away.
if [ ! -d "${GIT_DIR:-.git}/rebase-merge" ] && [ -x '@GIT_SESSION@' ]; then
    '@GIT_SESSION@' hook prepare-commit-msg "$@" </dev/null >/dev/null || :
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
