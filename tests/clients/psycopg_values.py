"""What docs/clients.md says that psycopg takes and refuses: logs a run with each value and looks at what is stored."""

import json
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial

import psycopg
from psycopg import errors
from psycopg.types.json import Json, Jsonb

ID = uuid.uuid4()
ZONED = datetime(2026, 2, 10, 19, 30, tzinfo=timezone(timedelta(hours=-8)))
NAIVE = datetime(2026, 2, 10, 19, 30)
AS_TEXT = partial(json.dumps, default=str)

TAKEN = [
    ("inputs", Json({"a": [1, None]}), {"a": [1, None]}),
    ("inputs", Json([{"a": 1}]), [{"a": 1}]),
    ("inputs", Json([]), []),
    ("inputs", Json("hello"), "hello"),
    ("inputs", Json("\ud800"), "\ufffd"),
    ("inputs", Json({"price": Decimal("0.1")}, dumps=AS_TEXT), {"price": "0.1"}),
    ("inputs", '{"a": 1}', {"a": 1}),
    ("inputs", None, None),
    ("metadata", Jsonb({"a": 1}), {"a": 1}),
    ("total_price", 0.00267, Decimal("0.00267")),
    ("total_price", Decimal("0.00267"), Decimal("0.00267")),
    ("total_price", 1, 1),
    ("elapsed_time", 2, 2.0),
    ("input_tokens", 812, 812),
    ("id", ID, ID),
    ("workflow_id", str(ID), ID),
    ("query", None, None),
    ("created_at", ZONED, ZONED),
    # The session's zone.
    ("created_at", NAIVE, NAIVE.replace(tzinfo=timezone(timedelta(hours=9)))),
    ("created_at", "2026-02-10T19:30:00-08:00", ZONED),
]
REFUSED = [
    ("inputs", {"a": 1}, psycopg.ProgrammingError),
    ("inputs", [1, 2], errors.UndefinedFunction),
    ("inputs", "hello", errors.InvalidTextRepresentation),
    ("inputs", Jsonb({"a": 1}), errors.UndefinedFunction),
    ("metadata", Json({"a": 1}), errors.UndefinedFunction),
    ("user_id", 7, errors.UndefinedFunction),
    ("created_at", 1770751800.0, errors.UndefinedFunction),
    ("query", "\ud800", UnicodeEncodeError),
    ("total_price", float("nan"), errors.InvalidParameterValue),
    ("status", "done", errors.InvalidParameterValue),
    ("status", None, errors.NullValueNotAllowed),
]


def stored(connection, field, value):
    given = {"tenant_id": ID, "app_id": ID, "workflow_id": ID, "status": "succeeded", field: value}
    named = ", ".join(f"{name} => %({name})s" for name in given)
    run = connection.execute(f"SELECT dify_observe.log_workflow_run({named})", given).fetchone()
    return connection.execute(f"SELECT {field} FROM dify_observe.workflow_runs WHERE id = %s", run).fetchone()[0]


with psycopg.connect(autocommit=True) as connection:
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    for field, value, expected in TAKEN:
        found = stored(connection, field, value)
        assert found == expected, (field, value, found)
    for field, value, error in REFUSED:
        try:
            found = stored(connection, field, value)
        except error:
            continue
        raise AssertionError((field, value, found))

    # In a batch, what JSON has no form for goes as text.
    event = {"event": "dify.workflow.run", "tenant_id": ID, "app_id": ID, "workflow_id": ID, "id": uuid.uuid4(), "status": "succeeded",
             "total_price": Decimal("0.00267"), "created_at": ZONED, "inputs": {"a": [1, None]}, "query": None}
    connection.execute("SELECT dify_observe.log_batch(%s)", [Json([event], dumps=AS_TEXT)])
    row = connection.execute("SELECT total_price, created_at, inputs, query FROM dify_observe.workflow_runs WHERE id = %s", [event["id"]]).fetchone()
    assert row == (Decimal("0.00267"), ZONED, {"a": [1, None]}, None), row

    call = "SELECT dify_observe.log_dataset_retrieval(tenant_id => %s, app_id => %s, status => 'succeeded', dataset_ids => %s)"
    connection.execute(call, [ID, ID, ["a", "b"]])
    connection.execute(call, [ID, ID, []])
    for bad in ([ID], ("a", "b")):
        try:
            connection.execute(call, [ID, ID, bad])
        except psycopg.Error:
            continue
        raise AssertionError(bad)

    # A savepoint keeps the rows before it.
    with connection.transaction():
        connection.execute("INSERT INTO answers VALUES (%s, 'kept')", [ID])
        try:
            with connection.transaction():
                stored(connection, "status", "done")
        except errors.InvalidParameterValue:
            pass
    assert connection.execute("SELECT count(*) FROM answers").fetchone() == (1,)
