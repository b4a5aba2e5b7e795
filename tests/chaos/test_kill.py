"""Writers and servers are killed at any moment: what was promised is there, and nothing is half done.

`--chaos-cycles N` kills more often than an ordinary run does.
"""

import multiprocessing
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

import engines
from poolhouse.store import Store, Tx, migrate, open_store
from poolhouse.store.engine import engine_of
from poolhouse.store.tables import aliases, credentials, user_search, users
from support import chaos_writer
from support.chaos_writer import SHARED
from support.postgresql import Cluster
from support.scripted import ScriptedClock
from support.things import NOW, POOL

THREADS = 6


@pytest.fixture(scope="module")
def processes() -> Iterator[Any]:
    """Processes forked from one that has imported the writer already."""
    context = multiprocessing.get_context("forkserver")
    with pytest.MonkeyPatch.context() as patch:
        roots = {
            str(Path(module.__file__ or "").parents[1]) for module in (chaos_writer, __import__("poolhouse"))
        }
        patch.setenv("PYTHONPATH", ":".join(roots))
        context.set_forkserver_preload([chaos_writer.__name__])
        yield context


@pytest.fixture
def cycles(request: pytest.FixtureRequest) -> int | None:
    given = request.config.getoption("--chaos-cycles")
    return None if given is None else int(given)


def start_writer(processes: Any, url: str, notes: Path, cycle: str) -> tuple[Any, Any]:
    """Return the process and the connection on which it says that it is ready, and hears when to stop."""
    here, there = processes.Pipe()
    writer = processes.Process(target=chaos_writer.write, args=(url, notes, cycle, THREADS, there))
    writer.start()
    there.close()
    return writer, here


def notes_of(file: Path) -> dict[str, list[list[str]]]:
    """Return what the writer was promised: unit → the words noted after it."""
    promised: dict[str, list[list[str]]] = defaultdict(list)
    if file.exists():
        for line in file.read_text().splitlines():
            unit, *words = line.split()
            promised[unit].append(words)
    return promised


def check(store: Store, url: str, cycle: str, promised: dict[str, list[list[str]]], in_flight: int) -> None:
    """Compare the store with the promises.

    Args:
        in_flight: how many units of each kind may be done without a promise.
    """
    store.read(lambda tx: _check_users(tx, cycle, promised))
    store.read(lambda tx: _check_counts(tx, cycle, promised, in_flight))
    winners = [int(turn) for _, turn, won in promised["spend"] if won == "True"]
    assert len(winners) == len(set(winners)), "a token was spent twice"
    for turn in winners[-20:]:
        assert not store.write(lambda tx, turn=turn: tx.spent.spend(POOL, f"{cycle}-{turn}", NOW))
    _check_rows(url)


def _check_users(tx: Tx, cycle: str, promised: dict[str, list[list[str]]]) -> None:
    left = {sub for sub, gone in promised["leave"] if gone == "True"}
    leaving = left | {sub for sub, *_ in promised["bump"] if _may_leave(sub)}
    bumped = {sub: int(count) for sub, count in promised["bump"]}
    for sub, *_ in promised["join"]:
        user = tx.users.get(POOL, sub)
        if sub in left:
            assert user is None, f"{sub} is back"
        elif user is None:
            assert sub in leaving, f"{sub} is lost"
        else:
            assert int(user.attributes["name"]) >= bumped.get(sub, 0), f"a change of {sub} is lost"
            for kind in ("username", "email"):
                value = sub if kind == "username" else f"{sub}@example.com"
                assert tx.users.by_alias(POOL, (kind,), value) == user
    for sub, prize in promised["claim"]:
        owner = tx.aliases.owner(POOL, "preferred_username", prize)
        assert owner == sub or sub in leaving, f"{prize} passed from {sub} to {owner}"


def _may_leave(sub: str) -> bool:
    *_, thread, turn = sub.split("-")
    return int(thread) % 2 == 0 and int(turn) % 5 == 0


