#!/usr/bin/env bash
# Everything `make test` promises: style, types, rules of dependency, tests. Arguments go to pytest, which then runs alone.
#
# On a Debian machine, as root, the browser, the Thai fonts, Java and Maven (for Kafka), promtool and nginx are installed by
# package name; elsewhere the tests that need them say why they are skipped.
set -uo pipefail
cd "$(dirname "$0")/.."

started=$SECONDS
step() { printf '\n== %s (at %d s)\n' "$*" $((SECONDS - started)); }

system_packages() {
    [ -z "${REDRESS_SKIP_APT:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
    local missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    # The alert rules are tested by promtool, the front proxy by nginx itself.
    command -v promtool >/dev/null || missing+=(prometheus)
    command -v nginx >/dev/null || missing+=(nginx-light)
    [ -e /usr/share/fonts/truetype/tlwg/Loma.ttf ] || dpkg -s fonts-thai-tlwg >/dev/null 2>&1 || missing+=(fonts-thai-tlwg)
    command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
    command -v mvn >/dev/null || missing+=(maven)
    [ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd)
    [ ${#missing[@]} -gt 0 ] || return 0
    step "installing ${missing[*]}"
    # `update` first: a fresh machine knows no packages, an old one names versions that are gone.
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null \
        || printf 'could not install %s: the tests that need it are skipped\n' "${missing[*]}"
}

workers() {
    local cores; cores=$(nproc 2>/dev/null || echo 2)
    [ "$cores" -gt 4 ] && cores=4
    echo "$cores"
}

system_packages
step "packages" && scripts/venv.sh dev || exit 1
bin=.venv/bin

if [ $# -gt 0 ]; then exec $bin/pytest "$@"; fi

$bin/python scripts/fetch_fonts.py || true
failed=()
step "style" && { $bin/ruff check . && $bin/ruff format --check --quiet . || failed+=(style); }
step "rules of dependency" && { $bin/lint-imports --no-cache || failed+=("rules of dependency"); }
step "contracts" && { $bin/python scripts/check_contracts.py || failed+=(contracts); }
step "types" && { $bin/mypy || failed+=(types); }
step "tests" && { $bin/pytest -n "$(workers)" --dist loadfile --durations=15 || failed+=(tests); }

step "done"
if [ ${#failed[@]} -gt 0 ]; then
    printf 'not in order: %s\n' "$(IFS=,; echo "${failed[*]}")"
    exit 1
fi
echo "all in order"
