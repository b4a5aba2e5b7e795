"""Each repository gives back what it was given, on both engines."""

from dataclasses import replace

import pytest

from poolhouse.domain.branding import Asset
from poolhouse.domain.codes import Code, CodePurpose, Delivery, OutboxEntry
from poolhouse.domain.keys import StoredAccessKey, StoredKey
from poolhouse.domain.lockout import Lockout
from poolhouse.domain.pool import AttributeSchema
from poolhouse.domain.user import Credential
from poolhouse.store import Conflict, StaleRow, Store
from support.things import (
    NOW,
    POOL,
    a_browser_session,
    a_client,
    a_customization,
    a_device,
    a_document,
    a_family,
    a_passkey,
    a_pool,
    a_session,
    a_style,
    a_user,
    an_image,
)

OTHER = "us-east-1_other"


def test_pool(store: Store) -> None:
    pool = replace(
        a_pool(MfaConfiguration="OFF", Nested={"A": [1, "ü", None]}),
        schema={"email": AttributeSchema("email", "String", string_constraints={"MinLength": "0"})},
        sealed_seed=b"\x00\xff",
    )
    assert pool.alias_attributes == frozenset()  # what a pool has worked out is not stored
    store.write(lambda tx: tx.pools.add(pool))
    assert store.peek(lambda tx: tx.pools.get(POOL)) == pool
    saved = store.write(lambda tx: tx.pools.save(replace(pool, name="members")))
    assert saved.version == 1
    assert store.peek(lambda tx: tx.pools.get(POOL)) == saved
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.pools.save(replace(pool, name="lost")))
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.pools.add(pool))


def test_pools_are_listed_by_id_and_vanish_at_once(store: Store) -> None:
    for pool_id in ("us-east-1_B", "us-east-1_a", "us-east-1_A", "eu-west-1_z"):
        store.write(lambda tx, pool_id=pool_id: tx.pools.add(a_pool(pool_id)))
    page = store.peek(lambda tx: tx.pools.list(None, 3))
    assert [pool.id for pool in page] == ["eu-west-1_z", "us-east-1_A", "us-east-1_B"]
    assert [pool.id for pool in store.peek(lambda tx: tx.pools.list("us-east-1_B", 3))] == ["us-east-1_a"]
    store.write(lambda tx: tx.clients.add(a_client(pool_id="us-east-1_B")))
    assert store.write(lambda tx: tx.pools.delete("us-east-1_B"))
    assert not store.write(lambda tx: tx.pools.delete("us-east-1_B"))
    assert store.peek(lambda tx: tx.pools.get("us-east-1_B")) is None
    assert store.peek(lambda tx: tx.clients.get("client0")) is None
    assert store.peek(lambda tx: tx.pools.doomed(9)) == ["us-east-1_B"]


def test_client_ids_are_unique_over_all_pools(store: Store) -> None:
    client = a_client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    store.write(lambda tx: tx.clients.add(client))
    assert store.peek(lambda tx: tx.clients.get("client0")) == client
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.clients.add(a_client(pool_id=OTHER)))
    saved = store.write(lambda tx: tx.clients.save(replace(client, name="app")))
    assert store.peek(lambda tx: tx.clients.list(POOL, None, 9)) == [saved]
    assert store.peek(lambda tx: tx.clients.list(POOL, "client0", 9)) == []
    assert not store.write(lambda tx: tx.clients.delete(OTHER, "client0"))
    assert store.write(lambda tx: tx.clients.delete(POOL, "client0"))
    assert store.peek(lambda tx: tx.clients.get("client0")) is None
    store.write(lambda tx: tx.clients.add(a_client(pool_id=OTHER)))


