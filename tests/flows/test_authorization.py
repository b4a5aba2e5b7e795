"""Codes: redeemed once, by whom they were given to; and the tokens that come of them."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from poolhouse.domain.authorization import Authorization
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.errors import NotAuthorizedException, ServiceError
from poolhouse.flows import authorization, tokens
from poolhouse.keys.signing import parse
from support.issuing import CLIENT, OTHER_POOL, POOL, SUB, issuing

URI = "https://app.example.com/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
HOOKS = "support.token_hooks"


@pytest.fixture
def made(store, clock):
    with issuing(store, clock) as made:
        yield made


def allowed(made, **changes):
    values = {
        "pool_id": POOL,
        "client_id": CLIENT,
        "sub": SUB,
        "scopes": ("openid", "email"),
        "redirect_uri": URI,
        "auth_time": made.clock.now(),
        "code_challenge": CHALLENGE,
        "nonce": "n-1",
    }
    return Authorization(**(values | changes))


def redeem(made, code, *, client=None, pool=None, redirect_uri=URI, verifier=VERIFIER):
    return authorization.redeem_code(
        made.call,
        pool or made.pool,
        client or made.client,
        code,
        redirect_uri=redirect_uri,
        verifier=verifier,
    )


def refusal(made, code, **options):
    with pytest.raises(OAuthError) as refused:
        redeem(made, code, **options)
    return refused.value.code


def claims(token):
    return parse(token).claims


def test_tokens_of_a_code(made):
    made.clock.advance(0)
    began = made.clock.now()
    code = authorization.issue_code(made.call, allowed(made, resource="https://api.example.com"))
    made.clock.advance(200)
    given = redeem(made, code)
    access, identity = claims(given.access), claims(given.id)
    assert access["version"] == 2
    assert access["scope"] == "openid email"
    assert access["aud"] == "https://api.example.com"
    assert access["auth_time"] == identity["auth_time"] == int(began)
    assert access["iat"] == int(began) + 200
    assert identity["nonce"] == "n-1"
    assert identity["aud"] == CLIENT
    half = hashlib.sha256(given.access.encode()).digest()[:16]
    assert identity["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert identity["email"] == f"{SUB}@example.com"
    again = tokens.refresh(
        made.call, made.pool, made.client, tokens.find(made.call, made.pool, made.client, given.refresh)
    )
    after = claims(again.access)
    for kept in ("version", "scope", "aud", "auth_time", "event_id", "origin_jti"):
        assert after[kept] == access[kept]
    assert "nonce" not in claims(again.id)


def test_scopes_limit_the_id_token_and_its_being_there(made):
    profile = redeem(made, authorization.issue_code(made.call, allowed(made, scopes=("openid", "profile"))))
    assert "email" not in claims(profile.id)
    bare = redeem(made, authorization.issue_code(made.call, allowed(made, scopes=("api/read",))))
    assert bare.id is None
    assert claims(bare.access)["scope"] == "api/read"
    with pytest.raises(NotAuthorizedException, match="required scopes"):
        made.access_tokens.authorise(bare.access)


def test_the_implicit_flow_has_no_refresh_token(made):
    given = authorization.issue_implicit(made.call, made.pool, made.client, made.user, allowed(made))
    assert given.refresh is None
    assert claims(given.id)["nonce"] == "n-1"
    family = made.store.peek(lambda tx: tx.families.get(POOL, claims(given.access)["event_id"]))
    assert family.expires == made.clock.now() + 3600


def test_attack_a_code_used_twice_ends_what_came_of_it(made):
    code = authorization.issue_code(made.call, allowed(made))
    given = redeem(made, code)
    refreshed = tokens.find(made.call, made.pool, made.client, given.refresh)
    assert refusal(made, code) == "invalid_grant"
    with pytest.raises(NotAuthorizedException, match="revoked"):
        tokens.find(made.call, made.pool, made.client, given.refresh)
    assert made.store.peek(lambda tx: tx.families.get(POOL, refreshed.family.id)).revoked


def test_attack_a_code_used_by_many_at_once_gives_tokens_to_one_at_most_and_revokes_them(made):
    code = authorization.issue_code(made.call, allowed(made))

    def attempt(_):
        try:
            return redeem(made, code)
        except OAuthError as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    given = [each for each in outcomes if not isinstance(each, str)]
    assert len(given) == 1
    assert outcomes.count("invalid_grant") == 7
    with pytest.raises(NotAuthorizedException, match="revoked"):
        tokens.find(made.call, made.pool, made.client, given[0].refresh)


def test_attack_another_clients_code_stays_good_for_its_own(made):
    other = made.add_client("client1")
    code = authorization.issue_code(made.call, allowed(made))
    assert refusal(made, code, client=other) == "invalid_grant"
    assert redeem(made, code).refresh


def test_attack_another_pools_code(made):
    code = authorization.issue_code(made.call, allowed(made))
    pool = made.add_pool(OTHER_POOL)
    twin = replace(made.client, pool_id=OTHER_POOL)
    assert refusal(made, code, pool=pool, client=twin) == "invalid_grant"


@pytest.mark.parametrize(
    "code", ["", "x", "00000000-0000-4000-8000-000000000000", "\ud800", "\x00", "x" * 9999]
)
def test_what_is_no_code(made, code):
    assert refusal(made, code) == "invalid_grant"


def test_an_expired_code(made):
    code = authorization.issue_code(made.call, allowed(made))
    made.clock.advance(300)
    assert refusal(made, code) == "invalid_grant"


def test_what_must_come_with_a_code_and_does_not_use_it_up(made):
    code = authorization.issue_code(made.call, allowed(made))
    assert refusal(made, code, redirect_uri=URI + "/") == "unauthorized_client"
    assert refusal(made, code, redirect_uri=None) == "unauthorized_client"
    assert refusal(made, code, verifier=VERIFIER[::-1]) == "invalid_grant"
    assert refusal(made, code, verifier=None) == "invalid_grant"
    assert redeem(made, code).refresh


def test_a_code_is_stored_as_its_digest(made):
    code = authorization.issue_code(made.call, allowed(made))
    digest = hashlib.sha256(code.encode()).hexdigest()
    stored = made.store.peek(lambda tx: tx.authorization_codes.get(POOL, digest))
    assert code not in repr(stored)


def test_a_user_who_is_disabled_or_gone(made):
    code = authorization.issue_code(made.call, allowed(made))
    made.change_user(enabled=False)
    assert refusal(made, code) == "invalid_grant"
    made.store.write(lambda tx: tx.users.delete(POOL, SUB))
    assert refusal(made, code) == "invalid_grant"


def test_signing_out_everywhere_voids_codes(made):
    code = authorization.issue_code(made.call, allowed(made))
    tokens.sign_out_everywhere(made.call, made.user)
    assert refusal(made, code) == "invalid_grant"


def test_a_scope_for_what_the_client_may_not_read(made):
    limited = made.add_client("client1", ReadAttributes=["name"])
    code = authorization.issue_code(made.call, allowed(made, client_id="client1"))
    assert refusal(made, code, client=limited) == "invalid_grant"


def test_a_trigger_that_refuses_leaves_the_code_good(store, clock):
    with issuing(store, clock, f"{HOOKS}:refuse") as made:
        code = authorization.issue_code(made.call, allowed(made))
        for _ in range(2):
            with pytest.raises(ServiceError, match="not today"):
                redeem(made, code)


def test_the_trigger_hears_of_a_hosted_sign_in(store, clock):
    with issuing(store, clock, f"{HOOKS}:customise") as made:
        given = redeem(made, authorization.issue_code(made.call, allowed(made)))
    assert claims(given.id)["source"] == "TokenGeneration_HostedAuth"
    assert claims(given.id)["saw"]["scopes"] == ["openid", "email"]
    assert claims(given.access)["scope"] == "openid email orders/read"
    assert claims(given.access)["version"] == 2
