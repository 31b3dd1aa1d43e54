#!/usr/bin/env bash
# Prints the speed tables of both databases, each with a tenth of the rows and then with all. The data is made once
# and kept in bin/bench; `make clean` removes it. Ten times the rows of the default, as the aims say, take about 31 GB
# on SQLite and half as much again on PostgreSQL.
#   SCALE=100000              customers and tickets
#   QUICK=1                   a tenth alone
#   ENGINE="sqlite postgres"  which databases; THROUGHLINE_TEST_POSTGRES names a server for one size, otherwise
#                             throw-away ones are started
#   WRITE=1                   also puts the tables of all rows into docs/performance.md
set -euo pipefail
cd "$(dirname "$0")/.."
scale=${SCALE:-100000}
sizes=$((scale / 10))
[ -n "${QUICK:-}" ] || sizes="$sizes $scale"
make --silent build
go build -o bin/bench/bench ./test/bench
server=''
finish() {
  [ -z "$server" ] || DURABLE=1 scripts/postgres.sh stop "$server" >/dev/null 2>&1
  server=''
}
trap finish EXIT
trap 'exit 130' INT TERM
for engine in ${ENGINE:-sqlite postgres}; do
  for size in $sizes; do
    dir=$PWD/bin/bench/$engine-$size
    mkdir -p "$dir"
    args=(-binary bin/throughline -dir "$dir" -scale "$size" -growth "bin/bench/$engine.times")
    if [ "$engine" = postgres ]; then
      url=${THROUGHLINE_TEST_POSTGRES:-}
      if [ -z "$url" ]; then
        # Below the system's folder for temporary files, because the server's user must reach it.
        server=${TMPDIR:-/tmp}/throughline-bench-$size
        url=$(DURABLE=1 scripts/postgres.sh start "$server")
        # Data that is not there any more is made again.
        [ -e "$server/ours" ] || rm -f "$dir/filled" "$dir/secret.key"
        touch "$server/ours"
      fi
      args+=(-postgres "$url")
    fi
    bin/bench/bench "${args[@]}" | tee "$dir/table.md"
    finish
  done
  if [ -n "${WRITE:-}" ] && [ -z "${QUICK:-}" ]; then node scripts/performance.mjs "$engine" <"$dir/table.md"; fi
done
