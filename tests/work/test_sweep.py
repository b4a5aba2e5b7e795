"""Background removal, on both engines."""

from dataclasses import replace

from sqlalchemy import func, select

from poolhouse.domain.auth_events import AuthEvent, Kind, Response
from poolhouse.domain.authorization import Authorization, AuthorizationCode
from poolhouse.domain.codes import Code, CodePurpose, Delivery, OutboxEntry
from poolhouse.domain.import_jobs import ImportJob
from poolhouse.domain.keys import StoredCertificate, StoredKey
from poolhouse.domain.lockout import Lockout
from poolhouse.domain.logs import LogEvent
from poolhouse.domain.pool_change import Naming, PoolChange, Wish
from poolhouse.domain.resource_servers import ResourceServer
from poolhouse.domain.stacks import StackResource
from poolhouse.domain.totp import SoftwareToken
from poolhouse.domain.user import Credential
from poolhouse.store import Store, Tx
from poolhouse.store.engine import Engine, engine_of
from poolhouse.store.tables import GLOBAL, metadata
from poolhouse.work.sweep import sweep
from support.scripted import ScriptedClock
from support.things import (
    NOW,
    POOL,
    a_browser_session,
    a_client,
    a_customization,
    a_device,
    a_document,
    a_family,
    a_group,
    a_passkey,
    a_pool,
    a_session,
    a_style,
    a_user,
    an_image,
)

DAY = 86400
OTHER = "us-east-1_other"


def fill(tx: Tx, pool_id: str, users: int) -> None:
    """Put rows into every table that belongs to a pool."""
    tx.pools.add(a_pool(pool_id))
    tx.resource_servers.add(ResourceServer(pool_id, "api", "API", {}))
    tx.domains.hold(f"{pool_id[-5:].lower()}", pool_id)
    tx.clients.add(a_client(f"client of {pool_id}", pool_id))
    job = ImportJob(pool_id, "import-1", "people", "", "", NOW, upload="u1")
    tx.import_jobs.add(job)
    tx.import_jobs.add_piece(job, "u1", 0, b"name\n")
    tx.import_jobs.note(job, "done")
    tx.stacks.put(StackResource(pool_id, "shop", "Pool", "UserPool", pool_id))
    naming = Naming(0, {})
    tx.pool_changes.add(PoolChange(pool_id, naming, naming, Wish()))
    tx.logs.add(LogEvent(pool_id, "userNotification", NOW, "e1", "{}"))
    tx.logs.take(pool_id, "userNotification", NOW, NOW)
    tx.certificates.add(StoredCertificate(pool_id, b"", "", NOW))
    tx.signing_keys.add(StoredKey(pool_id, "k", "id", b"", {}, NOW))
    for number in range(users):
        sub = f"{number:08x}"
        tx.users.add(a_user(sub, pool_id=pool_id, email="a@example.com"))
        tx.aliases.hold(pool_id, "username", sub, sub)
    tx.credentials.put(pool_id, "00000000", Credential(b"", b"", "", False, NOW))
    tx.passkeys.add(a_passkey("p1", "00000000", pool_id))
    tx.software_tokens.put(pool_id, "00000000", SoftwareToken())
    tx.codes.put(Code(pool_id, "00000000", CodePurpose.SIGN_UP, b"", "email", "", NOW + 60))
    tx.devices.add(a_device("00000000", pool_id=pool_id))
    tx.families.add(a_family("f1", "00000000", pool_id, NOW + 60))
    tx.auth_events.add(AuthEvent(pool_id, "00000000", "e1", Kind.SIGN_IN, NOW, NOW + 60, Response.PASS))
    tx.sessions.put(a_session("f1", "00000000", pool_id, NOW + 60))
    allowed = Authorization(pool_id, "c", "00000000", ("openid",), "https://app.example.com", NOW)
    tx.authorization_codes.add(AuthorizationCode("d1", allowed, NOW + 60))
    tx.browser_sessions.add(a_browser_session("b1", "00000000", pool_id, NOW + 60))
    tx.spent.spend(pool_id, "t1", NOW + 60)
    for name in ("staff", "gone"):
        group = a_group(name, pool_id)
        tx.groups.add(group)
        for number in range(users):
            tx.groups.join(group, f"{number:08x}")
    tx.groups.delete(group)
    tx.styles.add(a_style(pool_id=pool_id))
    tx.customizations.put(a_customization(pool_id=pool_id))
    tx.images.add(an_image(pool_id=pool_id))
    tx.terms.add(a_document(pool_id=pool_id))
    tx.attempts.add(pool_id, "00000000", "code", NOW)
    tx.attempts.put_lockout(pool_id, "00000000", Lockout(1, NOW))
    delivery = Delivery("EMAIL", "email", "a@example.com")
    tx.outbox.add(OutboxEntry(pool_id, "m1", "", "", "SignUp", delivery, b"", NOW, NOW, NOW))


