"""Units of work: what one sees, how it fails, what is run again, who hears what. On both engines."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

import engines
from poolhouse.domain.lockout import Lockout
from poolhouse.domain.user import User
from poolhouse.store import CommitInDoubt, Conflict, StaleRow, Store, StoreBusy, Tx, open_store
from poolhouse.store.engine import Postgresql, PostgresqlLink
from poolhouse.store.lending import Lent
from poolhouse.store.tables import metadata
from support.scripted import ScriptedClock, ScriptedEntropy
from support.severing import Severing
from support.things import NOW, POOL, a_user

OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SPAWN = multiprocessing.get_context("spawn")


def bump(tx: Tx, sub: str = "s1", times: int = 1) -> None:
    """Read, change, write: what loses updates where versions are not compared."""
    user = tx.users.get(POOL, sub)
    assert user is not None
    count = int(user.attributes.get("name", "0")) + times
    tx.users.save(replace(user, attributes={"name": str(count)}))


def count_of(store: Store, sub: str = "s1") -> int:
    user = store.peek(lambda tx: tx.users.get(POOL, sub))
    assert user is not None
    return int(user.attributes.get("name", "0"))


def together(count: int, run: Callable[[int], object]) -> list[object]:
    """Run in `count` threads that begin at the same moment; return the results."""
    barrier = threading.Barrier(count)

    def one(number: int) -> object:
        barrier.wait()
        return run(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_a_failing_unit_leaves_nothing_and_only_its_caller_hears(store: Store) -> None:
    class RefusalError(Exception):
        pass

    def work(tx: Tx) -> None:
        tx.users.add(a_user("s1", name="Al"))
        tx.aliases.hold(POOL, "username", "al", "s1")
        raise RefusalError

    with pytest.raises(RefusalError):
        store.write(work)
    assert store.peek(lambda tx: tx.users.get(POOL, "s1")) is None
    assert store.peek(lambda tx: tx.aliases.owner(POOL, "username", "al")) is None
    store.write(lambda tx: tx.aliases.hold(POOL, "username", "al", "s2"))


def test_units_that_share_a_flush_fail_alone(store: Store) -> None:
    class RefusalError(Exception):
        pass

    def one(number: int) -> bool | None:
        def work(tx: Tx) -> None:
            tx.users.add(a_user(f"s{number}"))
            if number % 3 == 0:
                raise RefusalError(number)

        try:
            store.write(work)
        except RefusalError as refusal:
            return refusal.args == (number,)
        return None

    answers = together(30, one)
    assert answers == [None if number % 3 else True for number in range(30)]
    for number in range(30):
        found = store.peek(lambda tx, number=number: tx.users.get(POOL, f"s{number}"))
        assert (found is None) == (number % 3 == 0)


def test_a_unit_may_not_open_another(store: Store) -> None:
    with pytest.raises(RuntimeError, match="may not open another"):
        store.write(lambda _: store.write(lambda tx: tx.pools.get(POOL)))
    with pytest.raises(RuntimeError, match="may not open another"):
        store.read(lambda _: store.read(lambda tx: tx.pools.get(POOL)))
    assert store.read(lambda tx: tx.pools.get(POOL)) is None, "the store goes on"
    assert store.peek(lambda tx: tx.pools.get(POOL)) is None


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        store.read(lambda tx: tx.users.add(a_user("s1")))
    assert store.peek(lambda tx: tx.users.get(POOL, "s1")) is None


def test_a_read_sees_one_moment(store: Store) -> None:
    store.write(lambda tx: tx.users.add(a_user("s1")))

    def work(tx: Tx) -> tuple[User | None, User | None]:
        before = tx.users.get(POOL, "s1")
        writer = threading.Thread(target=lambda: store.write(bump))
        writer.start()
        writer.join()
        return before, tx.users.get(POOL, "s1")

    before, after = store.read(work)
    assert before == after
    assert count_of(store) == 1


def test_a_refused_unit_runs_again_with_its_identifiers(store: Store) -> None:
    """The first run meets a row that another writer has changed; what it was to store is stored once."""
    store.write(lambda tx: tx.users.add(a_user("s1")))
    stale = store.peek(lambda tx: tx.users.get(POOL, "s1"))
    assert stale is not None
    store.write(bump)
    drawn, runs = ScriptedEntropy().uuid(), []

    def work(tx: Tx) -> str:
        runs.append(drawn)
        tx.users.add(a_user(drawn))
        tx.aliases.hold(POOL, "username", "new", drawn)
        tx.users.save(stale if len(runs) == 1 else tx.users.get(POOL, "s1"))  # type: ignore[arg-type]
        return drawn

    assert store.write(work) == drawn
    assert len(runs) == 2
    assert store.peek(lambda tx: tx.aliases.owner(POOL, "username", "new")) == drawn


def test_six_refusals_are_heard(store: Store) -> None:
    store.write(lambda tx: tx.users.add(a_user("s1")))
    stale = store.peek(lambda tx: tx.users.get(POOL, "s1"))
    assert stale is not None
    store.write(bump)
    runs = []
    with pytest.raises(StaleRow):
        store.write(lambda tx: runs.append(1) or tx.users.save(stale))
    assert len(runs) == 6


def test_adding_what_an_earlier_run_added_is_no_conflict(store: Store) -> None:
    """A commit whose answer was lost leaves rows that the second run finds."""

    def work(tx: Tx) -> None:
        tx.users.add(a_user("s1", name="Al"))
        tx.aliases.hold(POOL, "username", "al", "s1")

    store.write(work)
    store.write(work)
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.users.add(a_user("s1", name="Bo")))


def test_concurrent_updates_of_one_user_lose_nothing(store: Store) -> None:
    store.write(lambda tx: tx.users.add(a_user("s1")))

    def one(_: int) -> None:
        done = 0
        while done < 10:
            try:
                store.write(bump)
            except StaleRow:  # six times refused: the caller's to try again
                continue
            done += 1

    together(8, one)
    assert count_of(store) == 80


def test_an_alias_has_one_holder_in_a_race(store: Store) -> None:
    def one(number: int) -> bool:
        try:
            store.write(lambda tx: tx.aliases.hold(POOL, "email", "a@example.com", f"s{number}"))
        except Conflict:
            return False
        return True

    winners = [number for number, won in enumerate(together(12, one)) if won]
    assert len(winners) == 1
    assert store.peek(lambda tx: tx.aliases.owner(POOL, "email", "a@example.com")) == f"s{winners[0]}"


def test_a_token_is_spent_once_in_a_race(store: Store) -> None:
    answers = together(12, lambda _: store.write(lambda tx: tx.spent.spend(POOL, "t1", NOW)))
    assert sorted(answers) == [False] * 11 + [True]  # type: ignore[type-var]


def test_counters_count_everyone_in_a_race(store: Store) -> None:
    seen = together(12, lambda _: store.write(lambda tx: tx.attempts.add(POOL, "s1", "code", NOW)))
    assert sorted(seen) == list(range(1, 13))  # type: ignore[type-var]


def test_wrong_answers_count_in_a_race(store: Store) -> None:
    def wrong(tx: Tx) -> None:
        now = tx.attempts.lockout(POOL, "s1")
        tx.attempts.put_lockout(
            POOL, "s1", Lockout(now.failures + 1 if now else 1, NOW, now.version if now else 0)
        )

    together(4, lambda _: store.write(wrong))
    lockout = store.peek(lambda tx: tx.attempts.lockout(POOL, "s1"))
    assert lockout is not None
    assert lockout.failures == 4


def _bump_in_a_process(url: str, times: int) -> None:
    with closing(open_store(url, ScriptedClock())) as store:
        done = 0
        while done < times:
            try:
                store.write(bump)
            except StaleRow:
                continue
            done += 1


def test_two_processes_lose_nothing(store: Store, store_url: str) -> None:
    """Two processes share PostgreSQL; beside a SQLite server a command may write for a moment."""
    assert bumped_by_processes(store, store_url) == 50


def bumped_by_processes(store: Store, url: str) -> int:
    """Let two processes bump twenty times each and this one ten times; return the count."""
    store.write(lambda tx: tx.users.add(a_user("s1")))
    processes = [SPAWN.Process(target=_bump_in_a_process, args=(url, 20)) for _ in range(2)]
    for process in processes:
        process.start()
    _bump_in_a_process(url, 10)
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    return count_of(store)


def hang_up(url: str) -> None:
    """Let the server close all connections to the database but this one's."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()


