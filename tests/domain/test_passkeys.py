"""What a pool asks of passkeys; origins, counters, places."""

from dataclasses import replace

import pytest

from poolhouse.domain import made_up, passkeys
from poolhouse.domain.passkeys import LIMIT, counts_on, free_slot, origin_is_allowed
from support.things import a_passkey, a_pool

RP = "auth.example.com"


@pytest.mark.parametrize(
    ("origin", "rp_id", "allowed"),
    [
        ("https://auth.example.com", RP, True),
        ("https://auth.example.com:8443", RP, True),
        ("https://a.auth.example.com", RP, True),
        ("https://example.com", RP, False),
        ("https://xauth.example.com", RP, False),
        ("https://auth.example.com.evil.example", RP, False),
        ("https://AUTH.example.com", RP, False),
        ("https://auth.example.com\n", RP, False),
        ("https://auth.example.com/", RP, False),
        ("https://auth.example.com:", RP, False),
        ("https://me@auth.example.com", RP, False),
        ("http://auth.example.com", RP, False),
        ("ftp://auth.example.com", RP, False),
        ("http://localhost", "localhost", True),
        ("http://localhost:5173", "localhost", True),
        ("https://localhost:5173", "localhost", True),
        ("http://app.localhost:5173", "localhost", True),
        ("http://localhost.evil.example", "localhost", False),
        ("http://127.0.0.1", "localhost", False),
        ("http://localhost", RP, False),
        (f"android:apk-key-hash:{'a-_9' * 10}abc", RP, True),
        (f"android:apk-key-hash:{'a-_9' * 10}abc", "localhost", False),
        (f"android:apk-key-hash:{'a' * 44}", RP, False),
        (f"android:apk-key-hash-sha256:{'a' * 43}", RP, False),
    ],
)
def test_origins(origin: str, rp_id: str, allowed: bool) -> None:
    assert origin_is_allowed(origin, rp_id) is allowed


@pytest.mark.parametrize(
    ("before", "now", "moves"),
    [(0, 0, True), (0, 1, True), (1, 2, True), (1, 1, False), (2, 1, False), (1, 0, False)],
)
def test_counters(before: int, now: int, moves: bool) -> None:
    assert counts_on(before, now) is moves


def test_the_configuration() -> None:
    bare = a_pool()
    assert passkeys.relying_party(bare) is None
    assert passkeys.user_verification(bare) == "preferred"
    assert not passkeys.multi_factor(bare)
    full = a_pool(
        WebAuthnConfiguration={
            "RelyingPartyId": "Auth.Example.com",
            "UserVerification": "preferred",
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        }
    )
    assert passkeys.relying_party(full) == RP
    assert passkeys.multi_factor(full)
    assert passkeys.user_verification(full) == "required"


def test_places() -> None:
    held = [a_passkey(f"p{slot}", "s1", slot=slot) for slot in range(LIMIT)]
    assert free_slot([]) == 0
    assert free_slot(held[1:]) == 0
    assert free_slot(held[:7] + held[8:]) == 7
    assert free_slot(held) is None


def test_passkeys_of_an_earlier_relying_party_are_of_no_use() -> None:
    pool = a_pool(WebAuthnConfiguration={"RelyingPartyId": RP})
    old, new = replace(a_passkey("p1", "s1"), rp_id="example.com"), a_passkey("p2", "s1", slot=1)
    assert passkeys.usable([old, new], pool) == [new]
    assert passkeys.usable([old, new], a_pool()) == []


def test_made_up_ones_are_stable_and_of_common_makes() -> None:
    made = {made_up.passkey(b"seed", f"sub{number}") for number in range(200)}
    assert made == {made_up.passkey(b"seed", f"sub{number}") for number in range(200)}
    assert len(made) == 200
    assert {(len(credential_id), transports) for credential_id, transports in made} == {
        (16, ("hybrid", "internal")),
        (20, ("hybrid", "internal")),
        (32, ("internal",)),
    }
    assert made_up.passkey(b"other", "sub0") not in made
