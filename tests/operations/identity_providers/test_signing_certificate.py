"""GetSigningCertificate, through botocore; certificates read with cryptography."""

import base64
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from support.dump import connected, dump
from support.people import at_once
from support.refusals import refusal

DAY = 86400


@pytest.fixture
def pool(idp):
    return idp.create_user_pool(PoolName="people")["UserPool"]["Id"]


def text(idp, pool):
    return idp.get_signing_certificate(UserPoolId=pool)["Certificate"]


def read(certificate):
    return x509.load_der_x509_certificate(base64.b64decode(certificate, validate=True))


def public(certificate):
    return read(certificate).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_a_certificate_is_good_for_ten_years_and_signed_by_its_own_key(idp, pool, clock):
    found = read(text(idp, pool))
    found.verify_directly_issued_by(found)
    assert found.public_key().key_size == 2048
    assert found.not_valid_before_utc == datetime.fromtimestamp(int(clock.now()), UTC)
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=3650)
    assert pool in found.subject.rfc4514_string()


def test_it_stays_for_a_year_and_its_key_for_good(idp, pool, clock):
    first = text(idp, pool)
    clock.advance(364 * DAY)
    assert text(idp, pool) == first
    clock.advance(2 * DAY)
    second = text(idp, pool)
    assert second == text(idp, pool) != first
    assert public(second) == public(first)
    assert read(second).serial_number != read(first).serial_number


def test_pools_have_their_own(idp, pool):
    other = idp.create_user_pool(PoolName="others")["UserPool"]["Id"]
    assert public(text(idp, pool)) != public(text(idp, other))


def test_those_who_ask_at_once_get_the_same(idp, pool, clock):
    assert len(set(at_once(*[partial(text, idp, pool)] * 6))) == 1
    clock.advance(400 * DAY)
    assert len(set(at_once(*[partial(text, idp, pool)] * 6))) == 1


def test_a_pool_that_is_not_there(idp):
    told = ("ResourceNotFoundException", "User pool us-east-1_none does not exist.")
    assert refusal(idp.get_signing_certificate, UserPoolId="us-east-1_none") == told


def test_attack_a_stolen_database_signs_nothing(server, idp, pool, store_url):
    text(idp, pool)
    stored = server.store.peek(lambda tx: tx.certificates.get(pool))
    private = server.services.vault.open(f"certificates/{pool}/private", stored.sealed_private)
    key = load_der_private_key(private, None)
    assert key.public_key() == read(stored.certificate).public_key()
    with connected(store_url) as database:
        rows = str(dump(database)["certificates"])
    assert base64.b64encode(stored.sealed_private).decode() in rows
    prime = key.private_numbers().p.to_bytes(128, "big")
    for shift in range(3):  # wherever it begins in base64
        assert base64.b64encode(prime[shift : shift + 60]).decode() not in rows
