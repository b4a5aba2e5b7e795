"""Tokens issued, refreshed, revoked."""

from dataclasses import replace

import pytest

from poolhouse.domain.client import Client
from poolhouse.errors import NotAuthorizedException, RefreshTokenReuseException, ServiceError
from poolhouse.flows import tokens
from poolhouse.keys.signing import parse
from poolhouse.store.engine import Link
from support.issuing import CLIENT, OTHER_POOL, POOL, SUB, URL, issuing

SIGN_IN = "TokenGeneration_Authentication"
HOOKS = "support.token_hooks"


@pytest.fixture
def made(store, clock):
    with issuing(store, clock) as made:
        yield made


def issue(made, client=None, **options):
    return tokens.issue(made.call, made.pool, client or made.client, made.user, source=SIGN_IN, **options)


def claims(token):
    return parse(token).claims


def find(made, refresh_token, client=None, **options):
    return tokens.find(made.call, made.pool, client or made.client, refresh_token, **options)


def refusal(made, refresh_token, client=None, **options):
    with pytest.raises(ServiceError) as refused:
        find(made, refresh_token, client, **options)
    return refused.value


def test_the_tokens_of_a_sign_in_belong_together(made):
    given = issue(made)
    access, identity = claims(given.access), claims(given.id)
    assert given.expires_in == 3600
    assert access["iss"] == identity["iss"] == f"{URL}/{POOL}"
    for shared in ("sub", "event_id", "origin_jti", "auth_time", "iat"):
        assert access[shared] == identity[shared]
    assert access["jti"] != identity["jti"]
    assert (access["client_id"], identity["aud"]) == (CLIENT, CLIENT)
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert identity["email_verified"] is True
    assert made.signing.verified(parse(given.id), POOL, "id")
    assert made.access_tokens.authorise(given.access).user.sub == SUB


def test_a_refresh_keeps_what_names_the_sign_in(made):
    first = issue(made)
    made.clock.advance(1000)
    made.change_user(attributes={"email": "new@example.com"})
    again = tokens.refresh(made.call, made.pool, made.client, find(made, first.refresh))
    assert again.refresh is None
    before, after = claims(first.access), claims(again.access)
    for kept in ("auth_time", "origin_jti", "event_id", "sub", "scope"):
        assert after[kept] == before[kept]
    assert after["jti"] != before["jti"]
    assert (after["iat"], after["exp"]) == (before["iat"] + 1000, before["exp"] + 1000)
    assert claims(again.id)["email"] == "new@example.com"
    made.access_tokens.authorise(again.access)
    made.access_tokens.authorise(first.access)


def test_one_statement_finds_whom_a_refresh_token_stands_for(made, monkeypatch):
    given, asked, statement = issue(made), [], Link.all
    monkeypatch.setattr(Link, "all", lambda *args, **values: asked.append(args) or statement(*args, **values))
    assert find(made, given.refresh).user.sub == SUB
    assert len(asked) == 1


def test_no_origin_where_the_client_forbids_revocation(made):
    client = made.add_client("client1", EnableTokenRevocation=False)
    given = issue(made, client)
    assert "origin_jti" not in claims(given.access)
    assert "event_id" in claims(given.access)
    made.access_tokens.authorise(given.access)


def test_attack_other_clients_refresh_token(made):
    other = made.add_client("client1")
    refused = refusal(made, issue(made, other).refresh)
    assert isinstance(refused, NotAuthorizedException)
    assert refused.message == "Invalid Refresh Token"


def test_attack_other_pools_refresh_token(made):
    given = issue(made)
    other_pool = made.add_pool(OTHER_POOL)
    twin = Client(OTHER_POOL, CLIENT, "web", 1.0, 1.0, {})
    with pytest.raises(NotAuthorizedException, match="Invalid Refresh Token"):
        tokens.find(made.call, other_pool, twin, given.refresh)


