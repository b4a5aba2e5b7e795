"""ChangePassword and AdminSetUserPassword (digest «users» §3.8, §3.9)."""

from functools import partial

import pytest
from botocore.exceptions import ClientError

from support.folk import AUTO_EMAIL, EMAIL, PASSWORD, people
from support.people import at_once
from support.refusals import refusal

NEW = "Another-Horse-9"
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


@pytest.fixture
def pool(server):
    made = people(server)
    made.confirmed("jane", email=EMAIL)
    return made


def change(pool, token, proposed=NEW, previous=PASSWORD):
    given = {} if previous is None else {"PreviousPassword": previous}
    return pool.idp.change_password(AccessToken=token, ProposedPassword=proposed, **given)


def test_a_change(pool):
    token = pool.token("jane")
    assert set(change(pool, token)) == {"ResponseMetadata"}
    assert refusal(pool.sign_in, "jane") == WRONG
    assert pool.token("jane", NEW)
    assert pool.idp.get_user(AccessToken=token)["Username"] == "jane", "sessions stay valid"


@pytest.mark.parametrize("previous", ["Wrong-Horse-9", None])
def test_the_previous_password_is_wrong_or_missing(pool, previous):
    assert refusal(change, pool, pool.token("jane"), previous=previous) == WRONG
    assert pool.token("jane")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Sh0rt-1", "Password not long enough"),
        ("correct-horse-9", "Password must have uppercase characters"),
        ("CORRECT-HORSE-9", "Password must have lowercase characters"),
        ("Correct-Horse", "Password must have numeric characters"),
        ("CorrectHorse9", "Password must have symbol characters"),
    ],
)
def test_a_password_that_breaks_the_policy(pool, password, reason):
    expected = ("InvalidPasswordException", f"Password does not conform to policy: {reason}")
    assert refusal(change, pool, pool.token("jane"), password) == expected
    assert refusal(pool.set_password, "jane", password) == expected


def test_five_changes_an_hour(server, pool):
    token = pool.token("jane")
    for _ in range(5):
        assert refusal(change, pool, token, previous="Wrong-Horse-9") == WRONG
    assert refusal(change, pool, token) == (
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
    )
    server.clock.advance(3600)
    change(pool, pool.token("jane"))


def test_a_user_without_a_password_gets_one(server):
    factors = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    pool = people(server, Policies=factors, **AUTO_EMAIL)
    pool.create("jane", {"email": EMAIL, "email_verified": "true"})
    assert refusal(pool.sign_in, "jane") == WRONG
    pool.idp.forgot_password(ClientId=pool.client, Username="jane")
    pool.idp.confirm_forgot_password(
        ClientId=pool.client, Username="jane", ConfirmationCode=server.code(EMAIL), Password=NEW
    )
    assert pool.token("jane", NEW)


def test_a_token_that_is_none(pool):
    assert refusal(change, pool, "x") == ("NotAuthorizedException", "Invalid Access Token")


def test_an_administrator_sets_a_password(pool):
    pool.set_password("jane", NEW)
    assert pool.token("jane", NEW)
    assert refusal(pool.sign_in, "jane") == WRONG


def test_permanent_is_false_by_default(pool):
    pool.idp.admin_set_user_password(UserPoolId=pool.pool, Username="jane", Password=NEW)
    assert pool.status("jane") == "FORCE_CHANGE_PASSWORD"


def test_a_user_that_is_not_there(pool):
    assert refusal(pool.set_password, "nobody") == ("UserNotFoundException", "User does not exist.")


@pytest.mark.parametrize(
    "password", ["p\xe4ssw\xf6rd-\u2167-P1", "\u5bc6\u7801Abc-12345", "P1-" + "x" * 253, "Aa1\\'\";--${x}"]
)
def test_passwords_of_every_kind(pool, password):
    pool.set_password("jane", password)
    assert pool.token("jane", password)
    assert refusal(pool.sign_in, "jane", password[:-1]) == WRONG


def test_no_password_reaches_the_log(server, pool):
    change(pool, pool.token("jane"))
    log = b"".join(server.log).decode()
    assert PASSWORD not in log
    assert NEW not in log


def test_passwords_set_at_the_same_moment_are_all_remembered(server):
    """The history is that of the password replaced, which another request may have replaced before."""
    pool = people(server, Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 24}})
    pool.confirmed("jane", email=EMAIL)
    wanted = [f"Another-Horse-{number}" for number in range(4)]
    results = at_once(*(partial(pool.set_password, "jane", password) for password in wanted))
    assert results == [None] * 4
    for used in (PASSWORD, *wanted):
        assert refusal(pool.set_password, "jane", used)[0] == "PasswordHistoryPolicyViolationException"


def test_of_many_changes_at_the_same_moment_one_had_the_right_password(pool):
    token = pool.token("jane")
    results = at_once(*(partial(change, pool, token, f"Another-Horse-{number}") for number in range(4)))
    failed = [each for each in results if isinstance(each, ClientError)]
    assert [each.response["Error"]["Code"] for each in failed] == ["NotAuthorizedException"] * 3
