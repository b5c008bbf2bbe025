#!/bin/sh
# uninstall.sh PG_CONFIG: removes library, control file and install scripts. Databases that have the extension keep it
# until DROP EXTENSION, which needs the files: drop first.
set -eu

pg_config=$1
libraries=$("$pg_config" --pkglibdir)
extensions=$("$pg_config" --sharedir)/extension

for file in "$libraries/dify_observe.so" "$extensions/dify_observe.control" "$extensions"/dify_observe--*.sql; do
    [ -e "$file" ] || continue
    as=
    [ -w "$(dirname "$file")" ] || as=sudo
    $as rm -f "$file"
    echo "removed $file"
done
