#!/usr/bin/env bash
# Writes every generated file from its source. With --check it writes nothing and fails when one differs.
#   web/openapi.json          from the operations in the Go code
#   web/src/api/schema.d.ts   from web/openapi.json
#   docs/architecture.md      its map, from the floors table in internal/archtest
#   docs/operations.md        its table of settings, from internal/platform/config
set -euo pipefail
cd "$(dirname "$0")/.."

# As for an installation where nothing is set.
settings() { env -u THROUGHLINE_CONFIG $(env | sed -n 's/^\(THROUGHLINE_[A-Z_]*\)=.*/-u \1/p') go run ./cmd/throughline config; }

if [ "${1:-}" != --check ]; then
  next=$(mktemp)
  trap 'rm -f "$next"' EXIT
  go run ./cmd/throughline openapi >"$next"
  cat "$next" >web/openapi.json
  (cd web && npm run --silent gen >/dev/null)
  go test ./internal/archtest -count=1 -update >/dev/null
  settings | node scripts/settings.mjs
  echo "web/openapi.json, web/src/api/schema.d.ts, docs/architecture.md and docs/operations.md are up to date"
  exit
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
same() { # same FILE FRESH
  if ! diff -u "$1" "$2" >"$dir/diff"; then
    failed=1
    echo "$1 differs from its source; run 'make gen' and look at the difference:"
    head -n 40 "$dir/diff"
  fi
}
go run ./cmd/throughline openapi >"$dir/openapi.json"
same web/openapi.json "$dir/openapi.json"
(cd web && npx --no-install openapi-typescript "$dir/openapi.json" -o "$dir/schema.d.ts" >/dev/null 2>"$dir/log") || { cat "$dir/log"; exit 1; }
same web/src/api/schema.d.ts "$dir/schema.d.ts"
go test ./internal/archtest -count=1 >"$dir/log" 2>&1 || { failed=1; cat "$dir/log"; }
settings | node scripts/settings.mjs --check || failed=1
exit $failed
