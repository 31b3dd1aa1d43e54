#!/usr/bin/env bash
# Prints the speed table. The data is made once and kept in bin/bench; `make clean` removes it.
#   SCALE=100000      customers and tickets
#   ENGINE=sqlite     or postgres: THROUGHLINE_TEST_POSTGRES names a server, otherwise a throw-away one is started
#   WRITE=1           also puts the table into docs/performance.md
set -euo pipefail
cd "$(dirname "$0")/.."
scale=${SCALE:-100000} engine=${ENGINE:-sqlite}
dir=$PWD/bin/bench/$engine-$scale
mkdir -p "$dir"
make --silent build
args=(-binary bin/throughline -dir "$dir" -scale "$scale")
server=''
finish() { [ -z "$server" ] || DURABLE=1 scripts/postgres.sh stop "$server" >/dev/null 2>&1; }
trap finish EXIT
trap 'exit 130' INT TERM
if [ "$engine" = postgres ]; then
  if [ -z "${THROUGHLINE_TEST_POSTGRES:-}" ]; then
    # Below the system's folder for temporary files, because the server's user must reach it.
    server=${TMPDIR:-/tmp}/throughline-bench-$scale
    THROUGHLINE_TEST_POSTGRES=$(DURABLE=1 scripts/postgres.sh start "$server")
    # Data that is not there any more is made again.
    [ -e "$server/ours" ] || rm -f "$dir/filled" "$dir/secret.key"
    touch "$server/ours"
  fi
  args+=(-postgres "$THROUGHLINE_TEST_POSTGRES")
fi
go run ./test/bench "${args[@]}" | tee "$dir/table.md"
if [ -n "${WRITE:-}" ]; then node scripts/performance.mjs "$engine" <"$dir/table.md"; fi
