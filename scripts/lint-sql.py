#!/usr/bin/env python3
"""Rules for the files of sql/ that PostgreSQL itself does not check. Prints what breaks them; fails if anything does."""

import re
import sys
from collections import Counter
from pathlib import Path

SQL = Path("sql")
FORBIDDEN = re.compile(r"\bIF\s+NOT\s+EXISTS\b|\bOR\s+REPLACE\b", re.IGNORECASE)
ROUTINE = re.compile(r"^CREATE\s+(?:FUNCTION|PROCEDURE)\s+([\w.\"]+)", re.IGNORECASE | re.MULTILINE)
PLPGSQL = re.compile(r"\bLANGUAGE\s+plpgsql\b", re.IGNORECASE)
PINNED = re.compile(r"\bSET\s+search_path\s*(?:=|TO)\s*pg_catalog\s*,\s*pg_temp\b", re.IGNORECASE)
DOLLAR_QUOTED = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def bare(text):
    """Without comments and bodies, line numbers kept."""
    blank = lambda found: "\n" * found.group().count("\n")
    return COMMENT.sub(blank, DOLLAR_QUOTED.sub(blank, text))


def line(text, position):
    return text.count("\n", 0, position) + 1


def complaints(path):
    text = path.read_text()
    for number, content in enumerate(text.split("\n"), 1):
        if "\t" in content:
            yield number, "a tab"
        if content != content.rstrip():
            yield number, "trailing space"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield text.count("\n"), "ends with exactly one newline"

    code = bare(text)
    for found in FORBIDDEN.finditer(code):
        yield line(code, found.start()), f"{found.group()}: an install script creates, and fails on what is there already"
    for found in ROUTINE.finditer(code):
        following = re.compile(r";\s*$", re.MULTILINE).search(code, found.end())
        statement = code[found.start() : following.start() if following else len(code)]
        if PLPGSQL.search(statement) and not PINNED.search(statement):
            yield line(code, found.start()), f"{found.group(1)}: PL/pgSQL without SET search_path = pg_catalog, pg_temp"


def order_complaints(files):
    listed = [entry.split("#")[0].strip() for entry in (SQL / "order").read_text().splitlines()]
    listed = Counter(entry for entry in listed if entry)
    present = {str(path.relative_to(SQL)) for path in files}
    yield from (f"{name} is listed twice" for name, times in listed.items() if times > 1)
    yield from (f"{name} is listed and not there" for name in sorted(set(listed) - present))
    yield from (f"{name} is there and not listed" for name in sorted(present - set(listed)))
    names = Counter(path.name for path in files)
    yield from (f"{name}: {times} files have this name" for name, times in names.items() if times > 1)


def main():
    files = sorted(path for path in SQL.rglob("*.sql") if "--" not in path.name)
    found = [f"{path}:{number}: {what}" for path in files for number, what in complaints(path)]
    found += [f"sql/order: {what}" for what in order_complaints(files)]
    print("\n".join(found) if found else f"sql lint: {len(files)} files are fine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