def test_user(store: Store) -> None:
    user = a_user("s1", email="Alice@example.com", name="a\0b\N{SNOWMAN}")
    store.write(lambda tx: tx.users.add(user))
    assert store.peek(lambda tx: tx.users.get(POOL, "s1")) == user
    assert store.peek(lambda tx: tx.users.get(OTHER, "s1")) is None
    saved = store.write(lambda tx: tx.users.save(replace(user, pending={"email": "new@example.com"})))
    assert store.peek(lambda tx: tx.users.get(POOL, "s1")) == saved
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.users.save(user))
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.users.add(replace(user, username="bob")))


def test_saving_twice_in_one_unit(store: Store) -> None:
    store.write(lambda tx: tx.users.add(a_user("s1", name="one")))

    def twice(tx):
        user = tx.users.get(POOL, "s1")
        user = tx.users.save(replace(user, attributes={"name": "two"}))
        return tx.users.save(replace(user, attributes={"name": "three"}))

    assert store.write(twice).version == 2


def test_deleting_a_user_removes_all_that_is_theirs(store: Store) -> None:
    def work(tx):
        for sub, name in (("s1", "alice"), ("s2", "bob")):
            tx.users.add(a_user(sub, name, email=f"{name}@example.com"))
            tx.aliases.hold(POOL, "username", name, sub)
            tx.credentials.put(POOL, sub, Credential(b"salt", b"v", "", False, NOW))
            tx.passkeys.add(a_passkey(f"p-{sub}", sub))
            tx.codes.put(Code(POOL, sub, CodePurpose.SIGN_UP, b"mac", "email", "x", NOW))
            tx.devices.add(a_device(sub))
            tx.families.add(a_family(f"f-{sub}", sub))

    store.write(work)
    assert store.write(lambda tx: tx.users.delete(POOL, "s1"))
    assert not store.write(lambda tx: tx.users.delete(POOL, "s1"))

    def left(tx, sub):
        return [
            tx.users.get(POOL, sub),
            tx.users.with_family(POOL, sub, f"f-{sub}"),
            tx.families.get(POOL, f"f-{sub}"),
            tx.credentials.get(POOL, sub),
            tx.passkeys.of(POOL, sub) or None,
            tx.codes.get(POOL, sub, CodePurpose.SIGN_UP),
            tx.aliases.of(POOL, sub) or None,
            tx.devices.get(POOL, sub, "us-east-1_d1"),
        ]

    assert store.read(lambda tx: left(tx, "s1")) == [None] * 8
    assert None not in store.read(lambda tx: left(tx, "s2"))


def test_passkeys(store: Store) -> None:
    first, second = a_passkey("p1", "s1"), a_passkey("p2", "s1", slot=1)
    store.write(lambda tx: (tx.passkeys.add(second), tx.passkeys.add(first)))
    assert store.peek(lambda tx: tx.passkeys.of(POOL, "s1")) == [first, second]
    assert store.peek(lambda tx: tx.passkeys.of(OTHER, "s1")) == []
    saved = store.write(lambda tx: tx.passkeys.save(replace(first, sign_count=7)))
    assert store.peek(lambda tx: tx.passkeys.of(POOL, "s1")) == [saved, second]
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.passkeys.save(first))
    assert not store.write(lambda tx: tx.passkeys.delete(POOL, "s2", "p1"))
    assert store.write(lambda tx: tx.passkeys.delete(POOL, "s1", "p1"))
    assert store.peek(lambda tx: tx.passkeys.of(POOL, "s1")) == [second]


def test_a_passkey_s_id_is_unique_in_its_pool_and_its_place_among_the_user_s(store: Store) -> None:
    long = "i" * 1364
    store.write(lambda tx: tx.passkeys.add(a_passkey(long, "s1")))
    store.write(lambda tx: tx.passkeys.add(a_passkey(long, "s1")))  # the very same, by a unit run again
    for taken in (a_passkey(long, "s2"), a_passkey(long, "s1", slot=1)):
        with pytest.raises(Conflict):
            store.write(lambda tx, taken=taken: tx.passkeys.add(taken))
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.passkeys.add(a_passkey("p1", "s1")))
    store.write(lambda tx: tx.passkeys.add(replace(a_passkey(long, "s2"), pool_id=OTHER)))
    assert store.write(lambda tx: tx.passkeys.delete(POOL, "s1", long))


