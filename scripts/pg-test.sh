#!/usr/bin/env bash
# Runs a command beside a temporary PostgreSQL server on a loopback port and
# tells it the address in HUIYIN_TEST_POSTGRES. The server and its data are
# gone afterwards, whatever happens. Syncs to disk are on, as in production.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
    echo "pg-test: PostgreSQL is not installed; run scripts/install-deps.sh (Debian package: postgresql)" >&2
    exit 1
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/huiyin-pg.XXXXXX")
# The server refuses to run as root.
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    as() { (cd "$dir" && runuser -u postgres -- "$@"); }
fi
stop() {
    as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$dir"
}
trap stop EXIT

as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }

start() {
    port=$((20000 + RANDOM % 20000))
    as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/data/server.log" \
        -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir -c max_connections=300 -c shared_buffers=256MB ${PG_OPTIONS:-}" \
        start >/dev/null
}
# A port may be taken; another one is tried.
start || start || start || { cat "$dir/data/server.log" >&2; exit 1; }

export HUIYIN_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
"$@"
