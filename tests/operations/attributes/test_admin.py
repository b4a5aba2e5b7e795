"""AdminUpdateUserAttributes and the two deletions (digest «users» §2.8)."""

import pytest

from support.custom_messages import events_of
from support.people import (
    ADDRESSES,
    ALIASES,
    AUTO_BOTH,
    HOLD_BOTH,
    RECORDING,
    SETTINGS,
    fresh,
    fresh_phone,
    named,
    refused,
)

SCHEMA = {
    "Schema": [
        {"Name": "family_name", "AttributeDataType": "String", "Required": True, "Mutable": True},
        {"Name": "born", "AttributeDataType": "String", "Mutable": False},
        {"Name": "secret", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
    ]
}


def admin_get(sue):
    user = sue.idp.admin_get_user(UserPoolId=sue.pool.id, Username=sue.username)
    attributes = named(user["UserAttributes"])
    del attributes["sub"]
    return attributes


class TestUpdate:
    def test_a_clients_list_does_not_matter_and_developer_attributes_are_writable(self, people):
        pool = people.pool(**SCHEMA).client(WriteAttributes=["name", "family_name"], ReadAttributes=["name"])
        sue = pool.user(family_name="Doe")
        sue.admin_update({"nickname": "n", "dev:custom:secret": "s"})
        assert admin_get(sue) == {"family_name": "Doe", "nickname": "n", "dev:custom:secret": "s"}
        assert sue.get() == {}

    def test_the_rules_are_the_same(self, people):
        sue = people.pool(**SCHEMA).user(family_name="Doe", custom__born="1990")
        invalid = "InvalidParameterException"
        for changes, message in (
            ({"sub": "x"}, "Cannot modify the non-mutable attribute sub"),
            ({"name": None}, "Attribute value for name must not be null"),
            (
                {"custom:born": "", "family_name": "", "x": "y"},
                (
                    "user.custom:born: Attribute cannot be updated.\n"
                    "user.family_name: Required attribute cannot be deleted.\n"
                    "user.x: Attribute does not exist in the schema.\n"
                ),
            ),
            ({"email": "x"}, "Invalid email address format."),
            ({"phone_number": "x"}, "Invalid phone number format."),
            ({"email_verified": "true"}, "Email is required to verify/un-verify an email"),
            (
                {"phone_number_verified": "false"},
                "Phone Number is required to verify/un-verify a phone number",
            ),
        ):
            with refused(invalid, message):
                sue.admin_update(changes)
        assert admin_get(sue) == {"family_name": "Doe", "custom:born": "1990"}

    def test_nobody(self, people):
        pool = people.pool()
        with refused("UserNotFoundException", "User does not exist."):
            pool.idp.admin_update_user_attributes(
                UserPoolId=pool.id, Username="nobody", UserAttributes=[{"Name": "name", "Value": "x"}]
            )
        with refused("ResourceNotFoundException"):
            pool.idp.admin_update_user_attributes(
                UserPoolId="us-east-1_nonesuch", Username="x", UserAttributes=[{"Name": "name", "Value": "x"}]
            )

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_without_the_flag_as_for_the_user(self, people, server, setting):
        pool = people.pool(**ALIASES, **SETTINGS[setting], **RECORDING)
        old, new = fresh("old"), fresh("new")
        sue = pool.user(email=old, email_verified="true")
        sue.admin_update({"email": new}, ClientMetadata={"by": "admin"})
        waits = setting == "before"
        assert admin_get(sue)["email"] == (old if waits else new)
        assert admin_get(sue)["email_verified"] == ("true" if waits else "false")
        if setting == "neither":
            assert server.mails(new) == []
            return
        [event] = events_of(sue.username)
        assert event["triggerSource"] == "CustomMessage_UpdateUserAttribute"
        assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
        assert event["request"]["clientMetadata"] == {"by": "admin"}
        sue.verify("email", server.code(new))
        assert admin_get(sue) == {"email": new, "email_verified": "true"}

    @pytest.mark.parametrize("setting", SETTINGS)
    @pytest.mark.parametrize("mode", [ALIASES, ADDRESSES])
    def test_with_the_flag_at_once_and_without_message(self, people, server, setting, mode):
        pool = people.pool(**mode, **SETTINGS[setting])
        old, waiting, new = fresh("old"), fresh("waiting"), fresh("new")
        known = {"email": old} if mode is ALIASES else {}
        sue = pool.user(None if known else old, **known, email_verified="true")
        if setting == "before":
            sue.update({"email": waiting})
        sue.admin_update({"email": new, "email_verified": "true"})
        assert admin_get(sue) == {"email": new, "email_verified": "true"}
        assert server.mails(new) == []
        assert pool.token(new)
        with refused("UserNotFoundException"):
            pool.token(old)
        if setting == "before":
            with refused("ExpiredCodeException"):
                sue.verify("email", server.code(waiting))

    def test_the_flag_alone(self, people):
        pool = people.pool(**ALIASES, **HOLD_BOTH)
        email = fresh()
        sue = pool.user(email=email)
        sue.admin_update({"email_verified": "true"})
        assert pool.token(email)
        sue.admin_update({"email_verified": "false"})
        with refused("UserNotFoundException", "User does not exist."):
            pool.token(email)
        assert admin_get(sue) == {"email": email, "email_verified": "false"}

    def test_a_verified_alias_moves_silently(self, people):
        pool = people.pool(**ALIASES)
        email = fresh()
        bob = pool.user(email=email, email_verified="true")
        sue = pool.user()
        sue.admin_update({"email": email, "email_verified": "true"})
        assert admin_get(bob) == {"email": email, "email_verified": "false"}
        assert admin_get(sue) == {"email": email, "email_verified": "true"}
        owner = sue.idp.get_user(AccessToken=pool.token(email))
        assert owner["Username"] == sue.username

    @pytest.mark.parametrize("changes", [{}, {"email_verified": "true"}])
    def test_a_username_does_not(self, people, changes):
        pool = people.pool(**ADDRESSES)
        email = fresh()
        pool.user(email)
        sue = pool.user(fresh())
        with refused("AliasExistsException", "An account with the given email already exists."):
            sue.admin_update({"email": email} | changes)

    @pytest.mark.parametrize("setting", [AUTO_BOTH, HOLD_BOTH])
    def test_a_mistyped_address_of_somebody_unconfirmed(self, people, server, setting):
        pool = people.pool(**ALIASES, **setting)
        mistyped, right, name = fresh("mistyped"), fresh("right"), fresh().partition("@")[0]
        given = [{"Name": "email", "Value": mistyped}]
        client = {"ClientId": pool.client_id, "Username": name}
        pool.idp.sign_up(**client, Password="Correct-horse-7", UserAttributes=given)
        named_so = {"UserPoolId": pool.id, "Username": name}
        pool.idp.admin_update_user_attributes(**named_so, UserAttributes=[{"Name": "email", "Value": right}])
        with refused("ExpiredCodeException"):
            pool.idp.confirm_sign_up(**client, ConfirmationCode=server.code(mistyped))
        server.clock.advance(0.001)
        pool.idp.resend_confirmation_code(**client)
        pool.idp.confirm_sign_up(**client, ConfirmationCode=server.code(right))
        attributes = named(pool.idp.admin_get_user(**named_so)["UserAttributes"])
        assert (attributes["email"], attributes["email_verified"]) == (right, "true")

    def test_users_are_named_by_alias_and_sub_too(self, people):
        pool = people.pool(**ALIASES)
        email = fresh()
        sue = pool.user(email=email, email_verified="true")
        for name, value in ((email, "a"), (sue.sub, "b"), (sue.username, "c")):
            pool.idp.admin_update_user_attributes(
                UserPoolId=pool.id, Username=name, UserAttributes=[{"Name": "name", "Value": value}]
            )
            assert admin_get(sue)["name"] == value


class TestDeletion:
    def test_values_go_and_missing_ones_are_no_matter(self, people):
        sue = people.pool(**SCHEMA).user(family_name="Doe", name="Sue", nickname="S")
        sue.delete("name", "website")
        assert sue.get() == {"family_name": "Doe", "nickname": "S"}
        sue.admin_delete("nickname", "website")
        assert sue.get() == {"family_name": "Doe"}

    def test_an_address_takes_flag_alias_and_waiting_value_with_it(self, people, server):
        pool = people.pool(**ALIASES, **HOLD_BOTH)
        email, phone, new = fresh(), fresh_phone(), fresh("new")
        sue = pool.user(email=email, email_verified="true", phone_number=phone, phone_number_verified="true")
        sue.update({"email": new})
        sue.delete("email")
        sue.admin_delete("phone_number")
        assert sue.get() == {}
        for name in (email, phone):
            with refused("UserNotFoundException"):
                pool.token(name)
        with refused("ExpiredCodeException"):
            sue.verify("email", server.code(new))

    def test_refusals(self, people):
        sue = people.pool(**SCHEMA).user(family_name="Doe", custom__born="1990")
        message = (
            "Invalid user attributes: "
            "user.custom:foo: Attribute does not exist in the schema.\n"
            "user.custom:born: Attribute cannot be updated.\n"
            "user.family_name: Required attribute cannot be deleted.\n"
        )
        names = ("custom:foo", "custom:born", "family_name", "name")
        for delete in (sue.delete, sue.admin_delete):
            with refused("InvalidParameterException", message):
                delete(*names)
            with refused("InvalidParameterException", "Cannot modify the non-mutable attribute sub"):
                delete("sub")
        assert sue.get() == {"family_name": "Doe", "custom:born": "1990"}

    def test_the_clients_write_list(self, people):
        sue = people.pool().client(WriteAttributes=["name"]).user(nickname="n", email=fresh())
        for name in ("nickname", "email_verified", "custom:foo"):
            with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
                sue.delete(name)
        sue.admin_delete("nickname")
        assert "nickname" not in sue.get()

    def test_neither_fires_a_trigger(self, people):
        sue = people.pool(**ALIASES, **HOLD_BOTH, **RECORDING).user(email=fresh(), email_verified="true")
        sue.delete("email")
        sue.admin_delete("name")
        assert events_of(sue.username) == []
