#!/usr/bin/env bash
# Measures one, two and three replicas on a throw-away PostgreSQL and Redis and prints a table.
#   SCALE=5000  customers and tickets   SPAN=5s  of each row   CONNECTIONS=16
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/throughline-replicas.XXXXXX")
chmod 711 "$work"
redis=''
finish() {
  [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
  scripts/postgres.sh stop "$work/postgres" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
url=$(scripts/postgres.sh start "$work/postgres")
port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$work" >/dev/null &
redis=$!
postgres=$(head -n 1 "$work/postgres/data/postmaster.pid")
go run ./test/bench/replicas -binary bin/throughline -dir "$work/data" -postgres "$url" -redis "redis://127.0.0.1:$port" \
  -pids "PostgreSQL=$postgres,Redis=$redis" -scale "${SCALE:-5000}" -span "${SPAN:-5s}" -connections "${CONNECTIONS:-16}"
