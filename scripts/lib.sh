# The steps of scripts/test.sh, as functions. Each prints its findings and exits non-zero when it fails.
# shellcheck shell=bash

# apt_install PACKAGE…: when it may.
apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  # Packages may be indexed already; the index is fetched only when they are not.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
}

need_node() {
  command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or later" >&2; return 1; }
  command -v node >/dev/null && command -v npm >/dev/null || { echo "Node is missing: install Node 20.19 or later with npm" >&2; return 1; }
}

# find_server PROGRAM PACKAGE: a server that tests start themselves.
find_server() {
  command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || apt_install "$2" ||
    { echo "$1 is missing: install the package '$2'"; return 1; }
}

# find_chromium FILE: writes the browser's path.
find_chromium() {
  local name
  if [ -n "${THROUGHLINE_TEST_CHROMIUM:-}" ]; then
    [ -x "$THROUGHLINE_TEST_CHROMIUM" ] || { echo "THROUGHLINE_TEST_CHROMIUM=$THROUGHLINE_TEST_CHROMIUM is not a program"; return 1; }
    echo "$THROUGHLINE_TEST_CHROMIUM" >"$1"
    return
  fi
  for _ in 1 2; do
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
      if command -v "$name" >"$1"; then return 0; fi
    done
    apt_install chromium || break
  done
  echo "Chromium is missing: install the package 'chromium' or set THROUGHLINE_TEST_CHROMIUM"
  return 1
}

find_compiler() {
  command -v gcc >/dev/null || command -v clang >/dev/null || apt_install gcc libc6-dev ||
    { echo "A C compiler is missing, which the race detector needs: install the package 'gcc'"; return 1; }
}

format_check() {
  local wrong
  wrong=$(bin/tools/golangci-lint fmt --diff 2>&1)
  if [ -n "$wrong" ]; then
    echo "$wrong" | head -n 60
    echo "run 'make fmt'"
    return 1
  fi
}

# vulnerabilities ARCHIVE DIR
vulnerabilities() {
  local root
  mkdir -p "$2" && tar -xzf "$1" -C "$2" || return 1
  root=$(dirname "$(dirname "$(find "$2" -path '*/index/db.json*' -print -quit)")")
  [ -d "$root" ] || { echo "no database in $1"; return 1; }
  bin/tools/govulncheck -db "file://$root" ./...
}

web_tests() {
  (cd web && npx --no-install vitest run --reporter=default --reporter=json --outputFile="$1")
  local status=$?
  node -e '
    const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
    require("fs").writeFileSync(process.argv[2], `${r.numPassedTests} ${r.numFailedTests} ${r.numPendingTests}\n`);
  ' "$1" "$COUNTS" || return 1
  return $status
}

# The features, and the tests of the whole program, have steps of their own: without the race detector, because
# they judge the shipped binary or hash many passwords.
go_tests() {
  local packages
  packages=$(go list ./... | grep -v -e '/features$' -e '/test/[^/]*$') || return 1
  # shellcheck disable=SC2086
  go test -race -shuffle=on -count=1 -timeout=10m -json $packages | node scripts/gotest.mjs
}

# Isolation, attacks, faults, sudden death, upgrade.
whole() {
  local packages
  packages=$(go list ./test/... | grep -v '/test/replicas$') || return 1
  # shellcheck disable=SC2086
  THROUGHLINE_TEST_ALL=1 go test -count=1 -timeout=15m -json $packages | node scripts/gotest.mjs
}

# Every place between two statements; the race detector leaves most of them out.
crash_tests() {
  go test -count=1 -timeout=10m -json -run 'KilledBetweenAnyTwoStatements' ./internal/app | node scripts/gotest.mjs
}

# both COMMAND…: the command on both databases at once, since neither keeps two cores busy. Their counts are added.
both() {
  local status=0 pid p f s passed=0 failed=0 skipped=0 counts=$COUNTS
  COUNTS=$counts.sqlite "$@" sqlite >"$counts.log" 2>&1 &
  pid=$!
  COUNTS=$counts.postgres "$@" postgres || status=$?
  wait "$pid" || status=$?
  cat "$counts.log"
  for engine in sqlite postgres; do
    [ -s "$counts.$engine" ] || continue
    read -r p f s <"$counts.$engine"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    echo "$passed $failed $skipped" >"$counts"
  done
  return "$status"
}

# features ENGINE
features() {
  THROUGHLINE_TEST_ENGINE=$1 go test -count=1 -timeout=10m -json ./features | node scripts/gotest.mjs
}

# Three real processes: without the race detector, because they judge the shipped binary.
replicas() {
  THROUGHLINE_TEST_ALL=1 go test -count=1 -timeout=10m -json ./test/replicas | node scripts/gotest.mjs
}

lint_openapi() {
  bin/throughline openapi >"$1" || return 1
  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
    node test/tools/node_modules/@redocly/cli/bin/cli.js lint --config test/tools/redocly.yaml "$1"
}

# Every benchmark runs one iteration, so that it cannot rot; the figures mean nothing here.
benchmarks_once() {
  THROUGHLINE_TEST_SCALE=${THROUGHLINE_TEST_SCALE:-1000} \
    go test -run '^$' -bench . -benchtime 1x -timeout=10m -json ./... | node scripts/gotest.mjs --bench
}
