#!/usr/bin/env python3
"""Runs the tests of faults one after the other and writes what they measured into docs/reliability.md.

Usage: reliability.py [soak's seconds, 600 without]. PG_CONFIG names the PostgreSQL, CARGO_TARGET_DIR the compiled things.
"""

import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"


def run(folder, soak):
    environment = dict(os.environ, DIFY_OBSERVE_RELIABILITY=str(folder), DIFY_OBSERVE_SOAK_SECONDS=soak)
    command = ["scripts/cargo.sh", "test", "--release", "-p", "dify_observe_tests", "--test", "faults", "--", "--test-threads=1"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def records(folder, kind):
    found = sorted(folder.glob(f"{kind}.*.json"))
    return [json.loads(path.read_text()) for path in found]


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def faults(folder):
    heads = ["fault", "events committed", "rolled back", "logs received", "spans received", "duplicates", "lost", "counters", "time to recover"]
    rows = [
        [r["fault"], r["events"], r["rolled_back"], r["logs"], r["spans"], r["duplicates"], r["lost"], "exact" if r["exact"] else "not compared", f"{r['seconds']:.1f} s"]
        for r in records(folder, "fault")
    ]
    return table(heads, rows)


def copies(folder):
    heads = ["copy", "events in its history", "spans and logs of it that the copy sent"]
    return table(heads, [[r["copy"], r["history"], r["sent"]] for r in records(folder, "copy")])


def destinations(folder):
    heads = ["fault", "destination", "events committed", "logs received", "spans received", "duplicates", "lost", "time to recover"]
    rows = [
        [r["fault"], r["destination"], r["events"], r["logs"], r["spans"], r["duplicates"], r["lost"], f"{r['seconds']:.1f} s"]
        for r in records(folder, "destination")
    ]
    return table(heads, rows)


def backlog(folder):
    heads = ["events waiting", "worked off in", "duplicates", "memory of the idle worker", "at most, with {part} events", "at most, with all", "after"]
    rows = []
    for r in records(folder, "backlog"):
        heads = [head.format(part=f"{r['part']:,}") for head in heads]
        memory = [f"{r[name] / 1024:.1f} MiB" for name in ("before", "peak_of_part", "peak", "after")]
        rows.append([f"{r['events']:,}", f"{r['seconds']:.1f} s", r["duplicates"], *memory])
    return table(heads, rows)


def idle(folder):
    rows = []
    for r in records(folder, "latency"):
        rows.append([f"commit to receiver, half of {r['commits']} commits within", f"{r['p50']:.1f} ms"])
        rows.append(["99 of 100 within", f"{r['p99']:.1f} ms"])
        rows.append(["all within", f"{r['most']:.1f} ms"])
    for r in records(folder, "idle"):
        rows.append([f"worker at rest, per minute ({r['seconds']} s looked at): transactions", round(r["transactions"])])
        rows.append(["times it woke up", round(r["wakings"])])
        rows.append(["processor time", f"{r['processor_milliseconds']:.0f} ms"])
    for r in records(folder, "pauses"):
        rows.append([f"{r['fault']}: pauses before the next start", ", ".join(f"{s:.1f} s" for s in r["seconds"])])
    return table(["what", "measured"], rows)


def soak(folder):
    parts = []
    for r in records(folder, "soak"):
        memory = r["memory"]
        rows = [
            ["duration, seed", f"{r['seconds']} s, {r['seed']}"],
            ["events committed, rolled back", f"{r['events']}, {r['rolled_back']}"],
            *([f"{place} destination: logs, spans received, duplicates", f"{logs}, {spans}, {duplicates}"]
              for place, logs, spans, duplicates in zip(("first", "second"), r["logs"], r["spans"], r["duplicates"])),
            ["lost", r["lost"]],
            ["counters", "exact"],
            ["last arrival after the end", f"{r['recovered_seconds']:.1f} s"],
            [f"memory of the worker that lived through the last {memory['seconds']:.0f} s: after a fifth of them, at most, in the end",
             ", ".join(f"{memory[name] / 1024:.1f} MiB" for name in ("first", "most", "last"))],
            ["its slope", f"{memory['slope']:.1f} KiB a minute"],
            ["troubles", ", ".join(f"{count} {spelt(name)}" for name, count in r["troubles"].items())],
        ]
        parts.append(table(["what", "measured"], rows))
    return "\n\n".join(parts)


def spelt(name):
    return re.sub(r"(?<!^)([A-Z])", r" \1", name).lower()


def machine():
    processors = re.findall(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M).group(1))
    postgres = subprocess.run([os.environ["PG_CONFIG"], "--version"], check=True, capture_output=True, text=True).stdout.strip()
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M).group(1)
    name = processors[0] if processors else platform.machine()
    return f"{len(processors)} × {name}, {memory / 2**20:.0f} GiB, Linux {platform.release().split('-')[0]}, {postgres}, dify_observe {version}, fsync off. Load average in the end: {os.getloadavg()[2]:.1f}."


def write(folder):
    text = PAGE.read_text()
    for name, made in [("machine", machine), *((f.__name__, lambda f=f: f(folder)) for f in (faults, destinations, copies, backlog, idle, soak))]:
        begin, end = f"<!-- {name}: measured -->", f"<!-- end of {name} -->"
        before, rest = text.split(begin)
        text = before + begin + "\n" + made() + "\n" + end + rest.split(end, 1)[1]
    PAGE.write_text(text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        run(folder, sys.argv[1] if len(sys.argv) > 1 else "600")
        write(folder)


if __name__ == "__main__":
    main()
