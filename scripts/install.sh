#!/bin/sh
# install.sh PG_CONFIG BUILD: puts library, control file and install script into that PostgreSQL. Each is written beside
# and renamed: a running server has the library mapped, and writing into that crashes it.
set -eu

pg_config=$1
build=$2
version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" dify_observe.control)
libraries=$("$pg_config" --pkglibdir)
extensions=$("$pg_config" --sharedir)/extension

put() {
    folder=$(dirname "$3")
    beside=$folder/.$(basename "$3").$$
    as=
    [ -w "$folder" ] || as=sudo
    $as install -m "$1" "$2" "$beside"
    $as mv -f "$beside" "$3"
}

put 755 "$build/libdify_observe.so" "$libraries/dify_observe.so"
put 644 "$build/dify_observe--$version.sql" "$extensions/dify_observe--$version.sql"
put 644 dify_observe.control "$extensions/dify_observe.control"
echo "installed dify_observe $version into $("$pg_config" --version)"
