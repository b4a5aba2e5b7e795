"""Access tokens: the order of checks, their texts, and the attacks."""

import base64
import hmac
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import RSAKey

from poolhouse.domain.claims import SELF_SERVICE_SCOPE
from poolhouse.domain.user import Status
from poolhouse.errors import (
    NotAuthorizedException,
    PasswordResetRequiredException,
    ResourceNotFoundException,
    UserNotConfirmedException,
    UserNotFoundException,
)
from support.issuing import CLIENT, OTHER_POOL, POOL, SUB, URL, issuing

INVALID = "Invalid Access Token"


@pytest.fixture
def made(store, clock):
    with issuing(store, clock) as made:
        made.family()
        yield made


def claims_of(made, **changes):
    now = int(made.clock.now())
    claims = {
        "sub": SUB,
        "iss": f"{URL}/{POOL}",
        "client_id": CLIENT,
        "event_id": "event-1",
        "token_use": "access",
        "scope": SELF_SERVICE_SCOPE,
        "exp": now + 3600,
        "iat": now,
        "username": "name",
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def token_of(made, **changes):
    return made.signing.sign(POOL, "access", claims_of(made, **changes))


def refusal(made, token):
    with pytest.raises(NotAuthorizedException) as refused:
        made.access_tokens.authorise(token)
    return refused.value.message


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def kid_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]


def test_a_good_token_proves_its_user(made):
    token = token_of(made)
    for _ in range(2):
        caller = made.access_tokens.authorise(token)
        assert (caller.pool.id, caller.client.id, caller.user.sub) == (POOL, CLIENT, SUB)
        assert caller.claims["event_id"] == "event-1"


def test_attack_changed_payload(made):
    header, _, signature = token_of(made).split(".")
    changed = part(claims_of(made, sub="somebody-else"))
    assert refusal(made, f"{header}.{changed}.{signature}") == INVALID


def test_attack_changed_signature(made):
    header, payload, signature = token_of(made).split(".")
    assert refusal(made, f"{header}.{payload}.{'A' * len(signature)}") == INVALID
    assert refusal(made, f"{header}.{payload}.") == INVALID


@pytest.mark.parametrize("alg", ["none", "None", "", None, "RS256 ", ["RS256"], "HS256", "PS256"])
def test_attack_alg_none(made, alg):
    token = token_of(made)
    _, payload, signature = token.split(".")
    for end in ("", signature):
        assert refusal(made, f"{part({'kid': kid_of(token), 'alg': alg})}.{payload}.{end}") == INVALID


def test_attack_hs256_with_the_public_key_as_secret(made):
    for key in made.signing.jwks(POOL)["keys"]:
        public = RSAKey.import_key(key).public_key
        for secret in (
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(key).encode(),
        ):
            signed = f"{part({'kid': key['kid'], 'alg': 'HS256'})}.{part(claims_of(made))}"
            forged = f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256'))}"
            assert refusal(made, forged) == INVALID


@pytest.mark.parametrize(
    "extra",
    [
        {"typ": "JWT"},
        {"jku": "https://evil.example.com/jwks.json"},
        {"jwk": {"kty": "RSA"}},
        {"x5u": "https://evil.example.com"},
        {"x5c": ["MII"]},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"zip": "DEF"},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_attack_header_with_more_than_ours(made, extra):
    token = token_of(made)
    _, payload, signature = token.split(".")
    changed = part({"kid": kid_of(token), "alg": "RS256"} | extra)
    assert refusal(made, f"{changed}.{payload}.{signature}") == INVALID


def test_attack_own_key(made):
    own = RSAKey.import_key(generate_private_key(65537, 2048))
    kid = kid_of(token_of(made))
    for more in ({}, {"jwk": own.as_dict(private=False)}):
        forged = jws.serialize_compact(
            {"kid": kid, "alg": "RS256"} | more, json.dumps(claims_of(made)), own, algorithms=["RS256"]
        )
        assert refusal(made, forged) == INVALID


@pytest.mark.parametrize("kid", ["unknown", "", None, 7, ["a"], "../../etc/passwd", "' OR 1=1 --", "é"])
def test_attack_unknown_kid(made, kid):
    _, payload, signature = token_of(made).split(".")
    assert refusal(made, f"{part({'kid': kid, 'alg': 'RS256'})}.{payload}.{signature}") == INVALID


def test_attack_another_pools_token(made):
    made.add_pool(OTHER_POOL)
    assert refusal(made, made.signing.sign(OTHER_POOL, "access", claims_of(made))) == INVALID
    # Honest about its pool, it is good; but such a user is not in that pool.
    honest = made.signing.sign(OTHER_POOL, "access", claims_of(made, iss=f"{URL}/{OTHER_POOL}"))
    with pytest.raises(UserNotFoundException):
        made.access_tokens.authorise(honest)


@pytest.mark.parametrize(
    "issuer",
    [
        None,
        7,
        "",
        POOL,
        f"https://evil.example.com/{POOL}",
        f"{URL}/{POOL}/",
        f"{URL}/us-east-1_None",
        f"{URL}/",
        f"{URL}//{POOL}",
        f"http://id.example.com/{POOL}",
        f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}",
        [f"{URL}/{POOL}"],
    ],
)
def test_attack_another_issuer(made, issuer):
    assert refusal(made, token_of(made, iss=issuer)) == INVALID


def test_attack_id_token_given(made):
    assert refusal(made, made.signing.sign(POOL, "id", claims_of(made, token_use="id"))) == INVALID
    assert refusal(made, made.signing.sign(POOL, "id", claims_of(made))) == INVALID


