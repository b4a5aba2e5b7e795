"""What each operation does in each state of a user, cell by cell (digest «users» §3.6)."""

import pytest

from support.folk import AUTO_EMAIL, EMAIL, PASSWORD, people
from support.refusals import refusal

NEW = "Another-Horse-9"
STATES = ("UNCONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "disabled")
WRONG_STATE = ("NotAuthorizedException", "User password cannot be reset in the current state.")
DISABLED = ("NotAuthorizedException", "User is disabled.")
NO_ADDRESS = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)
CONFIRMED_ALREADY = ("InvalidParameterException", "User is already confirmed.")
RESET_FIRST = ("PasswordResetRequiredException", "Password reset required for the user")
UNSUPPORTED = (
    "UnsupportedUserStateException",
    "Resend not possible. jane status is not FORCE_CHANGE_PASSWORD",
)
UNCONFIRMABLE = tuple(
    ("NotAuthorizedException", f"User cannot be confirmed. Current status is {status}")
    for status in ("CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "CONFIRMED")
)


def put(pool, state):
    """Make jane a user in that state, with a verified address where there can be one."""
    if state == "UNCONFIRMED":
        pool.sign_up("jane", email=EMAIL)
        return
    pool.create("jane", {"email": EMAIL, "email_verified": "true"}, TemporaryPassword=PASSWORD)
    if state != "FORCE_CHANGE_PASSWORD":
        pool.set_password("jane")
    if state == "RESET_REQUIRED":
        reset(pool)
    if state == "disabled":
        pool.idp.admin_disable_user(UserPoolId=pool.pool, Username="jane")


def sign_in(pool):
    pool.sign_in("jane")


def confirm(pool):
    pool.confirm("jane", pool.server.code(EMAIL) if pool.server.mails(EMAIL) else "123456")


def admin_confirm(pool):
    pool.idp.admin_confirm_sign_up(UserPoolId=pool.pool, Username="jane")


def resend(pool):
    pool.idp.resend_confirmation_code(ClientId=pool.client, Username="jane")


def forgot(pool):
    pool.idp.forgot_password(ClientId=pool.client, Username="jane")


def reset(pool):
    pool.idp.admin_reset_user_password(UserPoolId=pool.pool, Username="jane")


def set_for_good(pool):
    pool.set_password("jane", NEW)


def set_for_once(pool):
    pool.set_password("jane", NEW, permanent=False)


def invite_again(pool):
    pool.idp.admin_create_user(UserPoolId=pool.pool, Username="jane", MessageAction="RESEND")


# For each operation, what becomes of a user in each of STATES: the new status, or the refusal.
CELLS = {
    sign_in: (
        ("UserNotConfirmedException", "User is not confirmed."),
        "CONFIRMED",
        "FORCE_CHANGE_PASSWORD",
        RESET_FIRST,
        DISABLED,
    ),
    confirm: ("CONFIRMED", *UNCONFIRMABLE),
    admin_confirm: ("CONFIRMED", *UNCONFIRMABLE),
    resend: ("UNCONFIRMED", CONFIRMED_ALREADY, CONFIRMED_ALREADY, CONFIRMED_ALREADY, DISABLED),
    forgot: (NO_ADDRESS, "CONFIRMED", WRONG_STATE, "RESET_REQUIRED", DISABLED),
    reset: (
        WRONG_STATE,
        "RESET_REQUIRED",
        WRONG_STATE,
        "RESET_REQUIRED",
        ("NotAuthorizedException", "User is disabled"),
    ),
    set_for_good: ("CONFIRMED",) * 5,
    set_for_once: ("FORCE_CHANGE_PASSWORD",) * 5,
    invite_again: (UNSUPPORTED, UNSUPPORTED, "FORCE_CHANGE_PASSWORD", UNSUPPORTED, UNSUPPORTED),
}


@pytest.mark.parametrize(
    ("operation", "state", "outcome"),
    [
        pytest.param(operation, state, outcome, id=f"{operation.__name__}-{state}")
        for operation, outcomes in CELLS.items()
        for state, outcome in zip(STATES, outcomes, strict=True)
    ],
)
def test_cell(server, operation, state, outcome):
    pool = people(server, **AUTO_EMAIL)
    put(pool, state)
    before = pool.get("jane")
    if isinstance(outcome, tuple):
        assert refusal(operation, pool) == outcome
        after = pool.get("jane")
        assert (after["UserStatus"], after["attributes"]) == (before["UserStatus"], before["attributes"])
    else:
        operation(pool)
        assert pool.status("jane") == outcome
    assert pool.get("jane")["Enabled"] is (state != "disabled")


def finish(pool):
    pool.idp.confirm_forgot_password(
        ClientId=pool.client,
        Username="jane",
        ConfirmationCode=pool.server.code(EMAIL),
        Password=NEW,
    )


@pytest.mark.parametrize("state", ["CONFIRMED", "RESET_REQUIRED"])
def test_a_forgotten_password_ends_confirmed(server, state):
    pool = people(server, **AUTO_EMAIL)
    put(pool, state)
    server.clock.advance(1)
    forgot(pool)
    assert pool.status("jane") == state
    finish(pool)
    assert pool.status("jane") == "CONFIRMED"
    assert pool.token("jane", NEW)
    assert refusal(pool.sign_in, "jane") == ("NotAuthorizedException", "Incorrect username or password.")


def test_an_unconfirmed_user_with_a_verified_address_recovers(server):
    pool = people(server, **AUTO_EMAIL)
    put(pool, "UNCONFIRMED")
    pool.idp.admin_update_user_attributes(
        UserPoolId=pool.pool, Username="jane", UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    server.clock.advance(1)
    forgot(pool)
    finish(pool)
    assert pool.status("jane") == "CONFIRMED"


def test_an_administrators_reset_ends_the_old_password(server):
    pool = people(server, **AUTO_EMAIL)
    put(pool, "CONFIRMED")
    reset(pool)
    assert refusal(pool.sign_in, "jane") == RESET_FIRST
    finish(pool)
    assert pool.token("jane", NEW)


def test_a_password_for_one_sign_in(server):
    pool = people(server)
    put(pool, "CONFIRMED")
    set_for_once(pool)
    assert pool.sign_in("jane", NEW)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    server.clock.advance(7 * 24 * 3600)
    assert refusal(pool.sign_in, "jane", NEW) == (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    )


def test_a_password_that_an_administrator_sets_ends_the_code_for_another(server):
    pool = people(server, **AUTO_EMAIL)
    put(pool, "CONFIRMED")
    forgot(pool)
    pool.set_password("jane", NEW)
    assert refusal(finish, pool) == (
        "ExpiredCodeException",
        "Invalid code provided, please request a code again.",
    )
