#!/usr/bin/env bash
# Runs every fuzz target for a bounded time. One finding fails the run; Go
# keeps the input under testdata/fuzz, where later test runs pick it up.
set -euo pipefail
for_each=${1:?time for each target, as 20s}

targets=$(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cmd internal | sed 's|/[^/]*:func |:|' | sort -u)
for target in $targets; do
	echo "fuzz ${target%%:*} ${target##*:}"
	go test -run '^$' -fuzz "^${target##*:}\$" -fuzztime "$for_each" "./${target%%:*}"
done