def test_aliases(store: Store) -> None:
    long = "x" * 2000 + "ü@example.com"

    def hold(tx):
        tx.users.add(a_user("s1"))
        tx.aliases.hold(POOL, "username", "alice", "s1")
        tx.aliases.hold(POOL, "email", long, "s1")
        tx.aliases.hold(POOL, "email", long, "s1")

    store.write(hold)
    assert store.peek(lambda tx: tx.users.by_alias(POOL, ("username", "email"), "alice")) == a_user("s1")
    assert store.peek(lambda tx: tx.users.by_alias(POOL, ("email",), "alice")) is None
    assert store.peek(lambda tx: tx.users.by_alias(POOL, ("email",), long)) == a_user("s1")
    assert store.peek(lambda tx: tx.aliases.owner(POOL, "email", long)) == "s1"
    assert store.peek(lambda tx: tx.aliases.owner(POOL, "email", long[1:])) is None
    with pytest.raises(Conflict) as refusal:
        store.write(lambda tx: tx.aliases.hold(POOL, "email", long, "s2"))
    assert refusal.value.kind == "email"
    assert not store.write(lambda tx: tx.aliases.release(POOL, "username", "alice", "s2"))
    for kind, value in store.peek(lambda tx: tx.aliases.of(POOL, "s1")):
        assert store.write(lambda tx, k=kind, v=value: tx.aliases.release(POOL, k, v, "s1"))
    assert store.peek(lambda tx: tx.aliases.owner(POOL, "email", long)) is None


def test_the_first_kind_that_has_an_alias_counts(store: Store) -> None:
    def hold(tx):
        for sub, kind in (("s1", "preferred_username"), ("s2", "username")):
            tx.users.add(a_user(sub))
            tx.aliases.hold(POOL, kind, "al", sub)

    store.write(hold)
    for kinds, sub in (
        (("username", "preferred_username"), "s2"),
        (("preferred_username", "username"), "s1"),
    ):
        assert store.peek(lambda tx, kinds=kinds: tx.users.by_alias(POOL, kinds, "al")).sub == sub


def test_a_unit_goes_on_after_a_conflict_it_expected(store: Store) -> None:
    store.write(lambda tx: tx.aliases.hold(POOL, "email", "a@example.com", "s1"))

    def work(tx):
        with pytest.raises(Conflict):
            tx.aliases.hold(POOL, "email", "a@example.com", "s2")
        tx.aliases.hold(POOL, "email", "b@example.com", "s2")

    store.write(work)
    assert store.peek(lambda tx: tx.aliases.owner(POOL, "email", "b@example.com")) == "s2"


def test_credentials(store: Store) -> None:
    credential = Credential(b"salt", b"verifier", "$argon2id$", temporary=True, set_at=NOW, history=("old",))
    first = store.write(lambda tx: tx.credentials.put(POOL, "s1", credential))
    assert store.peek(lambda tx: tx.credentials.get(POOL, "s1")) == first
    second = store.write(lambda tx: tx.credentials.put(POOL, "s1", replace(first, temporary=False)))
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.credentials.put(POOL, "s1", first))
    third = store.write(lambda tx: tx.credentials.put(POOL, "s1", credential))  # an administrator's, unread
    assert third.version > second.version > first.version
    assert store.write(lambda tx: tx.credentials.delete(POOL, "s1"))
    assert store.peek(lambda tx: tx.credentials.get(POOL, "s1")) is None


