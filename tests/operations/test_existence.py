"""PreventUserExistenceErrors: with ENABLED nobody learns who exists (digest «users» §3.7)."""

import pytest

from support.folk import AUTO_BOTH, AUTO_EMAIL, EMAIL, PASSWORD, PHONE, people
from support.refusals import refusal

HIDING = {"PreventUserExistenceErrors": "ENABLED"}
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
DETAILS = {"Destination", "DeliveryMedium", "AttributeName"}
CONFIRMED = {"email": EMAIL, "email_verified": "true"}


def forgot(pool, username):
    return pool.idp.forgot_password(ClientId=pool.client, Username=username)["CodeDeliveryDetails"]


def finish(pool, username, code="wrong!"):
    return pool.idp.confirm_forgot_password(
        ClientId=pool.client, Username=username, ConfirmationCode=code, Password=PASSWORD
    )


def resend(pool, username):
    return pool.idp.resend_confirmation_code(ClientId=pool.client, Username=username)["CodeDeliveryDetails"]


@pytest.fixture
def pool(server):
    """A pool with a user for each reason to be hidden."""
    made = people(server, HIDING, **AUTO_EMAIL)
    made.confirmed("jane", **CONFIRMED)
    made.confirmed("unproved", email="unproved@example.com")
    made.confirmed("disabled", email="disabled@example.com", email_verified="true")
    made.idp.admin_disable_user(UserPoolId=made.pool, Username="disabled")
    made.sign_up("waiting", email="waiting@example.com")
    return made


HIDDEN = ["nobody", "disabled", "unproved", "waiting"]


@pytest.mark.parametrize("name", ["jane", *HIDDEN])
def test_a_forgotten_password_looks_alike_for_all(server, pool, name):
    assert refusal(finish, pool, name) == EXPIRED
    details = forgot(pool, name)
    assert set(details) == DETAILS
    assert (details["DeliveryMedium"], details["AttributeName"]) == ("EMAIL", "email")
    assert len(details["Destination"]) == len("j***@e***")
    assert refusal(finish, pool, name) == MISMATCH
    server.clock.advance(3600)
    assert refusal(finish, pool, name) == EXPIRED
    assert len(server.mails(f"{name}@example.com")) == (name in {"jane", "waiting"})


@pytest.mark.parametrize("name", ["jane", *HIDDEN])
def test_the_limit_is_the_same_for_all(pool, name):
    for _ in range(20):
        forgot(pool, name)
    assert refusal(forgot, pool, name) == LIMIT
    assert refusal(finish, pool, name) == LIMIT


@pytest.mark.parametrize("name", ["waiting", "jane", "nobody", "disabled"])
def test_a_code_sent_again_looks_alike_for_all(server, pool, name):
    before = len(server.mails())
    for _ in range(5):
        details = resend(pool, name)
        assert set(details) == DETAILS
        assert details["DeliveryMedium"] == "EMAIL"
    assert refusal(resend, pool, name) == LIMIT
    assert len(server.mails()) - before == (5 if name == "waiting" else 0)


def test_what_is_made_up_stays_the_same(server, pool):
    assert forgot(pool, "nobody") == forgot(pool, "nobody") == resend(pool, "nobody")
    many = {forgot(pool, f"nobody{number}")["Destination"] for number in range(20)}
    assert len(many) > 10
    elsewhere = people(server, HIDING, **AUTO_EMAIL)
    others = [forgot(elsewhere, f"nobody{number}") for number in range(5)]
    assert others != [forgot(pool, f"nobody{number}") for number in range(5)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("max@firma.de", {"Destination": "m***@f***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}),
        (
            "+4930123456",
            {"Destination": "+*******3456", "DeliveryMedium": "SMS", "AttributeName": "phone_number"},
        ),
    ],
)
def test_a_made_up_delivery_follows_the_typed_name(server, typed, expected):
    pool = people(server, HIDING, UsernameAttributes=["email", "phone_number"], **AUTO_BOTH)
    assert forgot(pool, typed) == expected
    assert resend(pool, typed) == expected


def test_a_password_is_never_set_for_nobody(pool):
    forgot(pool, "nobody")
    seen = {refusal(finish, pool, "nobody", f"{number:06}") for number in range(15)}
    assert seen == {MISMATCH}


@pytest.mark.parametrize("operation", [forgot, finish, resend])
def test_a_client_that_may_know_is_told(pool, operation):
    telling = pool.another_client()
    assert refusal(operation, telling, "nobody") == (
        "UserNotFoundException",
        "Username/client id combination not found.",
    )


@pytest.mark.parametrize("operation", [forgot, resend])
def test_a_disabled_user_is_told_to_a_client_that_may_know(pool, operation):
    assert refusal(operation, pool.another_client(), "disabled") == (
        "NotAuthorizedException",
        "User is disabled.",
    )


def test_administrators_always_know(pool):
    assert refusal(pool.get, "nobody") == ("UserNotFoundException", "User does not exist.")


def test_an_alias_of_nobody_is_nobody(server):
    pool = people(server, HIDING, AliasAttributes=["email"], **AUTO_EMAIL)
    pool.sign_up("jane", email=EMAIL)
    assert forgot(pool, EMAIL)["Destination"] == "j***@e***"
    assert len(server.mails(EMAIL)) == 1, "that of the sign-up"
    assert PHONE not in str(forgot(pool, PHONE))
