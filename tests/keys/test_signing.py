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
from poolhouse.keys.signing import SigningKeys, new_key, parse
from poolhouse.keys.vault import Vault
from poolhouse.world import SystemEntropy

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
