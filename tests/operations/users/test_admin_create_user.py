"""AdminCreateUser, through botocore (digest «users» §3.5)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from poolhouse.work import outbox
from support.folk import AUTO_BOTH, AUTO_EMAIL, EMAIL, PASSWORD, PHONE, attributes, people
from support.refusals import refusal

WEEK = 7 * 24 * 3600
EXPIRED = (
    "NotAuthorizedException",
    "Temporary password has expired and must be reset by an administrator.",
)


@pytest.fixture
def pool(server):
    return people(server, **AUTO_EMAIL)


def invite(pool, username="jane", values=None, **options):
    """Create a user with an invitation."""
    return pool.idp.admin_create_user(
        UserPoolId=pool.pool,
        Username=username,
        UserAttributes=attributes(**(values or {"email": EMAIL})),
        **options,
    )["User"]


def told(mail):
    """Return the username and password that an invitation tells."""
    return re.search(
        r"Your username is (\S+) and temporary password is (\S+)\. ", mail["body"] + " "
    ).groups()


def test_what_comes_back(pool):
    user = pool.create("jane", {"email": EMAIL})
    sub = user["Attributes"][0]["Value"]
    assert user["Attributes"] == [{"Name": "sub", "Value": sub}, {"Name": "email", "Value": EMAIL}]
    assert user["Username"] == "jane"
    assert user["Enabled"] is True
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert user["UserCreateDate"] == user["UserLastModifiedDate"]
    assert "MFAOptions" not in user


def test_the_invitation_tells_a_password_that_works(server, pool):
    invite(pool)
    [mail] = server.mails(EMAIL)
    assert mail["subject"] == "Your temporary password"
    username, password = told(mail)
    assert username == "jane"
    assert pool.sign_in("jane", password)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_generated_passwords_meet_the_policy_and_differ(server, pool):
    passwords = set()
    for number in range(5):
        invite(pool, f"jane{number}", {"email": f"jane{number}@example.com"})
        _, password = told(server.mails(f"jane{number}@example.com")[0])
        pool.set_password("jane0", password)  # the policy is checked
        passwords.add(password)
    assert len(passwords) == 5


def test_a_given_temporary_password(server, pool):
    invite(pool, TemporaryPassword="Temporary-9")
    assert told(server.mails(EMAIL)[0]) == ("jane", "Temporary-9")
    assert refusal(invite, pool, "joan", TemporaryPassword="temporary-9") == (
        "InvalidPasswordException",
        "Password did not conform with password policy: Password must have uppercase characters",
    )


def test_nothing_is_sent_where_the_message_is_suppressed(server, pool):
    invite(pool, MessageAction="SUPPRESS")
    assert server.mails() == []


def test_the_temporary_password_expires(server, pool):
    pool.create("jane", TemporaryPassword=PASSWORD)
    server.clock.advance(WEEK - 1)
    assert pool.sign_in("jane")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    server.clock.advance(1)
    assert refusal(pool.sign_in, "jane") == EXPIRED


def test_required_attributes_may_come_later_only_if_they_can(server):
    schema = [
        {"Name": "given_name", "Required": True},
        {"Name": "birthdate", "Required": True, "Mutable": False},
    ]
    pool = people(server, Schema=schema)
    assert refusal(pool.create, "jane", {"given_name": "Jane"}) == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: birthdate: The attribute is required\n",
    )
    assert pool.create("jane", {"birthdate": "1979-12-24"})["UserStatus"] == "FORCE_CHANGE_PASSWORD"


BOTH = {"email": EMAIL, "phone_number": PHONE}


class TestMediums:
    @pytest.fixture
    def pool(self, server):
        return people(server, **AUTO_BOTH)

    def test_a_pool_that_cannot_send_texts(self, server):
        """As recorded: refused, and the user is there."""
        pool = people(server, **AUTO_EMAIL)
        assert refusal(invite, pool, values=BOTH) == (
            "InvalidParameterException",
            "User pool does not have SMS configuration to send messages.",
        )
        assert pool.status("jane") == "FORCE_CHANGE_PASSWORD"
        server.clock.advance(120)
        assert not outbox.deliver_due(server.services)
        assert server.texts() == []

    def test_the_default_is_sms(self, server, pool):
        invite(pool, values=BOTH)
        assert server.mails() == []
        assert len(server.texts(PHONE)) == 1

    def test_both(self, server, pool):
        invite(pool, values=BOTH, DesiredDeliveryMediums=["SMS", "EMAIL"])
        assert len(server.mails(EMAIL)) == len(server.texts(PHONE)) == 1
        assert told(server.mails(EMAIL)[0]) == told(server.texts(PHONE)[0])

    def test_the_address_that_is_there_serves(self, server, pool):
        invite(pool, DesiredDeliveryMediums=["SMS"])
        assert len(server.mails(EMAIL)) == 1

    def test_no_address_at_all(self, server, pool):
        invite(pool, values={"nickname": "J"})
        assert server.mails() == server.texts() == []


class TestConflicts:
    EMAIL_TAKEN = ("UsernameExistsException", "An account with the given email already exists.")

    def test_the_username(self, pool):
        pool.create("jane")
        assert refusal(pool.create, "jane") == ("UsernameExistsException", "User account already exists")

    def test_an_address_as_username(self, server):
        pool = people(server, UsernameAttributes=["email"])
        user = pool.create(EMAIL)
        assert user["Username"] == user["Attributes"][0]["Value"]
        assert refusal(pool.create, EMAIL) == self.EMAIL_TAKEN
        assert refusal(pool.create, "jane") == ("InvalidParameterException", "Username should be an email.")

    def test_a_verified_alias(self, server):
        pool = people(server, AliasAttributes=["email"])
        pool.create("jane", {"email": EMAIL, "email_verified": "true"})
        verified = {"email": EMAIL, "email_verified": "true"}
        assert refusal(pool.create, "joan", verified) == self.EMAIL_TAKEN
        # An address that is not verified is no alias: force or not, nothing moves.
        pool.create("june", {"email": EMAIL}, ForceAliasCreation=True)
        assert pool.get(EMAIL)["Username"] == "jane"
        pool.create("joan", verified, ForceAliasCreation=True)
        assert pool.get(EMAIL)["Username"] == "joan"
        assert pool.get("jane")["attributes"]["email_verified"] == "false"

    def test_of_many_one_is_created(self, pool):
        def attempt(_):
            try:
                pool.create("jane")
            except ClientError as error:
                return error.response["Error"]["Message"]
            return "created"

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(attempt, range(12)))
        assert sorted(set(answers)) == ["User account already exists", "created"]
        assert answers.count("created") == 1


class TestAttributes:
    def test_required_ones_may_come_later(self, server):
        pool = people(server, Schema=[{"Name": "given_name", "Required": True}])
        pool.create("jane")

    def test_flags(self, pool):
        pool.create("jane", {"email": EMAIL, "email_verified": "True"})
        assert pool.get("jane")["attributes"]["email_verified"] == "true"
        assert refusal(pool.create, "joan", {"email_verified": "true"}) == (
            "InvalidParameterException",
            "Email is required to verify/un-verify an email",
        )

    def test_sub(self, pool):
        assert refusal(pool.create, "jane", {"sub": "1"}) == (
            "InvalidParameterException",
            "Cannot modify the non-mutable attribute sub",
        )

    def test_one_that_is_unknown(self, pool):
        assert refusal(pool.create, "jane", {"custom__x": "1"}) == (
            "InvalidParameterException",
            "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n",
        )


class TestResend:
    def again(self, pool, username="jane", **options):
        return pool.idp.admin_create_user(
            UserPoolId=pool.pool, Username=username, MessageAction="RESEND", **options
        )["User"]

    def test_a_new_password_valid_anew(self, server, pool):
        invite(pool)
        _, old = told(server.mails(EMAIL)[0])
        server.clock.advance(WEEK + 1)
        assert refusal(pool.sign_in, "jane", old) == EXPIRED
        user = self.again(pool)
        assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
        _, new = told(server.mails(EMAIL)[-1])
        assert new != old
        assert refusal(pool.sign_in, "jane", old)[1] == "Incorrect username or password."
        assert pool.sign_in("jane", new)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"

    def test_a_given_password(self, server, pool):
        invite(pool)
        server.clock.advance(1)
        self.again(pool, TemporaryPassword="Temporary-9")
        assert told(server.mails(EMAIL)[-1])[1] == "Temporary-9"

    def test_other_members_count_for_nothing(self, pool):
        invite(pool)
        user = self.again(pool, UserAttributes=attributes(nickname="J"))
        assert "nickname" not in {a["Name"] for a in user["Attributes"]}

    def test_a_user_that_is_not_there(self, pool):
        assert refusal(self.again, pool) == ("UserNotFoundException", "User does not exist.")

    def test_a_user_with_a_password_of_their_own(self, pool):
        pool.confirmed("jane")
        assert refusal(self.again, pool) == (
            "UnsupportedUserStateException",
            "Resend not possible. jane status is not FORCE_CHANGE_PASSWORD",
        )


class TestWithoutAPassword:
    @pytest.fixture
    def otp(self, server):
        return people(
            server,
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
            Schema=[{"Name": "given_name", "Required": True}],
        )

    @pytest.mark.parametrize("password", [{}, {"TemporaryPassword": ""}])
    def test_the_user_is_confirmed_at_once(self, otp, password):
        user = otp.create("jane", {"email": EMAIL, "given_name": "Jane"}, **password)
        assert user["UserStatus"] == "CONFIRMED"

    def test_a_blank_password_where_the_pool_wants_one(self, pool):
        assert refusal(pool.create, "jane", TemporaryPassword="") == (
            "InvalidPasswordException",
            "Password did not conform with password policy: Password not long enough",
        )

    def test_the_invitation_tells_no_password(self, server, otp):
        invite(otp, values={"email": EMAIL, "given_name": "Jane"})
        [mail] = server.mails(EMAIL)
        assert "Your username is jane." in mail["body"]
        assert "password" not in mail["subject"] + mail["body"]

    @pytest.mark.parametrize(
        ("template", "expected"),
        [("Welcome, {username}!", "Welcome, jane!"), ("Hi {username}: {####}", "Your username is jane.")],
    )
    def test_a_text_of_the_pools_own_serves_if_it_tells_no_password(self, server, otp, template, expected):
        otp.idp.update_user_pool(
            UserPoolId=otp.pool,
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
            AdminCreateUserConfig={"InviteMessageTemplate": {"EmailMessage": template}},
        )
        invite(otp, values={"email": EMAIL, "given_name": "Jane"})
        assert expected in server.mails(EMAIL)[0]["body"]

    def test_a_required_attribute_is_missing(self, otp):
        assert refusal(otp.create, "jane", {"email": EMAIL}) == (
            "InvalidParameterException",
            "Attributes did not conform to the schema: given_name: The attribute is required\n",
        )

    def test_no_address_for_the_codes(self, otp):
        assert refusal(otp.create, "jane", {"given_name": "Jane"})[0] == "InvalidParameterException"

    def test_with_a_password_all_is_as_usual(self, otp):
        user = otp.create("jane", TemporaryPassword=PASSWORD)
        assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_a_pool_that_is_not_there(pool):
    pool.pool = "us-east-1_None"
    assert refusal(pool.create, "jane") == (
        "ResourceNotFoundException",
        "User pool us-east-1_None does not exist.",
    )
