"""SignUp, through botocore (digest «users» §1.7, §3.1)."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from support.folk import AUTO_BOTH, AUTO_EMAIL, EMAIL, PASSWORD, PHONE, people
from support.refusals import refusal


@pytest.fixture
def plain(server):
    return people(server)


def test_a_user_registers_and_gets_a_code(server):
    pool = people(server, **AUTO_EMAIL)
    answer = pool.sign_up("jane", email=EMAIL)
    sub = answer["UserSub"]
    assert str(uuid.UUID(sub)) == sub
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "j***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    assert "Session" not in answer
    user = pool.get("jane")
    assert user["Username"] == "jane"
    assert user["UserStatus"] == "UNCONFIRMED"
    assert user["Enabled"] is True
    assert user["attributes"] == {"sub": sub, "email": EMAIL, "email_verified": "false"}
    [mail] = server.mails(EMAIL)
    assert mail["subject"] == "Your verification code"
    assert f"Your verification code is {server.code(EMAIL)}." in mail["body"]


def test_nothing_is_sent_where_nothing_is_verified(server, plain):
    answer = plain.sign_up("jane", email=EMAIL)
    assert "CodeDeliveryDetails" not in answer
    assert server.mails() == []


def test_nothing_is_sent_to_an_address_that_is_not_there(server):
    pool = people(server, **AUTO_EMAIL)
    assert "CodeDeliveryDetails" not in pool.sign_up("jane", phone_number=PHONE)


def test_of_two_addresses_the_phone_alone_gets_the_code(server):
    pool = people(server, **AUTO_BOTH)
    answer = pool.sign_up("jane", email=EMAIL, phone_number=PHONE)
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "+*******4567",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    assert server.mails() == []
    pool.confirm("jane", server.code(PHONE))
    assert pool.get("jane")["attributes"]["email_verified"] == "false"
    assert pool.get("jane")["attributes"]["phone_number_verified"] == "true"


def test_a_name_that_is_taken(plain):
    plain.sign_up("jane")
    assert refusal(plain.sign_up, "jane") == ("UsernameExistsException", "User already exists")
    plain.sign_up("Jane")


def test_a_name_that_is_taken_is_told_even_where_users_are_hidden(plain):
    plain.sign_up("jane")
    hiding = plain.another_client(PreventUserExistenceErrors="ENABLED")
    assert refusal(hiding.sign_up, "jane") == ("UsernameExistsException", "User already exists")


def test_a_name_that_is_another_users_sub(plain):
    sub = plain.sign_up("jane")["UserSub"]
    for name in (sub, sub.upper()):
        assert refusal(plain.sign_up, name) == ("UsernameExistsException", "User already exists")


def test_a_case_insensitive_pool(server):
    pool = people(server, UsernameConfiguration={"CaseSensitive": False})
    pool.sign_up("Jane")
    assert pool.get("JANE")["Username"] == "jane"
    assert refusal(pool.sign_up, "jANE") == ("UsernameExistsException", "User already exists")


def test_only_administrators_create_users(server):
    pool = people(server, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    assert refusal(pool.sign_up, "jane") == (
        "NotAuthorizedException",
        "SignUp is not permitted for this user pool",
    )


def test_an_unknown_client(plain):
    plain.client = "nobody"
    assert refusal(plain.sign_up, "jane") == (
        "ResourceNotFoundException",
        "User pool client nobody does not exist.",
    )


class TestSecretHash:
    @pytest.fixture
    def secret(self, plain):
        return plain.another_client(GenerateSecret=True)

    def test_it_is_missing(self, secret):
        assert refusal(secret.sign_up, "jane") == (
            "NotAuthorizedException",
            f"Client {secret.client} is configured for secret but secret was not received",
        )

    def test_it_is_wrong(self, secret):
        assert refusal(
            secret.idp.sign_up, ClientId=secret.client, Username="jane", Password=PASSWORD, SecretHash="eA=="
        ) == ("NotAuthorizedException", f"Unable to verify secret hash for client {secret.client}")

    @pytest.mark.parametrize(
        "operation",
        [
            "sign_up",
            "confirm_sign_up",
            "resend_confirmation_code",
            "forgot_password",
            "confirm_forgot_password",
        ],
    )
    def test_every_public_operation_wants_it(self, secret, operation):
        members = {"Password": PASSWORD} if operation in {"sign_up", "confirm_forgot_password"} else {}
        if operation.startswith("confirm"):
            members["ConfirmationCode"] = "123456"
        code, message = refusal(
            getattr(secret.idp, operation), ClientId=secret.client, Username="jane", **members
        )
        assert code == "NotAuthorizedException"
        assert message.endswith("is configured for secret but secret was not received")

    def test_a_client_without_a_secret_takes_no_hash(self, plain):
        assert refusal(
            plain.idp.sign_up, ClientId=plain.client, Username="jane", Password=PASSWORD, SecretHash="eA=="
        ) == (
            "InvalidParameterException",
            f"App client {plain.client} is not configured for secret but secret hash was received",
        )


class TestAttributes:
    def test_a_required_one_is_missing(self, server):
        pool = people(server, Schema=[{"Name": "email", "Required": True}])
        for values in ({}, {"email": ""}):
            assert refusal(pool.sign_up, "jane", **values) == (
                "InvalidParameterException",
                "Attributes did not conform to the schema: email: The attribute is required\n",
            )

    def test_one_that_is_unknown(self, plain):
        assert refusal(plain.sign_up, "jane", custom__x="1") == (
            "InvalidParameterException",
            "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n",
        )

    @pytest.mark.parametrize("name", ["email_verified", "phone_number_verified"])
    def test_one_that_no_client_may_write(self, plain, name):
        assert refusal(plain.sign_up, "jane", email=EMAIL, phone_number=PHONE, **{name: "true"}) == (
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        )

    def test_one_that_this_client_may_not_write(self, plain):
        narrow = plain.another_client(WriteAttributes=["email"])
        assert refusal(narrow.sign_up, "jane", nickname="J") == (
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        )

    def test_sub(self, plain):
        assert refusal(plain.sign_up, "jane", sub="1") == (
            "InvalidParameterException",
            "Cannot modify the non-mutable attribute sub",
        )

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"email": "jane"}, "Invalid email address format."),
            ({"phone_number": "5551234567"}, "Invalid phone number format."),
        ],
    )
    def test_addresses_of_the_wrong_form(self, plain, values, message):
        assert refusal(plain.sign_up, "jane", **values) == ("InvalidParameterException", message)

    def test_a_refusal_leaves_nothing_behind(self, plain):
        refusal(plain.sign_up, "jane", email="nonsense")
        assert plain.idp.list_users(UserPoolId=plain.pool)["Users"] == []


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
def test_passwords_that_break_the_policy(plain, password, reason):
    assert refusal(plain.sign_up, "jane", password) == (
        "InvalidPasswordException",
        f"Password did not conform with policy: {reason}",
    )


class TestWithoutAPassword:
    MISSING = (
        "InvalidParameterException",
        "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
    )

    @pytest.fixture
    def otp(self, server):
        return people(
            server,
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
            **AUTO_EMAIL,
        )

    @pytest.mark.parametrize("password", [None, ""])
    def test_where_the_pool_wants_one(self, plain, password):
        assert refusal(plain.sign_up, "jane", password, email=EMAIL) == self.MISSING

    @pytest.mark.parametrize("password", [None, ""])
    def test_where_the_pool_signs_in_with_codes(self, otp, server, password):
        otp.sign_up("jane", password, email=EMAIL)
        otp.confirm("jane", server.code(EMAIL))
        assert otp.status("jane") == "CONFIRMED"

    def test_without_the_address_for_the_codes(self, otp):
        assert refusal(otp.sign_up, "jane", None, phone_number=PHONE) == self.MISSING


class TestAddressesAsUsernames:
    @pytest.mark.parametrize(
        ("kinds", "username", "message"),
        [
            (["email"], "jane", "Username should be an email."),
            (["email"], PHONE, "Username should be an email."),
            (["phone_number"], EMAIL, "Username should be a phone number."),
            (["email", "phone_number"], "jane", "Username should be either an email or a phone number."),
        ],
    )
    def test_names_of_the_wrong_form(self, server, kinds, username, message):
        pool = people(server, UsernameAttributes=kinds)
        assert refusal(pool.sign_up, username) == ("InvalidParameterException", message)

    def test_the_username_is_the_sub_and_fills_the_attribute(self, server):
        pool = people(server, UsernameAttributes=["email"], **AUTO_EMAIL)
        answer = pool.sign_up(EMAIL)
        user = pool.get(EMAIL)
        assert user["Username"] == answer["UserSub"] == user["attributes"]["sub"]
        assert user["attributes"]["email"] == EMAIL
        assert answer["CodeDeliveryDetails"]["Destination"] == "j***@e***"

    def test_it_is_unique_at_once(self, server):
        pool = people(server, UsernameAttributes=["email", "phone_number"])
        pool.sign_up(EMAIL)
        pool.sign_up(PHONE)
        assert refusal(pool.sign_up, EMAIL) == (
            "UsernameExistsException",
            "An account with the given email already exists.",
        )
        assert refusal(pool.sign_up, PHONE) == (
            "UsernameExistsException",
            "An account with the given phone_number already exists.",
        )

    def test_the_other_address_is_an_ordinary_attribute(self, server):
        pool = people(server, UsernameAttributes=["email", "phone_number"])
        pool.sign_up(PHONE, email=EMAIL)
        pool.sign_up(EMAIL)
        assert pool.get(EMAIL)["attributes"]["email"] == EMAIL
        assert "phone_number" not in pool.get(EMAIL)["attributes"]

    def test_it_signs_in_before_it_is_verified(self, server):
        pool = people(server, UsernameAttributes=["email"], **AUTO_EMAIL)
        pool.sign_up(EMAIL)
        pool.idp.admin_confirm_sign_up(UserPoolId=pool.pool, Username=EMAIL)
        assert pool.token(EMAIL)

    def test_an_attribute_sent_beside_it_gives_way(self, server):
        pool = people(server, UsernameAttributes=["email"])
        pool.sign_up(EMAIL, email="other@example.com")
        assert pool.get(EMAIL)["attributes"]["email"] == EMAIL


class TestAliases:
    @pytest.mark.parametrize(
        ("kinds", "username", "message"),
        [
            (
                ["email"],
                EMAIL,
                "Username cannot be of email format, since user pool is configured for email alias.",
            ),
            (
                ["phone_number"],
                PHONE,
                "Username cannot be of phone number format, since user pool is configured for phone number alias.",
            ),
        ],
    )
    def test_names_that_look_like_an_alias(self, server, kinds, username, message):
        pool = people(server, AliasAttributes=kinds)
        assert refusal(pool.sign_up, username) == ("InvalidParameterException", message)

    def test_a_name_may_look_like_what_is_no_alias_here(self, server):
        people(server, AliasAttributes=["phone_number"]).sign_up(EMAIL)

    def test_two_register_with_one_address(self, server):
        pool = people(server, AliasAttributes=["email"], **AUTO_EMAIL)
        pool.sign_up("jane", email=EMAIL)
        pool.sign_up("joan", email=EMAIL)

    def test_a_preferred_username_must_wait(self, server):
        pool = people(server, AliasAttributes=["preferred_username"])
        code, message = refusal(pool.sign_up, "jane", preferred_username="j")
        assert code == "InvalidParameterException"
        assert message.startswith("Preferred username cannot be provided for unconfirmed account")


NAMES = [
    "Жанна",
    "花子",
    "مريم",
    "שרה",
    "ครับ",
    "👩‍🚀".replace("\u200d", ""),
    "e\u0301",
    "a'; DROP TABLE users;--",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00%0a",
    "' OR '1'='1",
    'a\\b"c',
    "x" * 128,
    "\N{MATHEMATICAL SCRIPT CAPITAL J}\N{MATHEMATICAL SCRIPT SMALL A}" * 60,
]


@pytest.mark.parametrize("name", [n.replace(" ", "_") for n in NAMES])
def test_names_of_every_kind(server, name):
    pool = people(server, **AUTO_EMAIL)
    pool.sign_up(name, email=EMAIL)
    pool.confirm(name, server.code(EMAIL))
    assert pool.get(name)["Username"] == name
    assert pool.token(name)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    if len(quoted) < 200:
        [found] = pool.idp.list_users(UserPoolId=pool.pool, Filter=f'username = "{quoted}"')["Users"]
        assert found["Username"] == name


@pytest.mark.parametrize("name", ["a b", "a\u200db", "a\u202eb", "\u200b", "a\nb", "", "x" * 129])
def test_names_that_the_model_refuses(plain, name):
    """White space, controls, and format characters such as joiners and direction marks."""
    code, message = refusal(plain.sign_up, name)
    assert code == "InvalidParameterException"
    assert "validation error" in message
    assert "'username' failed to satisfy constraint" in message
    assert name not in message or not name


def test_a_name_with_a_nul(plain):
    code, _ = refusal(plain.sign_up, "a\0b")
    assert code == "InvalidParameterException"


def test_of_many_who_want_one_name_one_gets_it(server):
    pool = people(server)

    def attempt(number: int) -> str:
        try:
            return pool.sign_up("jane", nickname=f"{number}")["UserSub"]
        except ClientError as error:
            return error.response["Error"]["Message"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(16)))
    assert answers.count("User already exists") == 15
    [user] = pool.idp.list_users(UserPoolId=pool.pool)["Users"]
    assert user["Attributes"][0]["Value"] in answers


def test_of_many_who_want_one_address_one_gets_it(server):
    pool = people(server, UsernameAttributes=["email"])

    def attempt(_: int) -> str:
        try:
            return pool.sign_up(EMAIL)["UserSub"]
        except ClientError as error:
            return error.response["Error"]["Message"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(16)))
    assert answers.count("An account with the given email already exists.") == 15
    assert pool.get(EMAIL)["Username"] in answers


def test_no_secret_reaches_the_log(server):
    pool = people(server, **AUTO_EMAIL)
    pool.sign_up("jane", email=EMAIL)
    log = b"".join(server.log).decode()
    for secret in (PASSWORD, server.code(EMAIL), EMAIL):
        assert secret not in log
    assert json.loads(log.splitlines()[-1])