def test_codes(store: Store) -> None:
    code = Code(POOL, "s1", CodePurpose.VERIFY_EMAIL, b"mac", "email", "a@example.com", NOW + 60)
    store.write(lambda tx: tx.codes.put(code))
    store.write(lambda tx: tx.codes.put(replace(code, mac=b"other")))
    found = store.peek(lambda tx: tx.codes.get(POOL, "s1", CodePurpose.VERIFY_EMAIL))
    assert replace(found, version=0) == replace(code, mac=b"other")
    assert store.peek(lambda tx: tx.codes.get(POOL, "s1", CodePurpose.SIGN_UP)) is None
    assert store.write(lambda tx: tx.codes.delete(POOL, "s1", CodePurpose.VERIFY_EMAIL))
    assert not store.write(lambda tx: tx.codes.delete(POOL, "s1", CodePurpose.VERIFY_EMAIL))


def test_attempts(store: Store) -> None:
    def add(start, n=1):
        return store.write(lambda tx: tx.attempts.add(POOL, "s1", "code", start, n))

    assert [add(0.0), add(0.0, 3), add(3600.0)] == [1, 4, 1]
    assert store.peek(lambda tx: tx.attempts.count(POOL, "s1", "code", 0.0)) == 4
    assert store.peek(lambda tx: tx.attempts.count(POOL, "s1", "password", 0.0)) == 0
    store.write(lambda tx: tx.attempts.clear(POOL, "s1", "code"))
    assert store.peek(lambda tx: tx.attempts.count(POOL, "s1", "code", 0.0)) == 0


def test_lockouts(store: Store) -> None:
    assert store.peek(lambda tx: tx.attempts.lockout(POOL, "s1")) is None
    first = store.write(lambda tx: tx.attempts.put_lockout(POOL, "s1", Lockout(1, NOW)))
    assert store.peek(lambda tx: tx.attempts.lockout(POOL, "s1")) == first
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.attempts.put_lockout(POOL, "s1", Lockout(1, NOW)))
    second = store.write(lambda tx: tx.attempts.put_lockout(POOL, "s1", replace(first, failures=2)))
    assert store.peek(lambda tx: tx.attempts.lockout(POOL, "s1")) == second
    store.write(lambda tx: tx.attempts.clear_lockout(POOL, "s1"))
    assert store.peek(lambda tx: tx.attempts.lockout(POOL, "s1")) is None


def test_families(store: Store) -> None:
    def add(tx):
        tx.users.add(a_user("s1"))
        for family_id, sub in (("f1", "s1"), ("f2", "s1"), ("f3", "s2")):
            tx.families.add(a_family(family_id, sub))

    store.write(add)
    family = a_family("f1", "s1")
    assert store.peek(lambda tx: tx.families.get(POOL, "f1")) == family
    assert store.peek(lambda tx: tx.users.with_family(POOL, "s1", "f1")) == (a_user("s1"), 0)
    assert store.peek(lambda tx: tx.users.with_family(POOL, "s1", "f3")) is None, "another user's family"
    rotated = store.write(lambda tx: tx.families.save(replace(family, refresh_id="r2")))
    assert store.peek(lambda tx: tx.families.get(POOL, "f1")) == rotated
    assert store.write(lambda tx: tx.families.revoke_user(POOL, "s1", NOW + 5)) == 2
    assert store.write(lambda tx: tx.families.revoke_user(POOL, "s1", NOW + 9)) == 0
    assert store.peek(lambda tx: tx.families.get(POOL, "f1")).revoked == NOW + 5
    assert store.peek(lambda tx: tx.users.with_family(POOL, "s1", "f2")) == (a_user("s1"), NOW + 5)
    assert store.peek(lambda tx: tx.families.get(POOL, "f3")).revoked == 0
    with pytest.raises(StaleRow):  # a rotation that read before the revocation does not undo it
        store.write(lambda tx: tx.families.save(replace(rotated, refresh_id="r3")))
    read_again = store.peek(lambda tx: tx.families.get(POOL, "f1"))
    store.write(lambda tx: tx.families.save(replace(read_again, refresh_id="r3")))
    assert store.peek(lambda tx: tx.families.get(POOL, "f1")).revoked == NOW + 5


