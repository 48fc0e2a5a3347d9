#!/usr/bin/env bash
# Make or refresh .venv from the lock: `scripts/venv.sh runtime` (to run) or `scripts/venv.sh dev` (to test and develop).
#
# Does nothing when the lock has not changed. Works where Debian's python3-venv is missing: as root it is installed,
# as a normal user pip is taken out of Debian's own pip wheel package, without installing anything.
set -euo pipefail
cd "$(dirname "$0")/.."

flavour=${1:-runtime}
venv=.venv
case "$flavour" in
    runtime) lock=requirements.lock ;;
    dev) lock=requirements-dev.lock ;;
    *) echo "usage: scripts/venv.sh runtime|dev" >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*" >&2; }
die() { say "redress: $1"; say "  remedy: $2"; exit 1; }

wanted() { cat "$1" pyproject.toml <(pwd) | sha256sum | cut -d' ' -f1; }
fresh() { [ -x "$venv/bin/redress" ] && "$venv/bin/python" -c '' 2>/dev/null && [ "$(cat "$venv/.stamp-$1" 2>/dev/null)" = "$(wanted "$2")" ]; }

if fresh "$flavour" "$lock"; then exit 0; fi
# One builder at a time: two `make` calls side by side would otherwise install over each other.
mkdir -p .cache
exec 9>.cache/venv.lock
flock 9
if fresh "$flavour" "$lock"; then exit 0; fi

pick_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null; then
            command -v "$candidate"; return 0
        fi
    done
    return 1
}

apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "· installing $* (apt-get)"
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# pip for an environment made without it, from the package Debian itself would take it from; needs no privileges.
pip_from_debian_wheel() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    local work wheel
    work=$(mktemp -d)
    mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
    say "· fetching pip out of Debian's python3-pip-whl"
    (
        cd "$work"
        local options=(-qq -o "Dir::State=$work/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$work/cache" -o Debug::NoLocking=1)
        apt-get "${options[@]}" update && apt-get "${options[@]}" download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb unpacked
    ) >/dev/null 2>&1 || { rm -rf "$work"; return 1; }
    wheel=$(find "$work/unpacked" -name 'pip-*.whl' | head -n 1)
    [ -n "$wheel" ] && "$venv/bin/python" "$wheel/pip" install -q --no-index "$wheel"
    local result=$?
    rm -rf "$work"
    return $result
}

make_venv() {
    local python=$1
    rm -rf "$venv"
    if "$python" -m venv "$venv" >/dev/null 2>&1 && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then return 0; fi
    rm -rf "$venv"
    if apt_install python3-venv && "$python" -m venv "$venv" >/dev/null 2>&1; then return 0; fi
    rm -rf "$venv"
    "$python" -m venv --without-pip "$venv" || return 1
    if "$python" -m pip --version >/dev/null 2>&1 && "$python" -m pip --python "$venv/bin/python" install -q pip; then return 0; fi
    pip_from_debian_wheel
}

if ! { [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
    python=$(pick_python) || die "no Python 3.11 or newer was found" "apt-get install python3 (Debian 12 has 3.11), or name one: make run PYTHON=/path/to/python3.11"
    say "· making .venv with $("$python" -V)"
    make_venv "$python" || { rm -rf "$venv"; die "a virtual environment could not be made" "apt-get install python3-venv, then try again"; }
fi

say "· installing from $lock (first time: about a minute)"
install=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input)
"${install[@]}" --require-hashes --only-binary=:all: -r "$lock" \
    || die "the packages of $lock could not be installed" "check that the package index is reachable and the disk is not full, then try again"
"${install[@]}" --no-deps --no-build-isolation --no-index -e . \
    || die "Redress itself could not be installed into .venv" "rm -rf .venv, then try again"
wanted requirements.lock > "$venv/.stamp-runtime"
[ "$flavour" = runtime ] || wanted "$lock" > "$venv/.stamp-$flavour"