def rows(engine: Engine) -> dict[str, list[str]]:
    """Return the pools that each table holds rows of."""
    with engine.sqlalchemy_engine().connect() as connection:
        found = {
            table.name: {row.pool_id for row in connection.execute(table.select())}
            for table in metadata.sorted_tables
            if "pool_id" in table.columns
        }
    return {name: sorted(pools) for name, pools in found.items()}


def sweep_all(store: Store, clock: ScriptedClock) -> int:
    rounds = 1
    while sweep(store, clock, "me"):
        rounds += 1
    return rounds


def test_a_deleted_pool_goes_row_by_row_and_others_stay(
    store: Store, store_url: str, clock: ScriptedClock
) -> None:
    store.write(lambda tx: fill(tx, POOL, 1))
    store.write(lambda tx: fill(tx, OTHER, 1100))
    everywhere = rows(engine_of(store_url))
    assert all(pools == [POOL, OTHER] for name, pools in everywhere.items() if name != "doomed_pools")
    assert set(everywhere) == {t.name for t in metadata.tables.values() if t not in GLOBAL} | {
        "client_ids",
        "domains",
    }
    store.write(lambda tx: tx.pools.delete(OTHER))
    sweep_all(store, clock)
    left = rows(engine_of(store_url))
    assert left == {name: [] if name in ("doomed_pools", "doomed_groups") else [POOL] for name in left}
    assert len(left) == len(everywhere)


def test_a_large_pool_goes_in_small_pieces_and_others_are_served_between_them(
    store: Store, store_url: str, clock: ScriptedClock
) -> None:
    store.write(lambda tx: tx.pools.add(a_pool()))
    store.write(lambda tx: tx.pools.add(a_pool(OTHER)))
    users = [a_user(f"{n:08x}", f"u{n}", OTHER, email=f"u{n}@example.com") for n in range(4000)]
    store.write(lambda tx: tx.users.add_all(users))
    store.write(lambda tx: tx.aliases.hold_all(OTHER, [("username", u.username, u.sub) for u in users]))
    store.write(lambda tx: tx.pools.delete(OTHER))
    left, rounds, more = count_rows(engine_of(store_url), OTHER), 0, True
    assert left == 4000 * (1 + 1 + 4), "the user, the name, and four search rows"
    while more:
        more = sweep(store, clock, "me")
        now = count_rows(engine_of(store_url), OTHER)
        assert left - now <= 10 * 500
        left, rounds = now, rounds + 1
        store.write(lambda tx, n=rounds: tx.users.add(a_user(f"{n:08x}", f"u{n}")))  # type: ignore[misc]
    assert left == 0
    assert rounds in (5, 6)
    assert len(store.peek(lambda tx: tx.users.list(POOL, None, None, 60)).users) == rounds


def count_rows(engine: Engine, pool_id: str) -> int:
    """Return in how many rows of all tables but the list of deleted pools a pool is named."""
    with engine.sqlalchemy_engine().connect() as connection:
        return sum(
            connection.execute(select(func.count()).select_from(t).where(t.c.pool_id == pool_id)).scalar_one()
            for t in metadata.sorted_tables
            if "pool_id" in t.columns and t.name != "doomed_pools"
        )


