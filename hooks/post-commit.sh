#!/bin/sh
# Makes the commit part of a run. 'git session hooks uninstall' takes this away.
if [ ! -d "${GIT_DIR:-.git}/rebase-merge" ] && [ -x '@GIT_SESSION@' ]; then
    '@GIT_SESSION@' hook post-commit </dev/null >/dev/null || :
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