def test_expired(made):
    token, fresh = token_of(made), token_of(made, exp=int(made.clock.now()) + 7200)
    made.access_tokens.authorise(token)
    made.clock.advance(3599)
    made.access_tokens.authorise(token)
    made.clock.advance(1)
    assert refusal(made, token) == "Access Token has expired"
    made.access_tokens.authorise(fresh)
    made.clock.advance(7200)
    assert refusal(made, fresh) == "Access Token has expired"
    assert refusal(made, token_of(made, exp=1)) == "Access Token has expired"


def test_attack_forged_and_expired_is_invalid_first(made):
    header, _, signature = token_of(made).split(".")
    assert refusal(made, f"{header}.{part(claims_of(made, exp=1))}.{signature}") == INVALID


def test_issued_in_the_future_is_fine(made):
    now = int(made.clock.now())
    made.access_tokens.authorise(token_of(made, iat=now + 500, auth_time=now + 500))


def test_revoked_wins_over_scope_and_standing(made):
    token = token_of(made, scope="openid")
    assert refusal(made, token) == "Access Token does not have required scopes"
    made.store.write(lambda tx: tx.families.revoke_user(POOL, SUB, made.clock.now()))
    made.change_user(enabled=False)
    assert refusal(made, token) == "Access Token has been revoked"


@pytest.mark.parametrize(
    "scope", [None, "", "openid email", f"{SELF_SERVICE_SCOPE}istrator", f"x{SELF_SERVICE_SCOPE}"]
)
def test_missing_scope_wins_over_standing(made, scope):
    made.change_user(enabled=False)
    assert refusal(made, token_of(made, scope=scope)) == "Access Token does not have required scopes"


def test_the_scope_among_others(made):
    made.access_tokens.authorise(token_of(made, scope=f"openid {SELF_SERVICE_SCOPE} email"))


def test_one_family_revoked_leaves_one_of_the_same_second(made):
    first = token_of(made)
    made.access_tokens.authorise(first)
    made.store.write(lambda tx: tx.families.revoke_user(POOL, SUB, made.clock.now()))
    made.family("event-2")
    assert refusal(made, first) == "Access Token has been revoked"
    made.access_tokens.authorise(token_of(made, event_id="event-2"))


def test_disabled_unconfirmed_and_reset_users(made):
    token = token_of(made)
    made.access_tokens.authorise(token)
    made.change_user(enabled=False)
    assert refusal(made, token) == "User is disabled."
    made.change_user(enabled=True, status=Status.UNCONFIRMED)
    with pytest.raises(UserNotConfirmedException, match=r"User is not confirmed\."):
        made.access_tokens.authorise(token)
    made.change_user(status=Status.RESET_REQUIRED)
    with pytest.raises(PasswordResetRequiredException, match="Password reset required for the user"):
        made.access_tokens.authorise(token)


def test_deleted_user(made):
    token = token_of(made)
    made.access_tokens.authorise(token)
    made.store.write(lambda tx: tx.users.delete(POOL, SUB))
    with pytest.raises(UserNotFoundException, match=r"User does not exist\."):
        made.access_tokens.authorise(token)


def test_attack_token_of_another_users_family(made):
    other = made.add_user("0b1e1f8e-0d2c-4b0e-8d53-3f6a1c1b2a02")
    with pytest.raises(UserNotFoundException):
        made.access_tokens.authorise(token_of(made, sub=other.sub))


def test_deleted_client_and_pool(made):
    token = token_of(made)
    made.access_tokens.authorise(token)
    made.store.write(lambda tx: tx.clients.delete(POOL, CLIENT))
    made.clock.advance(2)
    with pytest.raises(ResourceNotFoundException, match=f"User pool client {CLIENT} does not exist."):
        made.access_tokens.authorise(token)
    made.store.write(lambda tx: tx.pools.delete(POOL))
    made.clock.advance(2)
    assert refusal(made, token) == INVALID


OURS = part({"kid": "k", "alg": "RS256"})


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "....",
        "é.b.c",
        "\ud800.b.c",
        "a" * 500_000,
        "a." * 100_000,
        "W10.W10.",
        "e30.e30.e30",
        "bnVsbA.bnVsbA.bnVsbA",
        "IiI.IiI.IiI",
        f"{part(b'[' * 300)}.{part(b'[' * 90_000)}.AAAA",
        f"{OURS}.{part(b'[' * 90_000)}.AAAA",
        f"{OURS}.{part(b'9' * 90_000)}.AAAA",
        f"{OURS}.{part(bytes([255]))}.AAAA",
        f"{OURS}.{part([])}.AAAA",
        f"{OURS}.{part({'iss': {'a': 1}})}.AAAA",
        f"{OURS}.*.AAAA",
    ],
    ids=lambda token: ascii(token[:20]),
)
def test_attack_no_token_at_all(made, token):
    assert refusal(made, token) == INVALID


def test_attack_parts_twice(made):
    token = token_of(made)
    header, payload, signature = token.split(".")
    odd = [f"{token}.{signature}", f"{token}.{token}", f"{header}.{payload}.{payload}.{signature}"]
    for text in [*odd, f"{token}.", f".{token}"]:
        assert refusal(made, text) == INVALID


def test_remembered_tokens_are_bounded(made, monkeypatch):
    monkeypatch.setattr("poolhouse.access.access_token._REMEMBERED", 2)
    first, second, third = (token_of(made, jti=str(n)) for n in range(3))
    for token in (first, second, first, third):
        made.access_tokens.authorise(token)
    assert list(made.access_tokens._verified) == [first, third]
    made.access_tokens.authorise(token_of(made, filler="x" * 9000))
    assert list(made.access_tokens._verified) == [first, third]