def refuse_once(url: str) -> None:
    """Let the server refuse each transaction that writes at its first commit, and pass the one after it.

    A sequence remembers what a rollback would undo: 2 after a refusal, else the transaction that passed.
    """
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("CREATE SEQUENCE passed")
        connection.execute(
            """
            CREATE FUNCTION refuse_once() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE me bigint := pg_current_xact_id()::text::bigint;
            BEGIN
                IF (SELECT last_value NOT IN (2, me) FROM passed) THEN
                    PERFORM setval('passed', 2);
                    RAISE serialization_failure;
                END IF;
                PERFORM setval('passed', me);
                RETURN NULL;
            END $$
            """
        )
        for table in metadata.tables:
            connection.execute(
                f"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON {table} "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_once()"
            )


class TestSqlite:
    def test_a_second_server_is_refused(self, tmp_path: Path, clock: ScriptedClock) -> None:
        with engines.database("sqlite", tmp_path) as url:
            first = open_store(url, clock, serving=True)
            with pytest.raises(StoreBusy, match=r"another server \(process \d+, since 2027-"):
                open_store(url, clock, serving=True)
            with closing(open_store(url, clock)) as command:
                command.write(lambda tx: tx.users.add(a_user("s1")))
            assert first.peek(lambda tx: tx.users.get(POOL, "s1")) == a_user("s1")
            first.close()
            open_store(url, clock, serving=True).close()

    def test_backup_while_in_use(self, tmp_path: Path, clock: ScriptedClock) -> None:
        with engines.database("sqlite", tmp_path) as url, closing(open_store(url, clock)) as store:
            store.write(lambda tx: tx.users.add(a_user("s1")))
            store.backup(tmp_path / "backup.db")
            store.write(bump)
        with closing(open_store(f"sqlite:///{tmp_path / 'backup.db'}", clock)) as copy:
            assert count_of(copy) == 0

    def test_a_closed_store_says_so(self, tmp_path: Path, clock: ScriptedClock) -> None:
        with engines.database("sqlite", tmp_path) as url:
            store = open_store(url, clock)
            store.close()
            with pytest.raises(RuntimeError, match="closed"):
                store.write(lambda tx: tx.pools.get(POOL))

    def test_what_breaks_the_transaction_breaks_nobody_else(
        self, tmp_path: Path, clock: ScriptedClock
    ) -> None:
        """A full disk closes the whole transaction; the others of the group are run again alone."""
        with engines.database("sqlite", tmp_path) as url, closing(open_store(url, clock)) as store:

            def one(number: int) -> bool:
                def work(tx: Tx) -> None:
                    tx.users.add(a_user(f"s{number}"))
                    if number == 7:
                        tx.users._link.plain("ROLLBACK")
                        raise OSError("as SQLite does when the disk is full")

                try:
                    store.write(work)
                except Exception:  # noqa: BLE001
                    return False
                return True

            assert together(16, one) == [number != 7 for number in range(16)]
            for number in range(16):
                found = store.peek(lambda tx, number=number: tx.users.get(POOL, f"s{number}"))
                assert (found is not None) == (number != 7)


