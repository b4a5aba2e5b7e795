"""A user import through the API: rows a second, and the memory it takes, beside the bare inserts of SQLite."""

import sqlite3
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from uuid import uuid4

from bench.report import Row
from bench.servers import poolhouse

_ROWS = 100_000
_BATCH = 500
_ROLE = "arn:aws:iam::000000000000:role/unused"
_VALUES = {
    "name": "Sue Miller {}",
    "given_name": "Sue",
    "family_name": "Miller",
    "email": "sue{}@example.com",
    "email_verified": "true",
    "cognito:username": "sue{}",
}
_DOCUMENT = "x" * 450
_SEARCHED = {
    "name": "sue miller {}",
    "given_name": "sue",
    "family_name": "miller",
    "email": "sue{}@example.com",
    "username": "sue{}",
    "cognito:user_status": "RESET_REQUIRED",
    "status": "Enabled",
}


def rows() -> list[Row]:
    """Return the rate of an import, and by how much the server's memory grew."""
    with poolhouse() as server:
        pool = server.call("CreateUserPool", PoolName="bench", AutoVerifiedAttributes=["email"])["UserPool"][
            "Id"
        ]
        header = [
            n for n in server.call("GetCSVHeader", UserPoolId=pool)["CSVHeader"] if n != "password_hash"
        ]
        line = ",".join(_VALUES.get(name, "") for name in header)
        content = "\n".join([",".join(header), *(line.format(*[n] * line.count("{}")) for n in range(_ROWS))])
        made = server.call(
            "CreateUserImportJob", UserPoolId=pool, JobName="bench", CloudWatchLogsRoleArn=_ROLE
        )
        job = {"UserPoolId": pool, "JobId": made["UserImportJob"]["JobId"]}
        put = urllib.request.Request(made["UserImportJob"]["PreSignedUrl"], content.encode(), method="PUT")
        urllib.request.urlopen(put, timeout=600).close()
        before = server.memory_mb()
        server.call("StartUserImportJob", **job)
        began, most = time.perf_counter(), before
        while (seen := server.call("DescribeUserImportJob", **job)["UserImportJob"])["Status"] in _RUNNING:
            most = max(most, server.memory_mb())
            print(f"\r  {seen['ImportedUsers']:,} of {_ROWS:,} rows", end="", file=sys.stderr, flush=True)
            time.sleep(0.5)
        rate = _ROWS / (time.perf_counter() - began)
        print(file=sys.stderr)
    if seen["ImportedUsers"] != _ROWS:
        raise RuntimeError(f"not all rows were imported: {seen}")
    floor = _inserts()
    return [
        Row(
            "user import, rows without hashes",
            rate,
            floor,
            "rows/s",
            rate / floor,
            "≥ 20,000/s",
            rate >= 20_000,
        ),
        Row("user import, growth of memory", most - before, 0, "MB", 0, "", None),
    ]


_RUNNING = {"Pending", "InProgress"}


def _inserts() -> float:
    """Return how many users a second SQLite itself takes: a document, an alias each, and the search rows.

    The keys are random, as a `sub` is, and each batch comes in the order of its index: what is measured is
    the inserts, not what prepares them.
    """
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE users (pool TEXT, sub TEXT, doc TEXT, version INTEGER, PRIMARY KEY (pool, sub))"
        )
        narrow = (
            "(pool TEXT, name TEXT, value TEXT, sub TEXT, PRIMARY KEY (pool, name, value, sub)) WITHOUT ROWID"
        )
        connection.execute(f"CREATE TABLE search {narrow}")
        connection.execute(f"CREATE TABLE aliases {narrow}")
        spent = 0.0
        for start in range(0, _ROWS // 5, _BATCH):
            batch = sorted((str(uuid4()), n) for n in range(start, start + _BATCH))
            users = [(sub, _DOCUMENT) for sub, _ in batch]
            search = sorted(
                (name, value.format(n), sub) for name, value in _SEARCHED.items() for sub, n in batch
            )
            names = [(f"sue{n}", sub) for sub, n in batch]
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO users VALUES ('p', ?, ?, 1)", users)
            connection.executemany("INSERT INTO search VALUES ('p', ?, ?, ?)", search)
            connection.executemany("INSERT INTO aliases VALUES ('p', 'username', ?, ?)", names)
            connection.execute("COMMIT")
            spent += time.perf_counter() - began
        connection.close()
    return _ROWS / 5 / spent
