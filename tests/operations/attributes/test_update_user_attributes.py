"""UpdateUserAttributes: its checks in their order, and what a value does (digest «users» §§2.1 to 2.3)."""

import json
from contextlib import closing
from http.client import HTTPConnection

import pytest

from support.people import ADDRESSES, AUTO_BOTH, fresh, listed, refused

SCHEMA = [
    {"Name": "family_name", "AttributeDataType": "String", "Required": True, "Mutable": True},
    {"Name": "department", "AttributeDataType": "String", "Mutable": True},
    {
        "Name": "badge",
        "AttributeDataType": "String",
        "Mutable": True,
        "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "5"},
    },
    {"Name": "born", "AttributeDataType": "String", "Mutable": False},
    {"Name": "age", "AttributeDataType": "Number", "Mutable": True},
    {"Name": "secret", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
]


@pytest.fixture
def pool(people):
    return people.pool(Schema=SCHEMA, **AUTO_BOTH)


@pytest.fixture
def sue(pool):
    return pool.user(family_name="Doe", custom__born="1990", nickname="Su")


def post(server, operation, body):
    """Send a request that botocore would not; return the status and the JSON answer."""
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    with closing(HTTPConnection(server.url.removeprefix("http://"))) as connection:
        connection.request("POST", "/", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)


class TestValues:
    def test_a_value_replaces_a_blank_deletes_the_rest_stays(self, sue):
        details = sue.update({"nickname": "", "name": "Sue", "custom:department": "Q"})
        assert details == []
        assert sue.get() == {
            "family_name": "Doe",
            "custom:born": "1990",
            "name": "Sue",
            "custom:department": "Q",
        }
        sue.update({"name": "Susan", "custom:department": ""})
        assert sue.get() == {"family_name": "Doe", "custom:born": "1990", "name": "Susan"}

    def test_the_last_of_two_counts(self, sue):
        twice = [{"Name": "name", "Value": value} for value in ("first", "last")]
        sue.idp.update_user_attributes(AccessToken=sue.token, UserAttributes=twice)
        assert sue.get()["name"] == "last"

    def test_any_text_comes_back_as_it_was_sent(self, sue):
        text = "Zoë 🦉\n\t\"'\\ <b>"
        sue.update({"name": text, "address": '{"formatted": "x"}'})
        assert sue.get()["name"] == text
        assert sue.get()["address"] == '{"formatted": "x"}'

    def test_the_time_of_the_change_moves(self, sue, server):
        def times():
            user = sue.idp.admin_get_user(UserPoolId=sue.pool.id, Username=sue.username)
            return user["UserCreateDate"], user["UserLastModifiedDate"]

        created, modified = times()
        server.clock.advance(5)
        sue.update({"name": "Sue"})
        assert times()[0] == created
        assert (times()[1] - modified).total_seconds() == pytest.approx(5, abs=0.01)

    def test_the_answer_is_an_empty_list_where_no_code_was_sent(self, sue, server):
        body = {"AccessToken": sue.token, "UserAttributes": listed({"name": "x"})}
        assert post(server, "UpdateUserAttributes", body) == (200, {"CodeDeliveryDetailsList": []})


class TestChecks:
    """Each wins over those below it."""

    def test_1_the_model_all_failures_joined(self, server):
        body = {"AccessToken": "no token", "UserAttributes": [{"Name": "n" * 33, "Value": "v"}]}
        status, answer = post(server, "UpdateUserAttributes", body)
        assert (status, answer["__type"]) == (400, "InvalidParameterException")
        assert answer["message"].startswith("2 validation errors detected: ")

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (5, "NUMBER_VALUE can not be converted to a String"),
            (True, "TRUE_VALUE can not be converted to a String"),
            ({}, "Start of structure or map found where not expected."),
        ],
    )
    def test_1_a_value_that_is_no_string(self, sue, server, value, message):
        body = {"AccessToken": sue.token, "UserAttributes": [{"Name": "name", "Value": value}]}
        status, answer = post(server, "UpdateUserAttributes", body)
        assert (status, answer["__type"], answer["message"]) == (400, "SerializationException", message)

    def test_2_the_token(self, sue, server):
        sub = {"AccessToken": "abc", "UserAttributes": listed({"sub": None})}
        with refused("NotAuthorizedException", "Invalid Access Token"):
            sue.idp.update_user_attributes(**sub)
        sue.idp.global_sign_out(AccessToken=sue.token)
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            sue.update({"sub": None})
        server.clock.advance(3600)
        with refused("NotAuthorizedException", "Access Token has expired"):
            sue.update({"sub": None})

    @pytest.mark.parametrize("value", ["x", "", None])
    def test_3_sub(self, sue, value):
        with refused("InvalidParameterException", "Cannot modify the non-mutable attribute sub"):
            sue.update({"name": None, "sub": value})

    @pytest.mark.parametrize("name", ["email", "custom:born", "email_verified", "custom:none"])
    def test_4_null(self, sue, name):
        with refused("InvalidParameterException", f"Attribute value for {name} must not be null"):
            sue.update({"email_verified": "true", name: None})

    def test_4_null_in_json(self, sue, server):
        body = {"AccessToken": sue.token, "UserAttributes": [{"Name": "email", "Value": None}]}
        status, answer = post(server, "UpdateUserAttributes", body)
        assert (status, answer["__type"]) == (400, "InvalidParameterException")
        assert answer["message"] == "Attribute value for email must not be null"

    @pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "dev:custom:secret"])
    def test_5_what_no_client_writes(self, sue, name):
        with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
            sue.update({"custom:none": "x", name: "true"})

    def test_5_the_clients_list(self, pool):
        narrow = pool.client(WriteAttributes=["name", "family_name"])
        sue = narrow.user(family_name="Doe")
        for name in ("nickname", "custom:none"):
            with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
                sue.update({"name": "n", name: "x"})
        sue.update({"name": "n", "family_name": "Roe"})
        assert sue.get() == {"family_name": "Roe", "name": "n"}

    def test_6_the_schema_all_clauses_joined(self, sue):
        changes = {
            "department": "bare name",
            "custom:none": "",
            "custom:born": "1991",
            "family_name": "",
            "custom:badge": "12",
            "birthdate": "1990-01-01Z",
            "custom:age": "old",
            "email": "ill-formed",
        }
        message = (
            "user.department: Attribute does not exist in the schema.\n"
            "user.custom:none: Attribute does not exist in the schema.\n"
            "user.custom:born: Attribute cannot be updated.\n"
            "user.family_name: Required attribute cannot be deleted.\n"
            "user.custom:badge: String must be no shorter than 3 characters\n"
            "user.birthdate: String must be no longer than 10 characters\n"
            "user.custom:age: Value must be a number\n"
        )
        with refused("InvalidParameterException", message):
            sue.update(changes)

    def test_6_a_blank_does_not_delete_the_immutable(self, sue):
        with refused("InvalidParameterException", "user.custom:born: Attribute cannot be updated.\n"):
            sue.update({"custom:born": ""})

    @pytest.mark.parametrize("email", ["x", "a@", "@b", "a b@c", "a@b@c"])
    def test_7_the_form_of_an_address(self, sue, email):
        with refused("InvalidParameterException", "Invalid email address format."):
            sue.update({"email": email})

    @pytest.mark.parametrize("phone", ["5551234567", "+1 555", "+", "+1234567890123456"])
    def test_7_the_form_of_a_phone_number(self, sue, phone):
        with refused("InvalidParameterException", "Invalid phone number format."):
            sue.update({"phone_number": phone})

    def test_8_an_address_that_is_another_users_username(self, people):
        pool = people.pool(**ADDRESSES, **AUTO_BOTH)
        taken, sue = fresh(), pool.user(fresh())
        pool.user(taken)
        with refused("AliasExistsException", "An account with the given email already exists."):
            sue.update({"email": taken})


def test_a_refused_update_changes_nothing_and_sends_nothing(people, server):
    pool = people.pool(**ADDRESSES, **AUTO_BOTH)
    taken, mine, sue_phone = fresh(), fresh(), "+15550009999"
    pool.user(taken)
    sue = pool.user(mine)
    before = sue.get()
    refusals = [
        {"sub": "x"},
        {"name": None},
        {"email_verified": "true"},
        {"custom:none": "x"},
        {"birthdate": "x"},
        {"email": taken},
    ]
    for wrong in refusals:
        with refused(
            "AliasExistsException"
            if wrong == {"email": taken}
            else "NotAuthorizedException"
            if "email_verified" in wrong
            else "InvalidParameterException"
        ):
            sue.update({"phone_number": sue_phone, "nickname": "n"} | wrong)
    assert sue.get() == before
    assert server.texts(sue_phone) == []
    assert server.mails(taken) == []
    assert server.store.read(lambda tx: tx.outbox.due(float("inf"), 100)) == []
