"""Which scopes a client is granted, and what they let it see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import scopes
from poolhouse.domain.client import Client
from poolhouse.domain.oauth_error import OAuthError

CUSTOM = frozenset({"api/read", "api/write", "https://things.example.com/own"})
ALLOWED = ["openid", "email", "phone", "profile", "api/read", "gone/read", scopes.SELF_SERVICE_SCOPE]
MACHINE = ["api/write", "api/read", "gone/read"]


def client(*allowed: str, **config: object) -> Client:
    return Client("us-east-1_A", "c", "web", 1.0, 1.0, {"AllowedOAuthScopes": list(allowed), **config})


def refusal(call) -> tuple[str, str]:
    with pytest.raises(OAuthError) as refused:
        call()
    return refused.value.code, refused.value.description


def test_what_was_asked_for_in_its_order_and_once():
    asked = "api/read openid  openid email"
    assert scopes.granted(client(*ALLOWED), CUSTOM, asked) == ("api/read", "openid", "email")


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_all_of_the_clients_where_none_is_asked_for_without_those_that_are_gone(nothing):
    assert scopes.granted(client(*ALLOWED), CUSTOM, nothing) == tuple(s for s in ALLOWED if s != "gone/read")
    assert scopes.granted_to_machine(client(*MACHINE), CUSTOM, nothing and None) == ("api/write", "api/read")


def test_a_scope_of_a_server_that_is_gone_is_left_out_silently():
    assert scopes.granted(client(*ALLOWED), CUSTOM, "openid gone/read") == ("openid",)


@pytest.mark.parametrize("asked", ["openid api/write", "OPENID", "openid offline_access", "openid\tapi/read"])
def test_what_the_client_may_not_have_is_invalid(asked):
    assert refusal(lambda: scopes.granted(client(*ALLOWED), CUSTOM, asked))[0] == "invalid_scope"


@pytest.mark.parametrize("asked", ["email", "phone api/read", "profile"])
def test_claims_of_an_id_token_come_with_openid_only(asked):
    assert refusal(lambda: scopes.granted(client(*ALLOWED), CUSTOM, asked))[0] == "invalid_scope"


def test_a_machine_has_scopes_of_resource_servers_alone():
    machine = client(*MACHINE, "openid")
    assert scopes.granted_to_machine(machine, CUSTOM, "api/read") == ("api/read",)
    for asked, code in (
        ("openid", "invalid_scope"),
        ("gone/read", "invalid_scope"),
        ("nobodys/scope", "invalid_scope"),
        ("https://things.example.com/own", "invalid_grant"),
    ):
        assert refusal(lambda asked=asked: scopes.granted_to_machine(machine, CUSTOM, asked))[0] == code


SHOWN = {
    "openid": "name email email_verified phone_number phone_number_verified custom:x",
    "openid api/read": "name email email_verified phone_number phone_number_verified custom:x",
    "openid email": "email email_verified",
    "openid phone": "phone_number phone_number_verified",
    "openid profile": "name custom:x",
    "openid profile email": "name email email_verified custom:x",
}


@pytest.mark.parametrize(("granted", "shown"), SHOWN.items())
def test_what_scopes_let_see(granted, shown):
    sees = scopes.readable(client(), granted.split())
    assert [name for name in SHOWN["openid"].split() if sees(name)] == shown.split()


def test_scopes_show_nothing_that_the_client_may_not_read():
    sees = scopes.readable(client(ReadAttributes=["email"]), ["openid", "email", "profile"])
    assert sees("email")
    assert not sees("email_verified")
    assert not sees("name")


def test_a_scope_for_an_address_that_the_client_may_not_read_is_refused():
    limited = client(ReadAttributes=["email"])
    scopes.refuse_unreadable(limited, ["openid", "email", "profile"])
    assert refusal(lambda: scopes.refuse_unreadable(limited, ["openid", "phone"])) == ("invalid_grant", "")


@given(st.text())
def test_whatever_is_asked_for_nothing_is_granted_beyond_what_is_allowed(asked):
    for grant in (scopes.granted, scopes.granted_to_machine):
        try:
            given_ = grant(client(*ALLOWED), CUSTOM, asked)
        except OAuthError:
            continue
        assert set(given_) <= set(ALLOWED)
