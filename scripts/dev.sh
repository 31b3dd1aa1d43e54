#!/usr/bin/env bash
# Serves for development: Vite with hot reload on 5173, and the Go server on 8080, rebuilt and restarted
# when a Go or SQL file changes. A build that fails leaves the last good server running. Ctrl-C ends both.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p bin
vite='' server=''
stop() { # stop PID
  [ -n "$1" ] && kill "$1" 2>/dev/null && wait "$1" 2>/dev/null || true
}
trap 'stop "$server"; stop "$vite"' EXIT
trap 'exit 0' INT TERM

(cd web && exec node node_modules/vite/bin/vite.js) &
vite=$!

built=$(mktemp)
changed() { find cmd internal web/embed.go go.mod -newer "$built" \( -name '*.go' -o -name '*.sql' -o -name go.mod \) -print -quit; }
first=1
while kill -0 "$vite" 2>/dev/null; do
  if [ -n "$first" ] || [ -n "$(changed)" ]; then
    first=
    touch "$built"
    if go build -o bin/throughline-dev ./cmd/throughline; then
      stop "$server"
      bin/throughline-dev serve &
      server=$!
    fi
  fi
  sleep 0.5
done
