"""ForgotPassword, ConfirmForgotPassword and AdminResetUserPassword (digest «users» §3.4, §3.9)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.folk import AUTO_BOTH, AUTO_EMAIL, EMAIL, PASSWORD, PHONE, people
from support.refusals import refusal

NEW = "Another-Horse-9"
HOUR = 3600
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
NO_ADDRESS = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)
BOTH = {"email": EMAIL, "email_verified": "true", "phone_number": PHONE, "phone_number_verified": "true"}
TO_EMAIL = {"Destination": "j***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
TO_PHONE = {"Destination": "+*******4567", "DeliveryMedium": "SMS", "AttributeName": "phone_number"}


def recovery(*names):
    mechanisms = [{"Priority": number, "Name": name} for number, name in enumerate(names, 1)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}}


def forgot(pool, username="jane"):
    return pool.idp.forgot_password(ClientId=pool.client, Username=username)["CodeDeliveryDetails"]


def finish(pool, code, password=NEW, username="jane"):
    return pool.idp.confirm_forgot_password(
        ClientId=pool.client, Username=username, ConfirmationCode=code, Password=password
    )


def reset(pool, username="jane"):
    return pool.idp.admin_reset_user_password(UserPoolId=pool.pool, Username=username)


@pytest.fixture
def pool(server):
    made = people(server, **AUTO_EMAIL)
    made.confirmed("jane", email=EMAIL, email_verified="true")
    return made


def test_the_code_sets_a_password(server, pool):
    assert forgot(pool) == TO_EMAIL
    assert pool.token("jane"), "the old password is good until then"
    assert set(finish(pool, server.code(EMAIL))) == {"ResponseMetadata"}
    assert pool.token("jane", NEW)
    assert pool.get("jane")["attributes"]["email_verified"] == "true"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({}, TO_PHONE),
        (recovery("verified_email"), TO_EMAIL),
        (recovery("verified_email", "verified_phone_number"), TO_EMAIL),
        (recovery("verified_phone_number", "verified_email"), TO_PHONE),
    ],
)
def test_where_the_code_goes(server, setting, expected):
    pool = people(server, **AUTO_BOTH, **setting)
    pool.confirmed("jane", **BOTH)
    assert forgot(pool) == expected


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ({}, {}),
        ({}, {"email": EMAIL}),
        ({}, {"email": EMAIL, "email_verified": "false"}),
        (recovery("verified_phone_number"), {"email": EMAIL, "email_verified": "true"}),
    ],
)
def test_no_address_that_counts(server, setting, values):
    pool = people(server, **AUTO_BOTH, **setting)
    pool.confirmed("jane", **values)
    assert refusal(forgot, pool) == NO_ADDRESS
    assert refusal(reset, pool) == NO_ADDRESS


@pytest.mark.parametrize("hiding", ["LEGACY", "ENABLED"])
def test_only_administrators_reset_passwords(server, hiding):
    expected = ("NotAuthorizedException", "Contact administrator to reset password.")
    pool = people(server, {"PreventUserExistenceErrors": hiding}, **recovery("admin_only"))
    pool.confirmed("jane", **BOTH)
    for name in ("jane", "nobody"):
        assert refusal(forgot, pool, name) == expected
    assert refusal(reset, pool) == expected


def test_a_user_that_is_not_there(pool):
    expected = ("UserNotFoundException", "Username/client id combination not found.")
    assert refusal(forgot, pool, "nobody") == expected
    assert refusal(finish, pool, "123456", username="nobody") == expected
    assert refusal(reset, pool, "nobody") == ("UserNotFoundException", "User does not exist.")


def test_a_disabled_user_does_not_finish(server, pool):
    forgot(pool)
    pool.idp.admin_disable_user(UserPoolId=pool.pool, Username="jane")
    assert refusal(finish, pool, server.code(EMAIL)) == ("NotAuthorizedException", "User is disabled.")


def test_a_code_lives_for_an_hour(server, pool):
    assert refusal(finish, pool, "123456") == EXPIRED
    forgot(pool)
    assert refusal(finish, pool, "wrong!") == MISMATCH
    server.clock.advance(HOUR - 1)
    assert refusal(finish, pool, "wrong!") == MISMATCH
    server.clock.advance(1)
    assert refusal(finish, pool, server.code(EMAIL)) == EXPIRED


def test_a_code_works_once(server, pool):
    forgot(pool)
    finish(pool, server.code(EMAIL))
    assert refusal(finish, pool, server.code(EMAIL), PASSWORD) == EXPIRED


def test_of_many_who_use_one_code_one_sets_the_password(server, pool):
    forgot(pool)
    code = server.code(EMAIL)

    def attempt(number):
        try:
            finish(pool, code, f"Another-Horse-{number}")
        except pool.idp.exceptions.ExpiredCodeException:
            return None
        return f"Another-Horse-{number}"

    with ThreadPoolExecutor(6) as threads:
        won = [password for password in threads.map(attempt, range(6)) if password]
    assert len(won) == 1
    assert pool.token("jane", won[0])


def test_a_sign_up_code_is_no_code_for_a_password(server, pool):
    pool.sign_up("joan", email="joan@example.com")
    assert refusal(finish, pool, server.code("joan@example.com"), username="joan") == EXPIRED


def test_another_users_code(server, pool):
    pool.confirmed("joan", email="joan@example.com", email_verified="true")
    forgot(pool)
    forgot(pool, "joan")
    assert refusal(finish, pool, server.code(EMAIL), username="joan") == MISMATCH


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
def test_a_password_that_breaks_the_policy_keeps_the_code(server, pool, password, reason):
    forgot(pool)
    code = server.code(EMAIL)
    expected = ("InvalidPasswordException", f"Password does not conform to policy: {reason}")
    assert refusal(finish, pool, code, password) == expected
    finish(pool, code)


class TestHistory:
    USED = "PasswordHistoryPolicyViolationException"

    @pytest.fixture
    def pool(self, server):
        policy = {"MinimumLength": 8, "PasswordHistorySize": 2}
        made = people(server, Policies={"PasswordPolicy": policy}, **AUTO_EMAIL)
        made.confirmed("jane", email=EMAIL, email_verified="true")
        made.set_password("jane", "second-one")
        return made

    @pytest.mark.parametrize("used", [PASSWORD, "second-one"])
    def test_the_last_ones_are_refused(self, server, pool, used):
        forgot(pool)
        assert refusal(finish, pool, server.code(EMAIL), used)[0] == self.USED
        assert refusal(pool.set_password, "jane", used)[0] == self.USED
        refused = refusal(
            pool.idp.change_password,
            AccessToken=pool.token("jane", "second-one"),
            PreviousPassword="second-one",
            ProposedPassword=used,
        )
        assert refused[0] == self.USED
        finish(pool, server.code(EMAIL), "third-one")

    def test_older_ones_are_free_again(self, server, pool):
        pool.set_password("jane", "third-one")
        forgot(pool)
        finish(pool, server.code(EMAIL), PASSWORD)

    def test_without_the_code_nobody_learns_of_it(self, pool):
        forgot(pool)
        assert refusal(finish, pool, "wrong!", "second-one") == MISMATCH

    def test_temporary_passwords_are_outside_of_it(self, pool):
        pool.set_password("jane", PASSWORD, permanent=False)
        pool.set_password("jane", PASSWORD, permanent=False)


def test_twenty_an_hour_of_both_together(server, pool):
    for _ in range(10):
        forgot(pool)
        assert refusal(finish, pool, "wrong!") == MISMATCH
    assert refusal(forgot, pool) == LIMIT
    assert refusal(finish, pool, "wrong!") == LIMIT
    server.clock.advance(HOUR)
    forgot(pool)


def test_an_administrators_reset_sends_the_code(server, pool):
    assert set(reset(pool)) == {"ResponseMetadata"}
    finish(pool, server.code(EMAIL))
    assert pool.token("jane", NEW)


def test_sessions_outlive_a_forgotten_password(server, pool):
    token = pool.token("jane")
    forgot(pool)
    finish(pool, server.code(EMAIL))
    assert pool.idp.get_user(AccessToken=token)["Username"] == "jane"
