"""Reads dashboards as Grafana's own model of them does, and says what that leaves out or changes."""

import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def differences(ours, theirs, path):
    if isinstance(ours, dict):
        for key, value in ours.items():
            if key not in theirs:
                yield f"{path}/{key}: unknown"
            else:
                yield from differences(value, theirs[key], f"{path}/{key}")
    elif isinstance(ours, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(theirs)} of {len(ours)}"
        for place, pair in enumerate(zip(ours, theirs)):
            yield from differences(*pair, f"{path}/{place}")
    elif ours != theirs:
        yield f"{path}: {theirs} for {ours}"


register_default_plugins()
found = []
for file in sys.argv[1:]:
    with open(file, encoding="utf-8") as text:
        dashboard = json.load(text)
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    found += differences(dashboard, read, file)
sys.exit("\n".join(found) or None)
