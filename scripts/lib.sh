# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder have in common. Sourced, after `set -euo pipefail`.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the callers use these
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$project/build/deps
# The distribution's own Python: a pyenv or conda one on the PATH lacks its modules (psycopg2, confluent_kafka).
system_python=/usr/bin/python3

say() { printf '%s\n' "== $*" >&2; }
note() { printf '%s\n' "   $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# fail CODE MESSAGE [HINT…]: says it and ends; codes as in sysexits(3).
fail() {
        local code=$1
        shift
        printf '%s: %s\n' "$(basename "$0")" "$1" >&2
        shift
        [ $# -eq 0 ] || printf '   %s\n' "$@" >&2
        exit "$code"
}

# step "WHAT" LOG COMMAND…: runs it quietly; when it fails, says which step and shows the end of its log.
step() {
        local what=$1 log=$2
        shift 2
        say "$what"
        if ! "$@" >"$log" 2>&1; then
                printf '%s: failed: %s\n' "$(basename "$0")" "$what" >&2
                tail -n "${LOG_LINES:-40}" "$log" | sed 's/^/   | /' >&2
                return 1
        fi
}

# build PRESET: configures and builds.
build() {
        local preset=$1 log=$project/build/$1.log
        mkdir -p "$project/build"
        step "build ($preset)" "$log" bash -c '
                cd "$1" && cmake --preset "$2" && cmake --build --preset "$2"
        ' build "$project" "$preset"
}
