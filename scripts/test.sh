#!/usr/bin/env bash
# Checks everything and says at the end what ran, what did not, and how long each step took.
#   scripts/test.sh              all steps
#   scripts/test.sh STEP…        some of them:  tools lint vuln web generated go whole features replicas api journeys import bench
# It installs what is missing when it may (apt as root), and otherwise says in one line what to install and
# leaves the step out; with CI=true a step left out is a failure. What it starts, it stops.
#   THROUGHLINE_TEST_POSTGRES  a PostgreSQL server where databases may be created (default: a throw-away one)
#   THROUGHLINE_TEST_DATA      folder with online-retail/ and vulndb/ (default: ../shared/data)
#   THROUGHLINE_TEST_CHROMIUM  browser for the journeys (default: the first found)
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

all=(tools lint vuln web generated go whole features replicas api journeys import bench)
wanted=("$@")
[ $# -gt 0 ] || wanted=("${all[@]}")
for name in "${wanted[@]}"; do
  case " ${all[*]} " in *" $name "*) ;; *) echo "no step '$name'; there are: ${all[*]}" >&2; exit 2 ;; esac
done
wants() { case " ${wanted[*]} " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

work=$(mktemp -d "${TMPDIR:-/tmp}/throughline-test.XXXXXX")
mkdir -p "$work/log"
chmod 711 "$work"
server=''
finish() {
  [ -z "$server" ] || scripts/postgres.sh stop "$server" >/dev/null 2>&1
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

ran=() left=() failures=()
passed=0 failed=0 skipped=0

# step NAME COMMAND…: runs, shows the log only of a failure. A command may count what it ran by writing
# "PASSED FAILED SKIPPED" to $COUNTS, and name what it left out, line by line, in $LEFT_OUT.
step() {
  local name=$1 log start seconds status p f s
  shift
  log="$work/log/${name//[^a-z]/-}"
  export COUNTS="$log.counts" LEFT_OUT="$log.left"
  rm -f "$COUNTS" "$LEFT_OUT"
  printf '%-44s ' "$name"
  start=$SECONDS
  "$@" >"$log" 2>&1
  status=$?
  seconds=$((SECONDS - start))
  p=1 f=0 s=0
  if [ -s "$COUNTS" ]; then read -r p f s <"$COUNTS"; elif [ $status -ne 0 ]; then p=0 f=1; fi
  [ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$f" -gt 0 ]; then
    echo "FAIL  ${seconds}s"
    sed 's/^/    /' "$log" | tail -n "${LINES_OF_FAILURE:-150}"
    failures+=("$name")
  else
    echo "ok    ${seconds}s$([ -s "$COUNTS" ] && echo "  ($p)")"
    grep -h '^note: ' "$log" | sed 's/^note: /    /'
  fi
  ran+=("$(printf '%5ds  %s' "$seconds" "$name")")
  if [ -s "$LEFT_OUT" ]; then while read -r line; do left+=("$name: $line"); done <"$LEFT_OUT"; fi
  return $status
}

# leave NAME REASON: a step that cannot run here.
leave() {
  printf '%-44s not run: %s\n' "$1" "$2"
  left+=("$1: $2")
  skipped=$((skipped + 1))
}

echo "Throughline: checking $(git rev-parse --short HEAD 2>/dev/null || echo "the tree"), $(nproc) cores"
need_node || exit 1

# Set-up. The database server and the browser are wanted by several steps.
data=${THROUGHLINE_TEST_DATA:-${THROUGHLINE_DATA:-../shared/data}}
unset THROUGHLINE_DATA # the product refuses settings that it does not know
[ -d "$data" ] && data=$(cd "$data" && pwd) && export THROUGHLINE_TEST_DATA=$data || data=''

postgres=''
if wants go || wants whole || wants features || wants replicas || wants api || wants import || wants bench; then
  if [ -n "${THROUGHLINE_TEST_POSTGRES:-}" ]; then
    postgres=$THROUGHLINE_TEST_POSTGRES
  elif step "start PostgreSQL" scripts/postgres.sh start "$work/postgres"; then
    server=$work/postgres
    postgres=$(cat "$server/url")
  fi
  export THROUGHLINE_TEST_POSTGRES=$postgres
  [ -n "$postgres" ] || left+=("everything on PostgreSQL: no server")
fi
redis='' haproxy=''
if wants go || wants replicas || wants bench; then
  if step "find Redis" find_server redis-server redis-server; then redis=yes; fi
fi
if wants replicas; then
  if step "find HAProxy" find_server haproxy haproxy; then haproxy=yes; fi
fi
chromium=''
if wants journeys; then
  if step "find Chromium" find_chromium "$work/chromium"; then chromium=$(cat "$work/chromium"); fi
fi
if wants go; then step "find a C compiler for the race detector" find_compiler; fi

step "install the web app's packages" make --silent web/node_modules/.installed
if wants go || wants whole || wants features || wants replicas || wants api || wants journeys || wants import || wants bench || wants generated || wants web; then
  step "build the web app" make --silent web
  step "build the binary" make --silent build || { echo "nothing more can run without a binary"; wanted=(tools lint web); }
fi
binary=$PWD/bin/throughline
export THROUGHLINE_TEST_BINARY=$binary

if wants tools || wants lint; then step "build the linter" make --silent bin/tools/golangci-lint; fi
if wants lint; then
  step "format" format_check
  step "golangci-lint" bin/tools/golangci-lint run ./...
fi
if wants vuln; then
  step "build govulncheck" make --silent bin/tools/govulncheck
  if [ -n "$data" ] && [ -f "$data/vulndb/vulndb.tgz" ]; then
    step "govulncheck" vulnerabilities "$data/vulndb/vulndb.tgz" "$work/vulndb"
  else
    leave "govulncheck" "no vulnerability database in the data folder, vulndb/vulndb.tgz (set THROUGHLINE_TEST_DATA)"
  fi
fi
if wants web; then
  step "web: types, biome, house rules" npm --prefix web run --silent check
  step "web: unit tests" web_tests "$work/vitest.json"
  step "web: size of the first page" npm --prefix web run --silent size
fi
if wants generated; then step "generated files equal their source" scripts/gen.sh --check; fi
if wants go; then
  export THROUGHLINE_TEST_ALL=1
  step "Go tests, both databases, race detector" go_tests
  step "killed between any two statements, both" crash_tests
  unset THROUGHLINE_TEST_ALL
fi
if wants whole; then step "isolation, attacks, faults, deaths, upgrade" whole; fi
if wants features; then
  if [ -n "$postgres" ]; then
    step "features on both databases" both features
  else
    step "features on SQLite" features sqlite
    leave "features on PostgreSQL" "no server"
  fi
fi
if wants replicas; then
  if [ -n "$postgres" ] && [ -n "$redis" ] && [ -n "$haproxy" ]; then
    step "three replicas behind a balancer" replicas
  else
    leave "three replicas behind a balancer" "it needs PostgreSQL, Redis and HAProxy"
  fi
fi
if wants api; then
  step "install the API's judges" npm --prefix test/tools install --no-save --no-audit --no-fund --loglevel=error
  step "OpenAPI linter" lint_openapi "$work/openapi.json"
  step "Postman collection with newman on SQLite" node test/tools/postman.mjs sqlite
  if [ -n "$postgres" ]; then
    step "Postman collection with newman on PostgreSQL" node test/tools/postman.mjs postgres
  else
    leave "Postman collection with newman on PostgreSQL" "no server"
  fi
fi
if wants journeys; then
  if [ -n "$chromium" ]; then
    step "install the journeys' packages" npm --prefix test/e2e install --no-save --no-audit --no-fund --loglevel=error
    step "browser journeys with axe" env THROUGHLINE_TEST_CHROMIUM="$chromium" node test/e2e/run.mjs
  else
    leave "browser journeys with axe" "no Chromium: install the package 'chromium' or set THROUGHLINE_TEST_CHROMIUM"
  fi
fi
if wants import; then
  if [ -n "$data" ] && [ -f "$data/online-retail/online_retail.csv.gz" ]; then
    retail=(node test/import/online-retail.mjs "$data/online-retail/online_retail.csv.gz")
    if [ -n "$postgres" ]; then
      step "import of Online Retail on both databases" both "${retail[@]}"
    else
      step "import of Online Retail on SQLite" "${retail[@]}" sqlite
      leave "import of Online Retail on PostgreSQL" "no server"
    fi
  else
    leave "import of Online Retail" "no file in the data folder, online-retail/online_retail.csv.gz (set THROUGHLINE_TEST_DATA)"
  fi
fi
if wants bench; then step "each benchmark once" benchmarks_once; fi

# The closing lines.
printf '\nRan, %d min %d s in all:\n' $((SECONDS / 60)) $((SECONDS % 60))
printf '  %s\n' "${ran[@]}"
if [ ${#left[@]} -gt 0 ]; then
  echo "Did not run:"
  printf '  %s\n' "${left[@]}"
  if [ "${CI:-}" = true ] || [ "${CI:-}" = 1 ]; then
    echo "In CI, what did not run has failed."
    failed=$((failed + ${#left[@]}))
  fi
else
  echo "Everything that was asked for ran."
fi
[ ${#failures[@]} -eq 0 ] || printf 'Failed: %s\n' "$(IFS=,; echo "${failures[*]}" | sed 's/,/, /g')"
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
