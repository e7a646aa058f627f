#!/usr/bin/env bash
# Short tests of the given packages under the race detector, on SQLite. The
# detector needs a C compiler; without one this says so and passes, because
# nothing else of the house needs one.
set -euo pipefail

if ! command -v "${CC:-gcc}" >/dev/null; then
	echo "race: skipped, there is no C compiler (apt-get install gcc libc6-dev)"
	exit 0
fi
# Rooms that do not exist yet are no error, a misspelt one among many is.
packages=$(go list "$@")
CGO_ENABLED=1 exec go test -race -short -shuffle=on -timeout 15m $packages
