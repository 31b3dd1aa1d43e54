#!/usr/bin/env bash
# Fuzzes everything that parses foreign bytes, one target after the other, and lets the models take many more
# steps. Targets are found by their name, Fuzz…; a new one joins by itself.
#   FUZZTIME=2m scripts/fuzz.sh            all
#   FUZZTIME=30s scripts/fuzz.sh Cursor    those whose name holds a word
# Little time goes into making inputs smaller, which otherwise stands still for a minute with each new one.
# With THROUGHLINE_TEST_POSTGRES what asks a database asks PostgreSQL too. What it finds stands in testdata/fuzz
# afterwards: commit it with the mending.
set -uo pipefail
cd "$(dirname "$0")/.."
time=${FUZZTIME:-2m} want=${1:-} bad=0
while IFS=: read -r file target; do
  folder=$(dirname "$file")
  printf '%-28s %-18s ' "$folder" "$target"
  log=$(mktemp)
  if go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 50x "$folder" >"$log" 2>&1; then
    grep -E '^fuzz: elapsed' "$log" | tail -n 1 | sed 's/^fuzz: //'
  else
    echo FAIL
    sed 's/^/    /' "$log"
    bad=$((bad + 1))
  fi
  rm -f "$log"
done < <(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' ./internal | sed 's/func //' | grep -i -- "$want" | sort)
if [ -z "$want" ]; then
  checks=${CHECKS:-2000}
  while read -r folder; do
    printf '%-28s %s checks of each model ' "$folder" "$checks"
    if out=$(go test -count=1 -timeout=60m -run 'Model|TotalsAlwaysAddUp|CompareAsTheValuesDo' "$folder" -rapid.checks="$checks" 2>&1); then echo ok; else
      echo FAIL
      printf '%s\n' "$out" | sed 's/^/    /'
      bad=$((bad + 1))
    fi
  done < <(grep -rl --include='*_test.go' 'rapid\.Check' ./internal | xargs -n1 dirname | sort -u)
fi
[ "$bad" -eq 0 ]
