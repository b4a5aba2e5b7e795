"""ConfirmSignUp and AdminConfirmSignUp, through botocore (digest «users» §3.2, §3.4)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from support.folk import AUTO_EMAIL, EMAIL, PHONE, people
from support.refusals import refusal

MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
DAY = 24 * 3600


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "111111"


@pytest.fixture
def pool(server):
    made = people(server, **AUTO_EMAIL)
    made.sign_up("jane", email=EMAIL)
    return made


def test_the_code_confirms_and_verifies(server, pool):
    server.clock.advance(10)
    answer = pool.confirm("jane", server.code(EMAIL))
    assert set(answer) == {"ResponseMetadata"}
    user = pool.get("jane")
    assert user["UserStatus"] == "CONFIRMED"
    assert user["attributes"]["email_verified"] == "true"
    assert user["UserLastModifiedDate"] > user["UserCreateDate"]


def test_a_wrong_code_does_not_use_up_the_right_one(server, pool):
    assert refusal(pool.confirm, "jane", wrong(server.code(EMAIL))) == MISMATCH
    pool.confirm("jane", server.code(EMAIL))


@pytest.mark.parametrize(
    "code", ["x", "12345", "1234567", "\uff11\uff12\uff13\uff14\uff15\uff16", "';--", "x" * 2048]
)
def test_codes_of_any_form(pool, code):
    assert refusal(pool.confirm, "jane", code) == MISMATCH


def test_a_code_lives_for_a_day(server, pool):
    code = server.code(EMAIL)
    server.clock.advance(DAY - 1)
    assert refusal(pool.confirm, "jane", wrong(code)) == MISMATCH
    server.clock.advance(1)
    assert refusal(pool.confirm, "jane", code) == EXPIRED


def test_a_code_for_another_user_is_no_code(server, pool):
    pool.sign_up("joan", email="joan@example.com")
    assert refusal(pool.confirm, "joan", server.code(EMAIL)) == MISMATCH


def test_a_user_who_is_confirmed(server, pool):
    code = server.code(EMAIL)
    pool.confirm("jane", code)
    assert refusal(pool.confirm, "jane", code) == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )


def test_a_user_who_was_invited(pool):
    pool.create("joan")
    expected = ("NotAuthorizedException", "User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD")
    assert refusal(pool.confirm, "joan", "123456") == expected
    assert refusal(pool.idp.admin_confirm_sign_up, UserPoolId=pool.pool, Username="joan") == expected


def test_a_user_without_a_code(server):
    pool = people(server)
    pool.sign_up("jane")
    assert refusal(pool.confirm, "jane", "123456") == EXPIRED


def test_a_user_that_is_not_there(pool):
    assert refusal(pool.confirm, "nobody", "123456") == (
        "UserNotFoundException",
        "Username/client id combination not found.",
    )
    hiding = pool.another_client(PreventUserExistenceErrors="ENABLED")
    assert refusal(hiding.confirm, "nobody", "123456") == EXPIRED


def test_fifteen_tries_an_hour(server, pool):
    code = server.code(EMAIL)
    for _ in range(15):
        assert refusal(pool.confirm, "jane", wrong(code)) == MISMATCH
    assert refusal(pool.confirm, "jane", code) == LIMIT
    server.clock.advance(3600)
    pool.confirm("jane", code)


def test_fifteen_tries_an_hour_for_nobody_either(pool):
    hiding = pool.another_client(PreventUserExistenceErrors="ENABLED")
    for _ in range(15):
        assert refusal(hiding.confirm, "nobody", "123456") == EXPIRED
    assert refusal(hiding.confirm, "nobody", "123456") == LIMIT


def test_tries_at_the_same_moment_cannot_outrun_the_limit(server, pool):
    def attempt(_: int) -> str:
        return refusal(pool.confirm, "jane", wrong(server.code(EMAIL)))[0]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(24)))
    assert answers.count("CodeMismatchException") == 15
    assert answers.count("LimitExceededException") == 9


def test_a_code_confirms_once(server, pool):
    code = server.code(EMAIL)

    def attempt(_: int) -> str:
        try:
            pool.confirm("jane", code)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "confirmed"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(8)))
    assert answers.count("confirmed") == 1
    # Whoever comes too late finds the user confirmed, or the code gone.
    assert answers.count("NotAuthorizedException") + answers.count("ExpiredCodeException") == 7


def test_an_address_changed_since_takes_the_code_with_it(server, pool):
    code = server.code(EMAIL)
    pool.idp.admin_update_user_attributes(
        UserPoolId=pool.pool, Username="jane", UserAttributes=[{"Name": "email", "Value": "new@example.com"}]
    )
    assert refusal(pool.confirm, "jane", code) == EXPIRED


class TestAliases:
    @pytest.fixture
    def two(self, server):
        """Two who registered with one address, the first of them confirmed."""
        pool = people(server, AliasAttributes=["email"], **AUTO_EMAIL)
        pool.sign_up("jane", email=EMAIL)
        pool.confirm("jane", server.code(EMAIL))
        server.clock.advance(1)
        pool.sign_up("joan", email=EMAIL)
        return pool

    def test_an_address_that_is_anothers(self, server, two):
        expected = ("AliasExistsException", "An account with the email already exists.")
        assert refusal(two.confirm, "joan", server.code(EMAIL)) == expected
        assert two.status("joan") == "UNCONFIRMED"
        # The code was not used up.
        assert refusal(two.confirm, "joan", server.code(EMAIL)) == expected

    def test_it_passes_by_force(self, server, two):
        two.confirm("joan", server.code(EMAIL), ForceAliasCreation=True)
        assert two.get("joan")["attributes"]["email_verified"] == "true"
        assert two.get("jane")["attributes"]["email_verified"] == "false"
        assert two.get(EMAIL)["Username"] == "joan"
        assert two.status("jane") == "CONFIRMED"

    def test_it_is_free_once_its_owner_is_deleted(self, server, two):
        two.idp.admin_delete_user(UserPoolId=two.pool, Username="jane")
        two.confirm("joan", server.code(EMAIL))
        assert two.get(EMAIL)["Username"] == "joan"

    def test_it_works_only_once_verified(self, server):
        pool = people(server, AliasAttributes=["email"], **AUTO_EMAIL)
        pool.sign_up("jane", email=EMAIL)
        assert refusal(pool.get, EMAIL) == ("UserNotFoundException", "User does not exist.")
        pool.idp.admin_confirm_sign_up(UserPoolId=pool.pool, Username="jane")
        assert refusal(pool.get, EMAIL) == ("UserNotFoundException", "User does not exist.")

    @pytest.mark.parametrize("force", [False, True])
    def test_of_many_who_prove_one_address_one_has_it(self, server, force):
        pool = people(server, AliasAttributes=["email"], **AUTO_EMAIL)
        codes = {}
        for number in range(6):
            name = f"jane{number}"
            pool.sign_up(name, email=EMAIL)
            codes[name] = server.code(EMAIL)
            server.clock.advance(1)

        def attempt(name: str) -> bool:
            try:
                pool.confirm(name, codes[name], ForceAliasCreation=force)
            except pool.idp.exceptions.AliasExistsException:
                return False
            return True

        with ThreadPoolExecutor(6) as threads:
            won = [name for name, ok in zip(codes, threads.map(attempt, codes), strict=True) if ok]
        users = [pool.get(name) for name in codes]
        verified = [u["Username"] for u in users if u["attributes"]["email_verified"] == "true"]
        assert len(verified) == 1
        assert pool.get(EMAIL)["Username"] == verified[0]
        assert won == (list(codes) if force and len(won) == 6 else won)
        assert len(won) == 1 if not force else won


class TestByAnAdministrator:
    def test_it_confirms_and_verifies_nothing(self, pool):
        answer = pool.idp.admin_confirm_sign_up(UserPoolId=pool.pool, Username="jane")
        assert set(answer) == {"ResponseMetadata"}
        user = pool.get("jane")
        assert user["UserStatus"] == "CONFIRMED"
        assert user["attributes"]["email_verified"] == "false"

    def test_a_user_who_is_confirmed(self, pool):
        pool.idp.admin_confirm_sign_up(UserPoolId=pool.pool, Username="jane")
        assert refusal(pool.idp.admin_confirm_sign_up, UserPoolId=pool.pool, Username="jane") == (
            "NotAuthorizedException",
            "User cannot be confirmed. Current status is CONFIRMED",
        )

    def test_a_user_that_is_not_there(self, pool):
        assert refusal(pool.idp.admin_confirm_sign_up, UserPoolId=pool.pool, Username="nobody") == (
            "UserNotFoundException",
            "User does not exist.",
        )

    def test_a_pool_that_is_not_there(self, pool):
        assert refusal(pool.idp.admin_confirm_sign_up, UserPoolId="us-east-1_None", Username="jane") == (
            "ResourceNotFoundException",
            "User pool us-east-1_None does not exist.",
        )


class TestResend:
    def resend(self, pool, username="jane"):
        return pool.idp.resend_confirmation_code(ClientId=pool.client, Username=username)

    def test_a_new_code_replaces_the_old(self, server, pool):
        old = server.code(EMAIL)
        server.clock.advance(1)
        answer = self.resend(pool)
        assert answer["CodeDeliveryDetails"] == {
            "Destination": "j***@e***",
            "DeliveryMedium": "EMAIL",
            "AttributeName": "email",
        }
        assert refusal(pool.confirm, "jane", old) == MISMATCH
        pool.confirm("jane", server.code(EMAIL))

    def test_a_user_who_is_confirmed(self, server, pool):
        pool.confirm("jane", server.code(EMAIL))
        assert refusal(self.resend, pool) == ("InvalidParameterException", "User is already confirmed.")

    def test_a_user_who_was_invited(self, pool):
        pool.create("joan", {"email": EMAIL})
        assert refusal(self.resend, pool, "joan") == (
            "InvalidParameterException",
            "User is already confirmed.",
        )

    def test_nothing_to_verify(self, server, pool):
        expected = ("InvalidParameterException", "Cannot resend codes. Auto verification not turned on.")
        bare = people(server)
        bare.sign_up("jane", email=EMAIL)
        assert refusal(self.resend, bare) == expected
        pool.sign_up("joan", phone_number=PHONE)
        assert refusal(self.resend, pool, "joan") == expected

    def test_a_user_who_is_disabled(self, pool):
        pool.idp.admin_disable_user(UserPoolId=pool.pool, Username="jane")
        assert refusal(self.resend, pool) == ("NotAuthorizedException", "User is disabled.")

    def test_a_user_that_is_not_there(self, pool):
        assert refusal(self.resend, pool, "nobody") == (
            "UserNotFoundException",
            "Username/client id combination not found.",
        )

    def test_five_an_hour(self, server, pool):
        for _ in range(5):
            self.resend(pool)
        assert refusal(self.resend, pool) == LIMIT
        server.clock.advance(3600)
        self.resend(pool)
