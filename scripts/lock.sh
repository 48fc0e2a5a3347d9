#!/usr/bin/env bash
# Pin every package with the digests of all its files, from pyproject.toml: requirements.lock to run, requirements-dev.lock
# to test. Versions already pinned stay unless asked (`--upgrade`, `--upgrade-package NAME`). The locks name packages only,
# never where they were fetched from.
set -euo pipefail
cd "$(dirname "$0")/.."

pin() {
    local target=$1 about=$2; shift 2
    .venv/bin/pip-compile --quiet --generate-hashes --no-header --no-annotate --strip-extras --allow-unsafe \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file "$target" "$@" pyproject.toml
    local body; body=$(grep -v '^#' "$target" | sed '/^$/d')
    printf '# %s Made by `make lock`; do not edit.\n#\n# Python 3.11 to 3.13.\n%s\n' "$about" "$body" > "$target"
}

pin requirements.lock "Every package a running Redress needs, pinned with the digests of all its files." --extra build "$@"
pin requirements-dev.lock "The runtime of requirements.lock and all that tests, lint and types need." \
    --constraint requirements.lock --extra build --extra dev "$@"
