"""Signing keys: made once, kept sealed, shared by processes."""

import base64
import json
from dataclasses import replace
from threading import Thread

import pytest
from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

from poolhouse.domain.pool import Pool
from poolhouse.keys.gate import Gate
from poolhouse.keys.signing import USES, SigningKeys, new_key, parse, remove, rotate
from poolhouse.keys.vault import Vault
from poolhouse.store import StaleRow
from poolhouse.work.sweep import sweep
from poolhouse.world import SystemEntropy
from support.people import at_once

POOL = "us-east-1_Ab12Cd34E"
OTHER_POOL = "us-east-1_Zz99Yy88X"
VAULT = Vault.from_ring({"k1": b"k" * 32}, "k1")


def keys_of(store, clock):
    return SigningKeys(store, VAULT, clock, SystemEntropy(), Gate(1))


@pytest.fixture
def signing(store, clock):
    store.write(lambda tx: tx.pools.add(Pool(POOL, "p", 1.0, 1.0, {}, {})))
    return keys_of(store, clock)


def test_a_token_verifies_with_the_published_key_and_says_no_more_than_it_must(signing):
    token = signing.sign(POOL, "access", {"sub": "ä", "n": 1})
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert list(header) == ["kid", "alg"]
    assert header["alg"] == "RS256"
    assert len(header["kid"]) == 44
    keys = KeySet.import_key_set(signing.jwks(POOL))
    assert json.loads(jws.deserialize_compact(token, keys, algorithms=["RS256"]).payload) == {
        "sub": "ä",
        "n": 1,
    }


def test_two_keys_a_pool_in_the_form_of_the_service(signing):
    keys = signing.jwks(POOL)["keys"]
    assert len({key["kid"] for key in keys}) == 2
    for key in keys:
        assert list(key) == ["alg", "e", "kid", "kty", "n", "use"]
        assert (key["alg"], key["e"], key["kty"], key["use"]) == ("RS256", "AQAB", "RSA", "sig")


def test_a_token_for_one_use_is_none_for_the_other(signing):
    token = parse(signing.sign(POOL, "id", {}))
    assert signing.verified(token, POOL, "id")
    assert not signing.verified(token, POOL, "access")


def test_processes_share_their_keys(signing, store, clock):
    other = keys_of(store, clock)
    token = parse(signing.sign(POOL, "access", {}))
    assert other.verified(token, POOL, "access")
    assert other.jwks(POOL) == signing.jwks(POOL)


