#!/usr/bin/env bash
# Starts a throw-away PostgreSQL for tests on a free loopback port and prints its URL,
# or stops the one whose folder is given.   postgres.sh start DIR | stop DIR
# For tests of faults:  restart DIR fast|immediate  |  halt DIR (keeps everything)  |  resume DIR (on the same port)
# It keeps nothing: fsync is off and the folder is removed on stop. With DURABLE=1 commits are synced, for
# figures that are compared, and `stop` leaves the folder for a later `start`.
set -euo pipefail
action=$1 dir=$2
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$bin" ] || bin=$(dirname "$(command -v postgres || true)")
if [ ! -x "$bin/initdb" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } >&2
    bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  else
    echo "PostgreSQL is missing: install the package 'postgresql'" >&2
    exit 1
  fi
fi
# The server refuses to run as root.
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/tmp "$@"; else "$@"; fi; }
case $action in
start)
  mkdir -p "$dir"
  [ "$(id -u)" = 0 ] && chown postgres "$dir"
  chmod 711 "$dir"
  [ -d "$dir/data" ] || as "$bin/initdb" -D "$dir/data" -U throughline -A trust --no-sync -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1
  port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
  sync='-c fsync=off -c synchronous_commit=off -c full_page_writes=off'
  [ -z "${DURABLE:-}" ] || sync=''
  options="-p $port -k '' -c listen_addresses=127.0.0.1 $sync \
    -c max_connections=400 -c shared_buffers=${SHARED_BUFFERS:-256MB} -c max_wal_size=2GB -c jit=off"
  echo "$options" >"$dir/options"
  as "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -s -o "$options" start >&2
  echo "postgres://throughline@127.0.0.1:$port/postgres?sslmode=disable" | tee "$dir/url"
  ;;
restart) as "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -s -m "${3:-fast}" restart ;;
halt) as "$bin/pg_ctl" -D "$dir/data" -w -s -m fast stop ;;
resume) as "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -s -o "$(cat "$dir/options")" start ;;
stop)
  if [ -n "${DURABLE:-}" ]; then
    as "$bin/pg_ctl" -D "$dir/data" -m fast -s stop
    exit
  fi
  as "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop || true
  rm -rf "$dir"
  ;;
esac
