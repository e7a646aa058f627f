#!/usr/bin/env bash
# Measures the loop through the program and the hot paths through Go's own
# benchmarks. Compare two runs of the latter with
#   go tool -modfile=tools.mod benchstat old.txt new.txt
set -euo pipefail
huiyin=${1:?the program}

data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
"$huiyin" --data "$data" bench loop --tickets "${TICKETS:-5000}" --mode steps --json
go test -run '^$' -bench . -benchmem ./internal/...
