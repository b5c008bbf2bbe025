#!/bin/sh
# Prints the pg_config of the newest PostgreSQL 15 to 18 that has a server and its headers; fails when there is none.
set -eu

best=
best_major=0
for candidate in "$(command -v pg_config || true)" /usr/lib/postgresql/*/bin/pg_config; do
    [ -x "$candidate" ] || continue
    major=$("$candidate" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    case $major in 15 | 16 | 17 | 18) ;; *) continue ;; esac
    # libpq-dev alone brings a pg_config too, even for a major whose server is not there.
    [ -x "$("$candidate" --bindir)/postgres" ] || continue
    [ -f "$("$candidate" --includedir-server)/postgres.h" ] || continue
    if [ "$major" -gt "$best_major" ]; then
        best=$candidate
        best_major=$major
    fi
done

if [ -z "$best" ]; then
    echo "no PostgreSQL 15 to 18 with its server headers found: run 'make setup', or set PG_CONFIG=/path/to/pg_config" >&2
    exit 1
fi
echo "$best"