def test_garbage_and_other_kinds_of_token(made):
    given = issue(made)
    for text in ("", "a.b.c.d.e", given.access, given.id, given.refresh[:-3], "x" + given.refresh):
        assert refusal(made, text).message == "Invalid Refresh Token"


def test_expired(made):
    units = {"RefreshToken": "minutes"}
    client = made.add_client("client1", RefreshTokenValidity=60, TokenValidityUnits=units)
    given = issue(made, client)
    made.clock.advance(3599)
    find(made, given.refresh, client)
    made.clock.advance(1)
    assert refusal(made, given.refresh, client).message == "Refresh Token has expired"


def test_revoking_a_family_kills_all_its_tokens_and_no_others(made):
    given, other = issue(made), issue(made)
    refreshed = tokens.refresh(made.call, made.pool, made.client, find(made, given.refresh))
    family = find(made, given.refresh).family
    for _ in range(2):
        tokens.revoke_family(made.call, family)
    tokens.revoke_family(made.call, replace(family, id="never there"))
    for access in (given.access, refreshed.access):
        with pytest.raises(NotAuthorizedException, match="Access Token has been revoked"):
            made.access_tokens.authorise(access)
    assert refusal(made, given.refresh).message == "Refresh Token has been revoked"
    made.access_tokens.authorise(other.access)
    find(made, other.refresh)


def test_signing_out_everywhere_spares_the_sign_in_of_the_same_second(made):
    before = [issue(made), issue(made)]
    tokens.sign_out_everywhere(made.call, made.user)
    after = issue(made)
    assert claims(after.access)["iat"] == claims(before[0].access)["iat"]
    for given in before:
        with pytest.raises(NotAuthorizedException, match="Access Token has been revoked"):
            made.access_tokens.authorise(given.access)
        assert refusal(made, given.refresh).message == "Refresh Token has been revoked"
    made.access_tokens.authorise(after.access)
    find(made, after.refresh)


def test_disabled_and_deleted_users_refresh_nothing(made):
    given = issue(made)
    made.change_user(enabled=False)
    assert refusal(made, given.refresh).message == "User is disabled."
    made.store.write(lambda tx: tx.users.delete(POOL, SUB))
    assert refusal(made, given.refresh).message == "Invalid Refresh Token"


# --- rotation ------------------------------------------------------------------------------------------------


def rotating(made, grace=0):
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    return made.add_client(f"rotating{grace}", RefreshTokenRotation=rotation)


def rotate(made, client, refresh_token):
    grant = find(made, refresh_token, client, rotating=True)
    return tokens.refresh(made.call, made.pool, client, grant).refresh


def test_a_rotated_token_is_dead_at_once_without_grace(made):
    client = rotating(made)
    first = issue(made, client).refresh
    second = rotate(made, client, first)
    assert isinstance(refusal(made, first, client, rotating=True), RefreshTokenReuseException)
    assert refusal(made, second, client, rotating=True).message == "Refresh Token has been revoked"


def test_each_rotation_gives_another_token(made):
    client = rotating(made)
    first = issue(made, client).refresh
    second = rotate(made, client, first)
    third = rotate(made, client, second)
    assert len({first, second, third}) == 3
    find(made, third, client, rotating=True)


def test_attack_a_stolen_refresh_token_used_after_its_rotation_ends_the_sign_in(made):
    """RFC 9700 §4.14.2: it is not known who of the two is the thief. Other sign-ins go on."""
    client = rotating(made)
    other, given = issue(made, client), issue(made, client)
    grant = find(made, given.refresh, client, rotating=True)
    fresh = tokens.refresh(made.call, made.pool, client, grant)
    assert isinstance(refusal(made, given.refresh, client, rotating=True), RefreshTokenReuseException)
    for access in (given.access, fresh.access):
        with pytest.raises(NotAuthorizedException, match="Access Token has been revoked"):
            made.access_tokens.authorise(access)
    for refresh_token in (given.refresh, fresh.refresh):
        refused = refusal(made, refresh_token, client, rotating=True)
        assert refused.message == "Refresh Token has been revoked"
    made.access_tokens.authorise(other.access)
    find(made, other.refresh, client, rotating=True)


