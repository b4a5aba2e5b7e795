"""ListUsers and ListUsersInGroup from a thousand to a million users; memory with many users.

Users are put in through the store's own repositories, as any command would, while the server is idle.
"""

import random
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from bench.load import Seen, drive
from bench.report import Row
from bench.servers import UNCHECKED, Running, poolhouse
from poolhouse.domain.groups import Group
from poolhouse.domain.user import Status, User
from poolhouse.store import Tx, open_store
from poolhouse.world import SystemClock

_SIZES = (1_000, 100_000, 1_000_000)
_FEW, _MANY, _MOST = _SIZES
_BATCH = 2_000
_PAGE = 60
_DEEP = 15
_GROUP = "everybody"
_SECONDS = 3
_ROUNDS = 3
_CALLERS = 4


@dataclass(frozen=True)
class _Filled:
    """A server whose only pool has some users, all in one group.

    Attributes:
        questions: what is asked for → operation and body.
    """

    users: int
    server: Running
    questions: dict[str, tuple[str, dict[str, Any]]]

    def drive(self, question: str) -> Seen:
        """Ask one question again and again."""
        operation, body = self.questions[question]
        return drive(self.server, operation, [body], callers=_CALLERS, seconds=_SECONDS, headers=UNCHECKED)


def rows() -> list[Row]:
    """Return how each question's rate falls from the fewest users to the most, and memory in between."""
    with _filled(_FEW) as few, _filled(_MOST) as most:
        found = [_compare(question, few, most) for question in few.questions]
    with _filled(_MANY) as many:
        for question in many.questions:
            print(f"  {question} …", file=sys.stderr, flush=True)
            many.drive(question)
        memory = many.server.memory_mb()
    limit = 150
    return [
        *found,
        Row(f"memory, {_MANY:,} users", memory, 0, "MB", memory / limit, "< 150 MB", memory < limit),
    ]


def _compare(question: str, few: _Filled, most: _Filled) -> Row:
    ratios, rates, floors = [], [], []
    for _ in range(_ROUNDS):
        floor, rate = (filled.drive(question) for filled in (few, most))
        if floor.errors or rate.errors:
            raise RuntimeError(f"{question}: requests were refused")
        ratios.append(floor.per_second / rate.per_second)
        rates.append(rate.per_second)
        floors.append(floor.per_second)
    ratio = statistics.median(ratios)
    return Row(
        f"{question}, {most.users:,} users beside {few.users:,}",
        statistics.median(rates),
        statistics.median(floors),
        "req/s",
        ratio,
        "≤ 1.3 times slower",
        ratio <= 1.3,
    )


@contextmanager
def _filled(users: int) -> Iterator[_Filled]:
    """Run a server with one pool of so many users."""
    with poolhouse() as server:
        pool_id = server.call("CreateUserPool", UNCHECKED, PoolName="many")["UserPool"]["Id"]
        _populate(server, pool_id, users)
        page = {"UserPoolId": pool_id, "Limit": _PAGE}
        group = {**page, "GroupName": _GROUP}
        deep, deep_in_group = (
            _deep(server, *question)
            for question in (("ListUsers", "PaginationToken", page), ("ListUsersInGroup", "NextToken", group))
        )
        questions = {
            f"ListUsers of {_PAGE} by key, first page": ("ListUsers", page),
            f"ListUsers of {_PAGE} by key, page 16": ("ListUsers", deep),
            f"ListUsers of {_PAGE} by equality": ("ListUsers", {**page, "Filter": 'given_name = "Given7"'}),
            f"ListUsers of {_PAGE} by prefix": ("ListUsers", {**page, "Filter": 'email ^= "family3"'}),
            f"ListUsersInGroup of {_PAGE}, first page": ("ListUsersInGroup", group),
            f"ListUsersInGroup of {_PAGE}, page 16": ("ListUsersInGroup", deep_in_group),
        }
        for name, (operation, question) in questions.items():
            got = len(server.call(operation, UNCHECKED, **question)["Users"])
            if got != _PAGE:
                raise RuntimeError(f"{name}: {got} users instead of {_PAGE}")
        yield _Filled(users, server, questions)


def _deep(server: Running, operation: str, member: str, page: dict[str, Any]) -> dict[str, Any]:
    """Return the request for a later page."""
    for _ in range(_DEEP):
        page = {**page, member: server.call(operation, UNCHECKED, **page)[member]}
    return page


def _populate(server: Running, pool_id: str, users: int) -> None:
    draw = random.Random(users)
    now = SystemClock().now()
    began = time.monotonic()
    group = Group(pool_id, _GROUP, "the group", now, now)
    with closing(open_store(f"sqlite:///{server.data}/poolhouse.db", SystemClock())) as store:
        store.write(lambda tx: tx.groups.add(group))
        for start in range(0, users, _BATCH):
            batch = [
                _user(pool_id, str(uuid.UUID(int=draw.getrandbits(128), version=4)), number, now)
                for number in range(start, min(start + _BATCH, users))
            ]

            def work(tx: Tx, batch: list[User] = batch) -> None:
                for user in batch:
                    tx.users.add(user)
                    tx.aliases.hold(pool_id, "username", user.username, user.sub)
                    tx.groups.join(group, user.sub)

            store.write(work)
            done = start + len(batch)
            if done % 100_000 == 0 or done == users:
                print(f"  {done:,} of {users:,} users, {time.monotonic() - began:.0f} s", file=sys.stderr)


def _user(pool_id: str, sub: str, number: int, now: float) -> User:
    family, given = f"Family{number % 10}", f"Given{number % 8}"
    return User(
        pool_id=pool_id,
        sub=sub,
        username=f"user{number:07d}",
        status=Status.CONFIRMED,
        enabled=True,
        created=now,
        modified=now,
        attributes={
            "email": f"{family}.{given}.{number}@example.com".lower(),
            "email_verified": "true",
            "name": f"{given} {family}",
            "given_name": given,
            "family_name": family,
            "locale": "en-GB",
        },
        grouped=True,
    )