def test_what_is_over_goes_and_what_is_not_stays(store: Store, clock: ScriptedClock) -> None:
    def work(tx: Tx) -> None:
        fill(tx, POOL, 1)
        tx.families.add(a_family("long", "00000000", expires=NOW + 9 * DAY))
        tx.spent.spend(POOL, "long", NOW + 9 * DAY)
        tx.attempts.add(POOL, "s", "code", NOW + DAY)

    def left(tx: Tx) -> list[bool]:
        code = tx.codes.get(POOL, "00000000", CodePurpose.SIGN_UP)
        return [
            tx.families.get(POOL, "f1") is not None,
            code is not None,
            tx.attempts.lockout(POOL, "00000000") is not None,
            tx.attempts.count(POOL, "00000000", "code", NOW) == 1,
            tx.authorization_codes.get(POOL, "d1") is not None,
        ]

    def sessions(tx: Tx) -> int:
        browsers = tx.browser_sessions.active(POOL, "00000000", 0)
        return len(tx.sessions.active(POOL, "00000000", 0)) + len(browsers)

    store.write(work)
    assert store.read(sessions) == 2
    clock.advance(120)
    sweep_all(store, clock)
    assert store.read(sessions) == 0
    assert store.peek(lambda tx: tx.auth_events.get(POOL, "00000000", "e1")) is None
    assert store.read(left) == [True] * 5
    assert store.write(lambda tx: tx.spent.spend(POOL, "t1", NOW)), "an expired token is forgotten"
    clock.advance(DAY)
    sweep_all(store, clock)
    assert store.read(left) == [False] * 5
    assert store.peek(lambda tx: tx.families.get(POOL, "long")) is not None
    assert not store.write(lambda tx: tx.spent.spend(POOL, "long", NOW))
    assert store.peek(lambda tx: tx.attempts.count(POOL, "s", "code", NOW + DAY)) == 1
    assert store.peek(lambda tx: tx.users.get(POOL, "00000000")) is not None


def test_a_deleted_group_goes_row_by_row_and_others_stay(store: Store, clock: ScriptedClock) -> None:
    store.write(lambda tx: fill(tx, POOL, 1100))
    staff, gone = a_group("staff"), a_group("gone")
    assert store.peek(lambda tx: tx.groups.doomed(9)) == [(POOL, gone.id)]
    assert sweep_all(store, clock) == 1
    assert store.peek(lambda tx: tx.groups.doomed(9)) == []
    assert store.peek(lambda tx: tx.users.in_group(gone, None, 9)) == []
    assert len(store.peek(lambda tx: tx.users.in_group(staff, None, 9999))) == 1100
    assert store.peek(lambda tx: tx.groups.of(POOL, "00000000")) == [staff]


def test_one_process_sweeps(store: Store, clock: ScriptedClock) -> None:
    store.write(lambda tx: fill(tx, POOL, 1))
    store.write(lambda tx: tx.leases.take("sweep", "another", NOW, NOW + 300))
    store.write(lambda tx: tx.pools.delete(POOL))
    assert not sweep(store, clock, "me")
    assert store.peek(lambda tx: tx.pools.doomed(9)) == [POOL]
    clock.advance(301)
    sweep_all(store, clock)
    assert store.peek(lambda tx: tx.pools.doomed(9)) == []


def test_a_round_is_bounded(store: Store, clock: ScriptedClock) -> None:
    def work(tx: Tx) -> None:
        tx.pools.add(a_pool())
        family = a_family("", "s", expires=NOW - 2 * DAY)
        for number in range(5_500):
            tx.families.add(replace(family, id=f"f{number}"))

    store.write(work)
    assert sweep_all(store, clock) == 2
    assert store.peek(lambda tx: tx.families.get(POOL, "f5499")) is None