def test_devices(store: Store) -> None:
    device = a_device("s1", "us-east-1_b", waiting=b"\x00\xff")

    def add(tx):
        tx.devices.add(device)
        tx.devices.add(a_device("s1", "us-east-1_a", remembered=False))
        tx.devices.add(a_device("s1", "us-east-1_c"))
        tx.devices.add(a_device("s2", "us-east-1_b"))

    def listed(after=None, limit=9, *, remembered=False):
        found = store.peek(lambda tx: tx.devices.list(POOL, "s1", after, limit, remembered=remembered))
        return [device.key[-1] for device in found]

    store.write(add)
    assert store.peek(lambda tx: tx.devices.get(POOL, "s1", "us-east-1_b")) == device
    assert store.peek(lambda tx: tx.devices.get(OTHER, "s1", "us-east-1_b")) is None
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.devices.add(replace(device, name="other")))
    assert [listed(), listed(limit=2), listed("us-east-1_a")] == [["a", "b", "c"], ["a", "b"], ["b", "c"]]
    assert [listed(remembered=True), listed("us-east-1_b", remembered=True)] == [["b", "c"], ["c"]]
    saved = store.write(lambda tx: tx.devices.save(replace(device, remembered=False)))
    assert listed(remembered=True) == ["c"]
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.devices.save(device))
    assert store.write(lambda tx: tx.devices.delete(POOL, "s1", "us-east-1_b"))
    assert not store.write(lambda tx: tx.devices.delete(POOL, "s1", "us-east-1_b"))
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.devices.save(saved))
    assert store.peek(lambda tx: tx.devices.get(POOL, "s2", "us-east-1_b")) is not None


def test_sessions_are_those_of_good_families(store: Store) -> None:
    def add(tx):
        for family_id, sub in (("f1", "s1"), ("f2", "s1"), ("f3", "s1"), ("f4", "s2")):
            tx.families.add(a_family(family_id, sub))
            tx.sessions.put(a_session(family_id, sub))

    def active(sub="s1", now=NOW):
        return {session.family for session in store.peek(lambda tx: tx.sessions.active(POOL, sub, now))}

    store.write(add)
    assert active() == {"f1", "f2", "f3"}
    seen = replace(a_session("f1", "s1"), ip="192.0.2.1", last_active=NOW + 5)
    store.write(lambda tx: tx.sessions.put(seen))
    assert seen in store.peek(lambda tx: tx.sessions.active(POOL, "s1", NOW))
    store.write(lambda tx: tx.families.revoke(POOL, "s1", "f1", NOW + 6))
    assert active() == {"f2", "f3"}
    store.write(lambda tx: tx.sessions.put(seen))
    assert active() == {"f2", "f3"}, "who is seen too late brings nothing back"
    store.write(lambda tx: tx.families.revoke(POOL, "s1", "f4", NOW + 6))
    assert active("s2") == {"f4"}, "it is another user's"
    assert active(now=NOW + 3600) == set()
    store.write(lambda tx: tx.families.revoke_user(POOL, "s1", NOW + 7))
    assert active() == set()


def test_sessions_of_browsers_end_with_the_tokens_of_their_user(store: Store) -> None:
    def add(tx):
        for session_id, sub in (("b1", "s1"), ("b2", "s1"), ("b3", "s2")):
            tx.browser_sessions.add(a_browser_session(session_id, sub))

    def active(sub="s1", now=NOW):
        return {each.id for each in store.peek(lambda tx: tx.browser_sessions.active(POOL, sub, now))}

    store.write(add)
    store.write(add)  # a commit of which nobody heard
    assert store.peek(lambda tx: tx.browser_sessions.get(POOL, "b1")) == a_browser_session()
    assert store.peek(lambda tx: tx.browser_sessions.get(OTHER, "b1")) is None
    assert [active(), active("s2"), active(now=NOW + 3600)] == [{"b1", "b2"}, {"b3"}, set()]
    assert store.write(lambda tx: tx.browser_sessions.delete(POOL, "b1"))
    assert not store.write(lambda tx: tx.browser_sessions.delete(POOL, "b1"))
    assert active() == {"b2"}
    store.write(lambda tx: tx.families.revoke_user(POOL, "s1", NOW + 7))
    assert [active(), active("s2")] == [set(), {"b3"}]


