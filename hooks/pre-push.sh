#!/bin/sh
# Queues the sessions of the pushed commits. 'git session hooks uninstall' takes this away.
if [ -x '@GIT_SESSION@' ]; then
    '@GIT_SESSION@' hook pre-push "$@" >/dev/null || :
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
