#!/usr/bin/env bash
# Kills the program while it is written to and compares what is left with a record kept outside of it, on
# SQLite and on a PostgreSQL of its own that is killed too. Prints kills, writes, what was lost or doubled.
#   KILLS=200 SEED=1 scripts/crash.sh
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/throughline-crash.XXXXXX")
chmod 711 "$work"
server=''
finish() {
  [ -z "$server" ] || scripts/postgres.sh stop "$server" >/dev/null 2>&1
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
if [ -z "${THROUGHLINE_TEST_POSTGRES:-}" ]; then
  THROUGHLINE_TEST_POSTGRES=$(scripts/postgres.sh start "$work/postgres")
  server=$work/postgres
  export THROUGHLINE_TEST_POSTGRES
fi
export THROUGHLINE_TEST_ALL=1 THROUGHLINE_TEST_BINARY=${THROUGHLINE_TEST_BINARY:-$PWD/bin/throughline}
export THROUGHLINE_TEST_KILLS=${KILLS:-200} THROUGHLINE_TEST_SEED=${SEED:-1}
go test -count=1 -timeout=60m -v ./test/crash | grep -vE '^=== '
