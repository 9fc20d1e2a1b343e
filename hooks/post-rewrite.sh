#!/bin/sh
# Hands the links of amended and rebased commits on. 'git session hooks uninstall' takes this away.
# What a rebase amends on its way is part of what it tells at its end.
if { [ "$1" = rebase ] || [ ! -d "${GIT_DIR:-.git}/rebase-merge" ]; } && [ -x '@GIT_SESSION@' ]; then
    '@GIT_SESSION@' hook post-rewrite "$@" >/dev/null || :
fi
[ -z "${GIT_SESSION_PROBE-}" ] || exit 0