def test_processes_that_make_keys_at_once_end_with_the_same(store, clock):
    store.write(lambda tx: tx.pools.add(Pool(POOL, "p", 1.0, 1.0, {}, {})))
    several = [keys_of(store, clock) for _ in range(4)]
    found = []
    threads = [Thread(target=lambda k=keys: found.append(k.jwks(POOL))) for keys in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(jwks == found[0] for jwks in found)
    assert len(found[0]["keys"]) == 2


def test_private_keys_are_stored_sealed(signing, store):
    signing.jwks(POOL)
    for key in store.read(lambda tx: tx.signing_keys.list(POOL)):
        assert b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" not in key.sealed_private  # rsaEncryption
        assert VAULT.open(f"signing_keys/{POOL}/{key.kid}/private", key.sealed_private)


def test_keys_that_another_process_makes_are_found_at_once(signing, store, clock):
    other = keys_of(store, clock)
    stranger = parse(keys_of(store, clock).sign(OTHER_POOL, "access", {}))
    assert not other.verified(stranger, POOL, "access")
    assert other.verified(parse(signing.sign(POOL, "access", {})), POOL, "access")


def test_once_there_are_keys_it_looks_for_new_ones_every_two_seconds(signing, store, clock):
    signing.jwks(POOL)
    retired = replace(new_key(VAULT, SystemEntropy(), POOL, "access", 1.0), retired=5.0)
    store.write(lambda tx: tx.signing_keys.add(retired))
    pkcs8 = VAULT.open(f"signing_keys/{POOL}/{retired.kid}/private", retired.sealed_private)
    header = {"kid": retired.kid, "alg": "RS256"}
    token = parse(jws.serialize_compact(header, b"{}", RSAKey.import_key(pkcs8), algorithms=["RS256"]))
    assert not signing.verified(token, POOL, "access")
    clock.advance(2)
    assert signing.verified(token, POOL, "access")
    assert len(signing.jwks(POOL)["keys"]) == 3
    assert parse(signing.sign(POOL, "access", {})).kid != retired.kid


def test_a_pool_that_never_signed_verifies_nothing_and_gets_no_keys(signing, store):
    token = parse(signing.sign(POOL, "access", {}))
    assert not signing.verified(token, OTHER_POOL, "access")
    assert store.read(lambda tx: tx.signing_keys.list(OTHER_POOL)) == []


# --- rotation ------------------------------------------------------------------------------------------------


def kid_now(signing, use="access"):
    return parse(signing.sign(POOL, use, {})).kid


def published(signing):
    return {key["kid"] for key in signing.jwks(POOL)["keys"]}


def rotate_now(store, clock, notice=60.0):
    return rotate(store, VAULT, SystemEntropy(), POOL, now=clock.now(), notice=notice)


def test_new_keys_are_published_before_they_sign(signing, store, clock):
    old = {use: kid_now(signing, use) for use in USES}
    begins = rotate_now(store, clock)
    assert begins == clock.now() + 60
    clock.advance(5)
    assert len(published(signing)) == 4
    assert {use: kid_now(signing, use) for use in USES} == old
    clock.advance(55)
    new = {use: kid_now(signing, use) for use in USES}
    assert not {*new.values()} & {*old.values()}
    assert published(signing) == {*old.values(), *new.values()}


def test_tokens_of_the_old_key_stay_good(signing, store, clock):
    old = parse(signing.sign(POOL, "access", {}))
    rotate_now(store, clock)
    clock.advance(3600)
    assert signing.verified(old, POOL, "access")
    assert not signing.verified(old, POOL, "id")
    assert keys_of(store, clock).verified(old, POOL, "access"), "a process that comes later knows it, too"


def test_every_process_changes_at_the_same_moment(signing, store, clock):
    others = [keys_of(store, clock) for _ in range(2)]
    every = [signing, *others]
    assert len({kid_now(each) for each in every}) == 1
    old = kid_now(signing)
    rotate_now(store, clock)
    for _ in range(15):
        clock.advance(4.5)
        assert len({kid_now(each) for each in every}) == 1
    assert kid_now(signing) != old


def test_no_good_token_is_refused_at_any_moment(signing, store, clock):
    """Whoever signs, whoever checks: by the keys it has, or by the JWKS that any process shows."""
    others = [keys_of(store, clock) for _ in range(2)]
    every = [signing, *others]
    for step in range(40):
        if step in (3, 30):
            rotate_now(store, clock)
        for signer in every:
            token = signer.sign(POOL, "access", {"step": step})
            for checker in every:
                assert checker.verified(parse(token), POOL, "access")
                keys = KeySet.import_key_set(checker.jwks(POOL))
                assert jws.deserialize_compact(token, keys, algorithms=["RS256"])
        clock.advance(4)
    assert len(published(signing)) == 6


def test_one_rotation_at_a_time(signing, store, clock):
    signing.jwks(POOL)
    assert rotate_now(store, clock)
    assert rotate_now(store, clock) is None
    clock.advance(60)
    assert rotate_now(store, clock)


def test_a_rotation_that_comes_late_leaves_the_new_keys_alone(signing, store, clock):
    signing.jwks(POOL)
    seen = store.read(lambda tx: tx.signing_keys.list(POOL))
    rotate_now(store, clock)
    rotated = store.read(lambda tx: tx.signing_keys.list(POOL))
    with pytest.raises(StaleRow):
        store.write(lambda tx: tx.signing_keys.retire(seen[0], clock.now() + 61))
    assert store.read(lambda tx: tx.signing_keys.list(POOL)) == rotated


def test_of_rotations_at_once_one_counts(signing, store, clock):
    signing.jwks(POOL)
    assert sum(begins is not None for begins in at_once(*[lambda: rotate_now(store, clock)] * 3)) == 1
    assert len(store.read(lambda tx: tx.signing_keys.list(POOL))) == 4


def test_a_pool_without_keys_signs_with_its_new_ones_at_once(signing, store, clock):
    assert rotate_now(store, clock) == clock.now()
    assert len(published(signing)) == 2
    assert kid_now(signing)


def test_keys_go_once_their_last_token_has_expired(signing, store, clock):
    old = published(signing)
    rotate_now(store, clock)
    clock.advance(60)
    kid_now(signing)
    last = clock.now()
    while published(signing) & old:
        sweep(store, clock, "me")
        clock.advance(1800)
        assert clock.now() < last + 2 * 86400
    assert clock.now() - last >= 86400
    assert len(published(signing)) == 2


def test_knowing_a_pools_keys_costs_a_statement_every_two_seconds(signing, store, clock, monkeypatch):
    signing.jwks(POOL)
    reads = []
    read = store.read
    monkeypatch.setattr(store, "read", lambda work: reads.append(1) or read(work))
    for _ in range(19):
        clock.advance(0.1)
        signing.sign(POOL, "access", {})
    assert reads == []
    clock.advance(0.1)
    signing.sign(POOL, "access", {})
    assert len(reads) == 1


# --- removal -------------------------------------------------------------------------------------------------


def remove_now(store, clock, kid):
    return remove(store, VAULT, SystemEntropy(), POOL, kid, now=clock.now())


@pytest.mark.parametrize("use", USES)
def test_attack_a_token_of_a_removed_key(signing, store, clock, use):
    """Two seconds later no process accepts or shows the key, or signs with it."""
    others = [keys_of(store, clock) for _ in range(2)]
    every = [signing, *others]
    stolen = parse(signing.sign(POOL, use, {"sub": "anybody"}))
    assert all(each.verified(stolen, POOL, use) and each.has(POOL, use, stolen.kid) for each in every)
    assert remove_now(store, clock, stolen.kid)
    clock.advance(2)
    for each in every:
        assert not each.verified(stolen, POOL, use)
        assert not each.has(POOL, use, stolen.kid)
        assert stolen.kid not in published(each)
        assert len(published(each)) == 2
        assert kid_now(each, use) != stolen.kid
    assert len({kid_now(each, use) for each in every}) == 1
    assert not remove_now(store, clock, stolen.kid)


def test_removing_a_key_leaves_the_other_use_and_the_other_pool(signing, store, clock):
    identity, elsewhere = parse(signing.sign(POOL, "id", {})), parse(signing.sign(OTHER_POOL, "access", {}))
    assert not remove_now(store, clock, elsewhere.kid)
    remove_now(store, clock, kid_now(signing))
    clock.advance(2)
    assert signing.verified(identity, POOL, "id")
    assert signing.verified(elsewhere, OTHER_POOL, "access")


def test_a_key_that_signs_until_its_successor_does_is_removed_and_the_successor_begins(signing, store, clock):
    signing.jwks(POOL)
    old = kid_now(signing)
    rotate_now(store, clock)
    clock.advance(2)
    waiting = published(signing) - {old}
    remove_now(store, clock, old)
    clock.advance(2)
    assert kid_now(signing) in waiting
    clock.advance(90)
    assert kid_now(signing) in waiting
    assert len(published(signing)) == 3


def test_a_successor_is_removed_before_its_time_and_another_takes_its_place(signing, store, clock):
    old = {use: kid_now(signing, use) for use in USES}
    rotate_now(store, clock)
    newest = next(
        key
        for key in store.read(lambda tx: tx.signing_keys.list(POOL))
        if not key.retired and key.use == "access"
    )
    remove_now(store, clock, newest.kid)
    clock.advance(2)
    assert kid_now(signing) == old["access"]
    clock.advance(60)
    assert kid_now(signing) not in (old["access"], newest.kid)
    assert len(published(signing)) == 4


def test_a_key_that_signs_no_more_is_removed_and_nothing_takes_its_place(signing, store, clock):
    old = parse(signing.sign(POOL, "access", {}))
    rotate_now(store, clock)
    clock.advance(61)
    now = kid_now(signing)
    assert signing.verified(old, POOL, "access")
    remove_now(store, clock, old.kid)
    clock.advance(2)
    assert not signing.verified(old, POOL, "access")
    assert kid_now(signing) == now
    assert len(published(signing)) == 3


def test_of_removals_at_once_one_counts(signing, store, clock):
    kid = kid_now(signing)
    assert sorted(at_once(*[lambda: remove_now(store, clock, kid)] * 3)) == [False, False, True]
    assert len(store.read(lambda tx: tx.signing_keys.list(POOL))) == 2
