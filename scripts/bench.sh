#!/usr/bin/env bash
# Measures the loop through the program and the hot paths through Go's own
# benchmarks. The program works in a folder that is gone afterwards. Compare
# two runs of the benchmarks with
#   go tool -modfile=tools.mod benchstat old.txt new.txt
set -euo pipefail
huiyin=${1:?the program}

"$huiyin" bench loop --tickets "${TICKETS:-5000}" --mode steps --json
go test -run '^$' -bench . -benchmem ./internal/...
