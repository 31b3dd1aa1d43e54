#!/usr/bin/env bash
# Takes away each condition on the workspace and each permission check in turn, on both databases, and says how many
# of them test/wall notices. Some minutes.
#   THROUGHLINE_TEST_POSTGRES  a PostgreSQL server where databases may be created (default: a throw-away one)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${THROUGHLINE_TEST_POSTGRES:-}" ]; then
  server=$(mktemp -d "${TMPDIR:-/tmp}/throughline-mutate.XXXXXX")
  chmod 711 "$server"
  trap 'scripts/postgres.sh stop "$server/postgres" >/dev/null; rm -rf "$server"' EXIT
  THROUGHLINE_TEST_POSTGRES=$(scripts/postgres.sh start "$server/postgres")
  export THROUGHLINE_TEST_POSTGRES
fi
THROUGHLINE_TEST_ALL=1 go test -count=1 -timeout=60m -v -run 'TestWall' ./test/wall -mutations=all