def test_spent_tokens_are_single_use(store: Store) -> None:
    assert store.write(lambda tx: tx.spent.spend(POOL, "t1", NOW))
    assert not store.write(lambda tx: tx.spent.spend(POOL, "t1", NOW))
    assert store.write(lambda tx: tx.spent.spend(OTHER, "t1", NOW))


def an_entry(entry_id: str, not_before: float) -> OutboxEntry:
    delivery = Delivery("EMAIL", "email", "a@example.com")
    return OutboxEntry(POOL, entry_id, "s1", "c", "SignUp", delivery, b"sealed", NOW, NOW + 600, not_before)


def test_outbox(store: Store) -> None:
    for entry_id, at in (("late", NOW + 30), ("second", NOW + 2), ("first", NOW + 1)):
        store.write(lambda tx, entry_id=entry_id, at=at: tx.outbox.add(an_entry(entry_id, at)))
    due = store.peek(lambda tx: tx.outbox.due(NOW + 2, 9))
    assert [entry.id for entry in due] == ["first", "second"]
    assert store.peek(lambda tx: tx.outbox.due(NOW + 99, 1)) == [an_entry("first", NOW + 1)]
    leased = store.write(lambda tx: tx.outbox.postpone(due[0], NOW + 60))
    assert (leased.attempts, leased.not_before) == (1, NOW + 60)
    assert store.write(lambda tx: tx.outbox.postpone(due[0], NOW + 70)) is None, "another worker has it"
    assert store.peek(lambda tx: tx.outbox.get(POOL, "first")) == leased
    assert [entry.id for entry in store.peek(lambda tx: tx.outbox.due(NOW + 2, 9))] == ["second"]
    assert store.peek(lambda tx: tx.outbox.count()) == 3
    assert store.write(lambda tx: tx.outbox.delete(POOL, "first"))
    assert not store.write(lambda tx: tx.outbox.delete(POOL, "first"))
    assert store.peek(lambda tx: tx.outbox.get(POOL, "first")) is None


def test_one_signing_key_is_in_use(store: Store) -> None:
    key = StoredKey(POOL, "k1", "id", b"sealed", {"kty": "RSA", "n": "x"}, NOW)
    store.write(lambda tx: tx.signing_keys.add(key))
    store.write(lambda tx: tx.signing_keys.add(replace(key, use="access", kid="k2")))
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.signing_keys.add(replace(key, kid="k3")))
    store.write(lambda tx: tx.signing_keys.add(replace(key, kid="k0", retired=NOW)))
    assert [k.kid for k in store.peek(lambda tx: tx.signing_keys.list(POOL))] == ["k2", "k1", "k0"]
    assert key in store.peek(lambda tx: tx.signing_keys.list(POOL))
    assert store.peek(lambda tx: tx.signing_keys.list(OTHER)) == []


def test_access_keys(store: Store) -> None:
    key = StoredAccessKey("AKIA1", b"sealed", ("Admin*",), ("*",), "backend", NOW)
    store.write(lambda tx: tx.access_keys.add(key))
    assert store.peek(lambda tx: tx.access_keys.get("AKIA1")) == key
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.access_keys.add(replace(key, name="other")))
    revoked = store.write(lambda tx: tx.access_keys.save(replace(key, revoked=NOW)))
    assert store.peek(lambda tx: tx.access_keys.list()) == [revoked]
    assert store.write(lambda tx: tx.access_keys.delete("AKIA1"))
    assert store.peek(lambda tx: tx.access_keys.get("AKIA1")) is None


