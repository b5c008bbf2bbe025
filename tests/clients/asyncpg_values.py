"""What docs/clients.md says that asyncpg takes and refuses: logs a run with each value and looks at what is stored."""

import asyncio
import json
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import asyncpg
from asyncpg import DataError, InvalidParameterValueError, NullValueNotAllowedError

ID = uuid.uuid4()
ZONED = datetime(2026, 2, 10, 19, 30, tzinfo=timezone(timedelta(hours=-8)))
NAIVE = datetime(2026, 2, 10, 19, 30)

# Before the codec is set, and after.
BARE = [("inputs", json.dumps("hello"), '"hello"'), ("inputs", '{"a": 1}', '{"a": 1}'), ("metadata", '{"a": 1}', '{"a": 1}')]
BARE_REFUSED = [("inputs", {"a": 1}, DataError), ("inputs", [1], DataError)]
TAKEN = [
    ("inputs", {"a": [1, None]}, {"a": [1, None]}),
    ("inputs", [{"a": 1}], [{"a": 1}]),
    ("inputs", [], []),
    ("inputs", "hello", "hello"),
    ("inputs", None, None),
    ("metadata", {"a": 1}, {"a": 1}),
    ("total_price", 0.00267, Decimal("0.00267")),
    ("total_price", Decimal("0.00267"), Decimal("0.00267")),
    ("total_price", 1, 1),
    ("elapsed_time", 2, 2.0),
    ("input_tokens", 812, 812),
    ("id", ID, ID),
    ("workflow_id", str(ID), ID),
    ("query", None, None),
    ("created_at", ZONED, ZONED),
    # The client's zone, not the session's.
    ("created_at", NAIVE, NAIVE.replace(tzinfo=timezone(timedelta(hours=-5)))),
]
REFUSED = [
    ("user_id", 7, DataError),
    ("total_price", "0.1", DataError),
    ("created_at", "2026-02-10T19:30:00Z", DataError),
    ("total_price", float("nan"), InvalidParameterValueError),
    ("status", "done", InvalidParameterValueError),
    ("status", None, NullValueNotAllowedError),
]


async def stored(connection, field, value):
    given = {"tenant_id": ID, "app_id": ID, "workflow_id": ID, "status": "succeeded", field: value}
    named = ", ".join(f"{name} => ${number}" for number, name in enumerate(given, 1))
    run = await connection.fetchval(f"SELECT dify_observe.log_workflow_run({named})", *given.values())
    return await connection.fetchval(f"SELECT {field} FROM dify_observe.workflow_runs WHERE id = $1", run)


async def check(connection, taken, refused):
    for field, value, expected in taken:
        found = await stored(connection, field, value)
        assert found == expected, (field, value, found)
    for field, value, error in refused:
        try:
            found = await stored(connection, field, value)
        except error:
            continue
        raise AssertionError((field, value, found))


async def main():
    connection = await asyncpg.connect(server_settings={"timezone": "Asia/Tokyo"})
    await check(connection, BARE, BARE_REFUSED)
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    await check(connection, TAKEN, REFUSED)

    call = "SELECT dify_observe.log_dataset_retrieval(tenant_id => $1, app_id => $2, status => 'succeeded', dataset_ids => $3)"
    await connection.fetchval(call, ID, ID, ["a", "b"])
    await connection.fetchval(call, ID, ID, [])
    try:
        await connection.fetchval(call, ID, ID, [ID])
    except DataError:
        pass
    else:
        raise AssertionError("a list of UUIDs")
    await connection.close()


asyncio.run(main())