def test_a_stranger_who_presents_it_ends_nothing(made):
    client, stranger = rotating(made), rotating(made, 5)
    first = issue(made, client).refresh
    second = rotate(made, client, first)
    assert refusal(made, first, stranger, rotating=True).message == "Invalid Refresh Token"
    find(made, second, client, rotating=True)


def test_within_its_grace_a_rotated_token_gives_the_one_that_took_its_place(made):
    client = rotating(made, 30)
    first = issue(made, client).refresh
    second = rotate(made, client, first)
    made.clock.advance(29)
    again = rotate(made, client, first)
    for good in (second, again):
        find(made, good, client, rotating=True)
    made.clock.advance(1)
    assert isinstance(refusal(made, first, client, rotating=True), RefreshTokenReuseException)


def test_rotation_inherits_the_remaining_life(made):
    client = made.add_client(
        "short",
        RefreshTokenRotation={"Feature": "ENABLED"},
        RefreshTokenValidity=1,
        TokenValidityUnits={"RefreshToken": "hours"},
    )
    refresh_token = issue(made, client).refresh
    made.clock.advance(3000)
    refresh_token = rotate(made, client, refresh_token)
    made.clock.advance(600)
    assert refusal(made, refresh_token, client, rotating=True).message == "Refresh Token has expired"


def test_of_two_who_rotate_at_once_without_grace_one_wins(made):
    client = rotating(made)
    grant = find(made, issue(made, client).refresh, client, rotating=True)
    tokens.refresh(made.call, made.pool, client, grant)
    with pytest.raises(RefreshTokenReuseException):
        tokens.refresh(made.call, made.pool, client, grant)
    assert find_family(made, grant).revoked, "and the sign-in ends, for it may have been a thief"


def find_family(made, grant):
    return made.store.peek(lambda tx: tx.families.get(POOL, grant.family.id))


def test_an_operation_that_cannot_rotate_refuses_a_rotating_client(made):
    client = rotating(made)
    assert refusal(made, issue(made, client).refresh, client).message == "Invalid Refresh Token"


def test_tokens_rotated_before_rotation_was_switched_off_are_invalid(made):
    client = rotating(made)
    first = issue(made, client).refresh
    second = rotate(made, client, first)
    off = replace(client, config={})
    find(made, second, off)
    assert refusal(made, first, off).message == "Invalid Refresh Token"


# --- PreTokenGeneration --------------------------------------------------------------------------------------


def test_the_trigger_shapes_both_tokens_and_touches_nothing_reserved(store, clock):
    with issuing(store, clock, trigger=f"{HOOKS}:customise") as made:
        given = issue(made, client_metadata={"a": "b"})
        identity, access = claims(given.id), claims(given.access)
        assert (identity["plan"], identity["sub"], identity["iss"]) == ("gold", SUB, f"{URL}/{POOL}")
        assert identity["source"] == SIGN_IN
        assert identity["saw"] == {"scopes": ["aws.cognito.signin.user.admin"], "metadata": {"a": "b"}}
        assert "email" not in identity
        assert access["plan"] == ["a", 1]
        assert access["token_use"] == "access"
        assert access["scope"] == "aws.cognito.signin.user.admin orders/read"
        assert access["cognito:groups"] == identity["cognito:groups"] == ["vips"]
        made.access_tokens.authorise(given.access)
        again = tokens.refresh(made.call, made.pool, made.client, find(made, given.refresh))
        assert claims(again.id)["source"] == "TokenGeneration_RefreshTokens"
        assert claims(again.access)["scope"] == access["scope"]


def test_a_trigger_that_refuses_leaves_no_family(store, clock):
    with issuing(store, clock, trigger=f"{HOOKS}:refuse") as made:
        with pytest.raises(ServiceError, match=r"PreTokenGeneration failed with error not today\."):
            issue(made)
        assert store.write(lambda tx: tx.families.revoke_user(POOL, SUB, 1.0)) == 0