def test_leases_pass_on_when_they_run_out(store: Store) -> None:
    def take(holder, now):
        return store.write(lambda tx: tx.leases.take("sweep", holder, now, now + 60))

    turns = [
        ("a", 0, True),
        ("b", 30, False),
        ("a", 30, True),
        ("b", 80, False),
        ("b", 90, True),
        ("a", 91, False),
    ]
    assert [take(holder, now) for holder, now, _ in turns] == [taken for *_, taken in turns]


def test_styles(store: Store) -> None:
    style = a_style(settings={"a": {"b": [1.5, "ü"]}}, assets=(Asset("FORM_LOGO", "DARK", "PNG", "d", "r"),))
    store.write(lambda tx: tx.styles.add(style))
    assert store.peek(lambda tx: tx.styles.get(POOL, "y1")) == style
    assert store.peek(lambda tx: tx.styles.of_client(POOL, style.client_id)) == style
    assert store.peek(lambda tx: tx.styles.get(OTHER, "y1")) is None
    assert store.peek(lambda tx: tx.styles.free_slot(POOL)) == 1
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.styles.add(replace(style, id="y2", slot=1)))
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.styles.add(a_style("y2", slot=0)))
    saved = store.write(lambda tx: tx.styles.save(replace(style, settings=None)))
    assert saved.version == 1
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.styles.save(style))
    for slot in range(1, 20):
        store.write(lambda tx, slot=slot: tx.styles.add(a_style(f"z{slot}", slot=slot)))
    assert store.peek(lambda tx: tx.styles.free_slot(POOL)) is None
    assert store.write(lambda tx: tx.styles.delete(saved))
    assert not store.write(lambda tx: tx.styles.delete(saved))
    assert store.peek(lambda tx: tx.styles.free_slot(POOL)) == 0


def test_customizations(store: Store) -> None:
    first = store.write(lambda tx: tx.customizations.put(a_customization()))
    assert store.peek(lambda tx: tx.customizations.get(POOL, "ALL")) == first
    second = store.write(lambda tx: tx.customizations.put(replace(a_customization(), css="x")))
    assert store.peek(lambda tx: tx.customizations.get(POOL, "ALL")) == second
    assert store.write(lambda tx: tx.customizations.delete(POOL, "ALL"))
    assert store.peek(lambda tx: tx.customizations.get(POOL, "ALL")) is None


def test_images(store: Store) -> None:
    mine, other, elsewhere = an_image(), an_image(content=b"\x89PNG\r\n\x1a\n\0\xff"), an_image("y2")

    def add(tx):
        for image in (mine, other, elsewhere, mine):
            tx.images.add(image)

    store.write(add)
    assert store.peek(lambda tx: tx.images.get(POOL, "y1", other.name)) == other
    store.write(lambda tx: tx.images.keep(POOL, "y1", {other.name}))
    assert store.peek(lambda tx: tx.images.get(POOL, "y1", mine.name)) is None
    assert store.peek(lambda tx: tx.images.get(POOL, "y1", other.name)) == other
    assert store.peek(lambda tx: tx.images.get(POOL, "y2", mine.name)) == elsewhere


def test_terms(store: Store) -> None:
    terms = replace(a_document("t2"), links={"cognito:default": "https://example.com/ü"})
    privacy = a_document("t1", name="privacy-policy")
    store.write(lambda tx: [tx.terms.add(document) for document in (terms, privacy)])
    assert store.peek(lambda tx: tx.terms.get(POOL, "t2")) == terms
    assert store.peek(lambda tx: tx.terms.of_client(POOL, "client0")) == [privacy, terms]
    assert store.peek(lambda tx: tx.terms.list(POOL, None, 1)) == [privacy]
    assert store.peek(lambda tx: tx.terms.list(POOL, "t1", 9)) == [terms]
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.terms.add(replace(terms, id="t3")))
    saved = store.write(lambda tx: tx.terms.save(replace(terms, links={})))
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.terms.save(terms))
    assert store.write(lambda tx: tx.terms.delete(saved))
    assert not store.write(lambda tx: tx.terms.delete(saved))