class TestPostgresql:
    """What only a server does to its clients: refuse at commit, go away, answer too late."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> Iterator[str]:
        with engines.database("postgresql", tmp_path) as url:
            yield url

    @pytest.fixture
    def store(self, url: str, clock: ScriptedClock) -> Iterator[Store]:
        with closing(open_store(url, clock)) as store:
            yield store

    def test_every_transaction_refused_once(self, url: str, store: Store) -> None:
        """The server itself refuses each writing transaction at its first commit."""
        refuse_once(url)
        runs = []

        def work(tx: Tx) -> None:
            runs.append(1)
            tx.users.add(a_user("s1", name="0", email="a@example.com"))
            tx.aliases.hold(POOL, "email", "a@example.com", "s1")

        store.write(work)
        assert len(runs) == 2
        for _ in range(5):
            store.write(lambda tx: runs.append(1) or bump(tx))
        assert len(runs) == 12
        assert count_of(store) == 5
        assert store.write(lambda tx: tx.spent.spend(POOL, "t1", NOW)), "the refused run spent nothing"

    def test_two_processes_lose_nothing_where_serializable(self, url: str, store: Store) -> None:
        serializable = f"{url}&options=-c%20default_transaction_isolation%3Dserializable"
        assert bumped_by_processes(store, serializable) == 50

    def test_a_lost_connection_is_made_again(self, url: str, store: Store) -> None:
        store.write(lambda tx: tx.users.add(a_user("s1")))
        for _ in range(3):
            hang_up(url)
            store.write(bump)
            hang_up(url)
            assert store.peek(lambda tx: tx.users.get(POOL, "s1")) is not None
            hang_up(url)
            assert store.read(lambda tx: tx.users.get(POOL, "s1")) is not None
        assert count_of(store) == 3

    def test_many_lost_connections_refuse_nothing(self, url: str, store: Store) -> None:
        """More of them lie idle than a unit of work is run again."""
        store.write(lambda tx: tx.users.add(a_user("s1")))
        barrier = threading.Barrier(20)
        together(20, lambda _: store.read(lambda tx: (barrier.wait(10), tx.users.get(POOL, "s1"))))
        hang_up(url)
        store.write(bump)
        assert count_of(store) == 1

    def test_more_threads_than_connections(self, url: str, clock: ScriptedClock) -> None:
        """Each waits for its turn; none has a connection but while it works; what fails gives it back."""
        with closing(open_store(url, clock, connections=2)) as store:
            store.write(lambda tx: tx.users.add(a_user("s1")))
            working, most = [], []

            def work(tx: Tx) -> None:
                working.append(1)
                most.append(len(working))
                try:
                    bump(tx)
                finally:
                    working.pop()
                if len(most) % 3 == 0:
                    raise ValueError("no")

            def one(number: int) -> bool:
                try:
                    store.write(work)
                except ValueError:
                    return False
                return count_of(store) > 0

            done = together(24, one)
            assert 1 <= max(most) <= 2
            assert count_of(store) == done.count(True)
            with closing(psycopg.connect(url, autocommit=True)) as connection:
                others = connection.execute(OTHERS).fetchone()
            assert others is not None
            assert others[0] <= 2

    def test_a_connection_that_does_not_even_close_makes_room(self, url: str) -> None:
        class Broken(PostgresqlLink):
            def close(self) -> None:
                again = self.lost
                super().close()
                if not again:
                    raise OSError("the socket is gone")

        lent = Lent(lambda: Broken(Postgresql(url), ""), 1)
        for _ in range(2):
            session = lent.take()
            with pytest.raises(OSError, match="gone"):
                lent.drop(session)

    def test_a_connection_lost_in_the_middle(self, url: str, store: Store) -> None:
        store.write(lambda tx: tx.users.add(a_user("s1")))
        runs = []

        def work(tx: Tx) -> None:
            runs.append(1)
            bump(tx)
            if len(runs) == 1:
                hang_up(url)

        store.write(work)
        assert len(runs) == 2
        assert count_of(store) == 1

    def test_a_commit_that_arrives_late_is_not_done_beside_its_second_run(
        self, url: str, clock: ScriptedClock
    ) -> None:
        """The connection breaks before the server has COMMIT, which reaches it when the unit runs again."""
        with Severing(url) as proxy, closing(open_store(proxy.url, clock)) as store:
            store.write(lambda tx: tx.users.add(a_user("s1")))
            for answer in range(1, 4):
                proxy.sever_with_late_commit()
                assert store.write(lambda tx: tx.attempts.add(POOL, "s1", "code", NOW)) == answer
            proxy.sever_with_late_commit()
            assert store.write(lambda tx: tx.spent.spend(POOL, "t", NOW))
            assert proxy.severed == 4

    def test_a_commit_that_stays_in_doubt_is_not_run_again(
        self, url: str, clock: ScriptedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("poolhouse.store.transaction._DOUBT_ROUNDS", 2)
        runs = []
        with Severing(url) as proxy, closing(open_store(proxy.url, clock)) as store:
            store.write(lambda tx: tx.users.add(a_user("s1")))
            proxy.sever_for_good()
            with pytest.raises(CommitInDoubt):
                store.write(lambda tx: runs.append(1) or bump(tx))
        assert len(runs) == 1

    def test_a_commit_whose_answer_is_lost_is_not_done_twice(self, url: str, clock: ScriptedClock) -> None:
        """A proxy passes COMMIT on and hangs up instead of bringing the answer back."""
        with Severing(url) as proxy, closing(open_store(proxy.url, clock)) as store:
            store.write(lambda tx: tx.users.add(a_user("s1")))
            for answer in range(1, 4):
                proxy.sever_after_commit()
                assert store.write(lambda tx: tx.attempts.add(POOL, "s1", "code", NOW)) == answer
                proxy.sever_after_commit()
                assert store.write(lambda tx, n=answer: tx.spent.spend(POOL, f"t{n}", NOW))
                proxy.sever_before_commit()
                store.write(bump)
            assert proxy.severed == 9
            assert count_of(store) == 3
