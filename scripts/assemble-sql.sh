#!/bin/sh
# Writes the install script into the given folder: the files of sql/order, one after the other.
set -eu

version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" dify_observe.control)
script=$1/dify_observe--$version.sql

{
    printf '%s\n' '\echo Use "CREATE EXTENSION dify_observe" to load this file. \quit'
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' sql/order | while read -r file; do
        printf '\n-- %s\n' "$file"
        cat "sql/$file"
    done
} >"$script.new"
mv -f "$script.new" "$script"
