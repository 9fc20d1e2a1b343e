#!/bin/sh
# Notes in a run what a merge or a pull brought in. 'git session hooks uninstall' takes this away.
if [ -x '@GIT_SESSION@' ]; then
    '@GIT_SESSION@' hook post-merge "$@" </dev/null >/dev/null || :
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