def _check_counts(tx: Tx, cycle: str, promised: dict[str, list[list[str]]], in_flight: int) -> None:
    shared = tx.users.get(POOL, f"{cycle}-{SHARED}")
    counts = {
        "share": int(shared.attributes["name"]) if shared else 0,
        "tick": tx.attempts.count(POOL, cycle, "tick", NOW),
    }
    for unit, count in counts.items():
        answers = [int(answer) for _, answer in promised[unit]]
        assert len(answers) == len(set(answers)), f"two were told the same {unit}"
        assert len(answers) <= count <= len(answers) + in_flight


def _check_rows(url: str) -> None:
    """Look at all rows, of this cycle and those before: none without the others of its unit."""
    with engine_of(url).sqlalchemy_engine().connect() as connection:
        subs = {row.sub for row in connection.execute(select(users.c.sub))}
        names = {(row.sub, row.kind) for row in connection.execute(select(aliases.c.sub, aliases.c.kind))}
        proved = {row.sub for row in connection.execute(select(credentials.c.sub))}
        searched = {(r.sub, r.name, r.value) for r in connection.execute(select(user_search))}
    joined = {sub for sub in subs if not sub.endswith(SHARED)}
    assert proved == joined
    for kind in ("username", "email"):
        assert {sub for sub, of_kind in names if of_kind == kind} == joined
    assert {sub for sub, _, _ in searched} == subs


@pytest.mark.timeout(0)
def test_a_killed_writer(engine: str, tmp_path: Path, processes: Any, cycles: int | None) -> None:
    moments, total = random.Random(), 0
    with engines.database(engine, tmp_path) as url:
        for number in range(12 if cycles is None else cycles):
            cycle, notes = f"c{number}", tmp_path / f"notes{number}"
            writer, connection = start_writer(processes, url, notes, cycle)
            if number % 4:  # else it may be killed while it starts
                assert connection.poll(60)
            writer.join(moments.uniform(0.0, 0.3))
            writer.kill()
            writer.join()
            connection.close()
            promised = notes_of(notes)
            total += sum(map(len, promised.values()))
            if engine == "postgresql":
                wait_until_alone(url)
            with closing(open_store(url, ScriptedClock())) as store:
                check(store, url, cycle, promised, in_flight=THREADS)
            assert not promised["unknown"]
    assert total > 0
    print(f"{engine}: {number + 1} writers killed, {total} acknowledged writes")  # noqa: T201


def wait_until_alone(url: str) -> None:
    """Wait until the server has noticed that the writer is gone, and ended what it had begun."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()


@pytest.fixture
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server that flushes at each commit, to be killed."""
    with engines.own_cluster() as cluster:
        yield cluster


@pytest.mark.timeout(0)
def test_a_killed_server(durable: Cluster, tmp_path: Path, processes: Any, cycles: int | None) -> None:
    """The writer lives on: each unit is done once, also when the commit's answer was lost."""
    moments, total, unknown = random.Random(), 0, 0
    url = durable.url("postgres")
    migrate(url)
    for number in range(3 if cycles is None else max(1, cycles // 5)):
        cycle, notes = f"c{number}", tmp_path / f"notes{number}"
        writer, connection = start_writer(processes, url, notes, cycle)
        assert connection.poll(60)
        writer.join(moments.uniform(0.2, 0.6))
        durable.kill()
        durable.start()
        writer.join(0.2)
        connection.send("stop")
        writer.join(60)
        connection.close()
        assert writer.exitcode == 0
        promised = notes_of(notes)
        total += sum(map(len, promised.values()))
        unknown += len(promised["unknown"])
        with closing(open_store(url, ScriptedClock())) as store:
            check(store, url, cycle, promised, in_flight=len(promised["unknown"]))
    assert total > 0
    print(f"postgresql: {number + 1} servers killed, {total} acknowledged writes, {unknown} unknown")  # noqa: T201
