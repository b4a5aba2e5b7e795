"""Bodies to shapes, and what is wrong with those that are not."""

import contextlib
import json
import re
import sys

import msgspec
import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.errors import InvalidParameterException, SerializationException, ServiceError
from poolhouse.settings import Server
from poolhouse.wire import constraints, protocol, shapes
from poolhouse.wire.operations import OPERATIONS
from poolhouse.wire.validation import MOST_STEPS

MODEL = Loader().load_service_model("cognito-idp", "service-2")
TOKEN = "eyJraWQiOiJ4In0.eyJzdWIiOiJ4In0.c2ln"


def decode(name: str, body: object) -> shapes.Shape:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return protocol.decode_request(OPERATIONS[name], raw)


def refused(name: str, body: object) -> str:
    with pytest.raises(InvalidParameterException) as caught:
        decode(name, body)
    return caught.value.message


def unreadable(name: str, body: object) -> str:
    with pytest.raises(SerializationException) as caught:
        decode(name, body)
    return caught.value.message


def test_a_request_becomes_its_shape():
    body = {"AccessToken": TOKEN, "UserAttributes": [{"Name": "email", "Value": ""}], "Unknown": [1, {}]}
    assert decode("UpdateUserAttributes", body) == shapes.UpdateUserAttributesRequest(
        AccessToken=TOKEN, UserAttributes=[shapes.AttributeType(Name="email", Value="")]
    )


def test_an_empty_body_is_an_empty_object():
    assert decode("CreateUserPool", b'{"PoolName":"x"}').PoolName == "x"
    assert refused("GetUser", b"") == refused("GetUser", b"{}")


def test_null_is_absent_everywhere():
    body = {
        "AuthFlow": "USER_SRP_AUTH",
        "ClientId": "abc",
        "AuthParameters": {"USERNAME": "ann", "DEVICE_KEY": None},
        "ClientMetadata": None,
        "UserContextData": {"EncodedData": None},
    }
    request = decode("InitiateAuth", body)
    assert request.AuthParameters == {"USERNAME": "ann"}
    assert request.UserContextData == shapes.UserContextDataType()
    attributes = [None, {"Name": "email", "Value": None}]
    request = decode("UpdateUserAttributes", {"AccessToken": TOKEN, "UserAttributes": attributes})
    assert request.UserAttributes == [shapes.AttributeType(Name="email")]
    assert refused("GetUser", {"AccessToken": None}) == refused("GetUser", {})


def test_nulls_inside_documents_stay():
    body = {"AccessToken": TOKEN, "Credential": {"id": "x", "authenticatorAttachment": None}}
    assert decode("CompleteWebAuthnRegistration", body).Credential == body["Credential"]


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ({"Name": "a", "Value": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"Name": "a", "Value": 1.5}, "NUMBER_VALUE can not be converted to a String"),
        ({"Name": "a", "Value": True}, "TRUE_VALUE can not be converted to a String"),
        ({"Name": "a", "Value": False}, "FALSE_VALUE can not be converted to a String"),
        ({"Name": "a", "Value": {}}, "Start of structure or map found where not expected."),
        ({"Name": "a", "Value": []}, "Start of list found where not expected."),
        ("a", "Unexpected field type"),
    ],
    ids=str,
)
def test_a_wrong_type_is_a_serialization_exception(attribute, message):
    assert unreadable("UpdateUserAttributes", {"AccessToken": "", "UserAttributes": [attribute]}) == message


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("60", "STRING_VALUE can not be converted to an Integer"),
        (True, "TRUE_VALUE can not be converted to an Integer"),
        (1.5, "NUMBER_VALUE can not be converted to an Integer"),
        (2**31, "NUMBER_VALUE can not be converted to an Integer"),
        (10**300, "NUMBER_VALUE can not be converted to an Integer"),
    ],
    ids=str,
)
def test_a_number_must_be_a_number_that_fits(limit, message):
    assert unreadable("ListUsers", {"UserPoolId": "r_a", "Limit": limit}) == message


def test_other_wrong_types():
    assert unreadable("InitiateAuth", {"AuthParameters": "x"}) == "Expected map or null"
    assert unreadable("UpdateUserAttributes", {"UserAttributes": {}}) == "Unexpected field type"
    body = {"PoolName": "x", "LambdaConfig": []}
    assert unreadable("CreateUserPool", body) == "Unexpected field type"
    body = {"UserPoolId": "r_a", "ClientName": "x", "GenerateSecret": "yes"}
    assert unreadable("CreateUserPoolClient", body) == "STRING_VALUE can not be converted to a Boolean"


def test_a_whole_float_is_an_integer():
    assert decode("ListUsers", b'{"UserPoolId":"r_a","Limit":1e1}').Limit == 10


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"x"',
        b"1",
        b"{",
        b" ",
        b"\xff",
        b'\xef\xbb\xbf{"AccessToken":"x"}',
        b'{"AccessToken":"x"} {}',
        b'{"AccessToken":"\xff"}',
        b'{"AccessToken":"\xed\xa0\x80"}',
        b'{"AccessToken":"\\ud800"}',
        b'{"AccessToken":"\\udc00\\ud800"}',
        b'{"AccessToken":NaN}',
        b'{"AccessToken":1e999}',
        b'{"AccessToken":1' + b"0" * 5000 + b"}",
        b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"x":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"AccessToken":"a\nb"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_request_is_a_serialization_exception(body):
    unreadable("GetUser", body)


def test_of_duplicate_members_the_last_counts():
    assert decode("GetUser", b'{"AccessToken":"a","AccessToken":"b"}').AccessToken == "b"


def test_a_nul_character_is_refused_wherever_it_is():
    for body in ({"AccessToken": "a\0"}, {"AccessToken": "a", "x": {"\0": 1}}, {"y": ["\0"]}):
        assert "NUL" in refused("GetUser", body)
    body = b'{"AccessToken":"a","UserAttributes":[{"Name":"a","Value":"\\\\u0000"}]}'
    assert decode("UpdateUserAttributes", body).UserAttributes[0].Value == "\\u0000"


# --- the wording of violations -------------------------------------------------------------------------------


def test_a_missing_member():
    assert refused("ListUsers", {}) == (
        "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_a_secret_is_left_out_even_when_it_is_missing():
    assert refused("GetUser", {}) == (
        "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: "
        "Member must not be null"
    )
    message = refused("ChangePassword", {"AccessToken": "a b", "ProposedPassword": "my secret"})
    assert message == (
        "2 validation errors detected: "
        r"Value at 'proposedPassword' failed to satisfy constraint: Member must satisfy regular expression "
        r"pattern: [\S]+; "
        "Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[A-Za-z0-9-_=.]+"
    )


def test_violations_inside_a_list_of_structures():
    body = {"AccessToken": TOKEN, "UserAttributes": [{"Name": "email"}, {"Name": ""}, {}, {"Name": "n" * 33}]}
    assert refused("UpdateUserAttributes", body) == (
        "4 validation errors detected: "
        "Value '' at 'userAttributes.2.member.name' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1; "
        "Value '' at 'userAttributes.2.member.name' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+; "
        "Value null at 'userAttributes.3.member.name' failed to satisfy constraint: Member must not be null; "
        f"Value '{'n' * 33}' at 'userAttributes.4.member.name' failed to satisfy constraint: "
        "Member must have length less than or equal to 32"
    )


def test_violations_inside_a_nested_structure():
    body = {
        "PoolName": "x",
        "Policies": {"PasswordPolicy": {"MinimumLength": 5}},
        "MfaConfiguration": "false",
    }
    assert refused("CreateUserPool", body) == (
        "2 validation errors detected: "
        "Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: "
        "Member must have value greater than or equal to 6; "
        "Value 'false' at 'mfaConfiguration' failed to satisfy constraint: "
        "Member must satisfy enum value set: [OPTIONAL, OFF, ON]"
    )


def test_a_number_out_of_range():
    assert refused("ListUsers", {"UserPoolId": "r_a", "Limit": 61}) == (
        "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 60"
    )


def test_a_list_of_simple_values_is_shown_whole():
    # As recorded in awsdocs/aws-cloudformation-user-guide#563.
    body = {"UserPoolId": "r_a", "ClientName": "x", "AllowedOAuthFlows": ["code", "token"]}
    assert refused("CreateUserPoolClient", body) == (
        "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed to satisfy "
        "constraint: Member must satisfy constraint: [Member must satisfy enum value set: "
        "[implicit, client_credentials, code]]"
    )


def test_enum_sets_are_printed_in_the_recorded_order():
    # As recorded in awsdocs/aws-cloudformation-user-guide#525 (eight values then; two more today).
    body = {"UserPoolId": "r_a", "ClientName": "x", "ExplicitAuthFlows": ["x"]}
    message = refused("CreateUserPoolClient", body)
    recorded = [
        "ALLOW_CUSTOM_AUTH",
        "ADMIN_NO_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "CUSTOM_AUTH_FLOW_ONLY",
        "USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    ]
    printed = message.rpartition("set: [")[2].rstrip("]").split(", ")
    assert [value for value in printed if value in recorded] == recorded
    message = refused("AdminCreateUser", {"UserPoolId": "r_a", "Username": "u", "MessageAction": "SURPRESS"})
    assert message.endswith("Member must satisfy enum value set: [SUPPRESS, RESEND]")


def test_keys_and_values_of_maps():
    body = {"UserPoolId": "r_a", "TermsName": "terms-of-use", "ClientId": "a", "TermsSource": "LINK"}
    message = refused("CreateTerms", {**body, "Enforcement": "NONE", "Links": {"klingon": "a b"}})
    assert message.count("Value '{klingon=a b}' at 'links' failed to satisfy constraint: ") == 2
    assert "Map keys must satisfy constraint: [Member must satisfy regular expression pattern:" in message
    assert (
        "Map value must satisfy constraint: [Member must have length less than or equal to 1024," in message
    )


def test_a_hostile_body_does_not_get_a_huge_answer():
    body = {"AccessToken": TOKEN, "UserAttributes": [{}] * 300_000}
    message = refused("UpdateUserAttributes", body)
    assert message.startswith("100 validation errors detected: ")
    assert len(message) < 20_000


LARGEST_BODY = Server().body_limit


def _full(before: str, item: str, after: str) -> bytes:
    """Return a body of the largest size there may be, filled with as many of an item as fit."""
    room = LARGEST_BODY - len(before) - len(after) - len(item)
    return (before + (item + ",") * (room // (len(item) + 1)) + item + after).encode()


HOSTILE = {
    "empty structures": ("CreateUserPool", _full('{"PoolName":"a","Schema":[', "{}", "]}")),
    "structures that lack a member": ("SignUp", _full('{"UserAttributes":[', "{}", "]}")),
    "structures that are right": ("SignUp", _full('{"UserAttributes":[', '{"Name":"a"}', "]}")),
    "texts that are right": ("CreateUserPoolClient", _full('{"CallbackURLs":[', '"a"', "]}")),
    "nulls": ("SignUp", _full('{"UserAttributes":[', "null", "]}")),
    "entries": ("SignUp", _full('{"ClientMetadata":{', '"a":""', "}}")),
    "different entries": (
        "SignUp",
        json.dumps({"ClientMetadata": {f"{n:x}": "" for n in range(80_000)}}).encode(),
    ),
    "unknown members": ("SignUp", _full('{"X":[', "[]", "]}")),
    "unknown members, nested": ("SignUp", _full('{"X":[', f"{'[' * 400}{']' * 400}", "]}")),
    "unknown members with an escape": ("SignUp", _full('{"X":["\\\\u0000",', '""', "]}")),
    "an unknown NUL at the end": ("SignUp", _full('{"X":[', '""', ',"\\u0000"]}')),
    "backslashes": ("SignUp", _full('{"X":["\\\\u0000",', '"' + "\\\\" * 99 + '"', "]}")),
}


@pytest.mark.parametrize(("name", "body"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_costs_no_more_than_a_large_request(name, body):
    calls = 0

    def count(_frame, event, _arg):
        nonlocal calls
        calls += event == "call"

    decode("SignUp", {"ClientId": "a", "Username": "u", "X": None})  # what is made once, is made
    sys.setprofile(count)
    try:
        with contextlib.suppress(ServiceError):
            decode(name, body)
    finally:
        sys.setprofile(None)
    assert len(body) <= LARGEST_BODY
    assert calls < 20 * MOST_STEPS


def test_who_sends_too_much_is_told_so():
    body = {"ClientId": "a", "Username": "u", "ClientMetadata": {str(n): "" for n in range(MOST_STEPS)}}
    assert decode("SignUp", body).ClientMetadata == body["ClientMetadata"]  # nothing to be found out
    body["ClientMetadata"]["more"] = None
    assert refused("SignUp", body) == "The request holds more than 10000 values."
    body["Username"] = ""  # what is found is told
    assert refused("SignUp", body).startswith("2 validation errors detected: Value at 'username' failed")


def test_an_escaped_escape_is_no_nul():
    for text in ("\\u0000", "\\\\u0000", "x\\u0000"):
        assert decode("SignUp", {"ClientId": "a", "Username": "u", "ClientMetadata": {"a": text}})
    for text in ("\0", "\\\0", "\\u0000\0", "\\u0000\\\0"):
        assert "NUL" in refused("SignUp", {"ClientId": "a", "Username": "u", "ClientMetadata": {"a": text}})


def _pattern(name: str) -> re.Pattern[str]:
    kind = msgspec.inspect.type_info(getattr(constraints, name))
    return re.compile(kind.type.pattern)


UNCHECKED = {"DomainType"}
"""The service checks these in words of its own."""
PATTERNS = sorted({name for name, shape in MODEL["shapes"].items() if "pattern" in shape} - UNCHECKED)


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_more_than_linear_time_over_a_hostile_text(name):
    # A pattern that backtracks would run for hours over these, and into the suite's time limit.
    for part in ["a@", "{####}", "{##", "a_", "-_", "a:", "arn:", "0-", "a.", "é", "cognito:"]:
        for end in ["\u0001", "\n", "##}" * 1000 + "\u0001"]:
            _pattern(name).search(part * 100_000 + end)


LINEAR = ["EmailAddressType", "EmailVerificationMessageType", "EmailVerificationMessageByLinkType"]


@given(
    st.sampled_from([*LINEAR, "SmsVerificationMessageType"]), st.text(alphabet="{}#@a \n\u0001", max_size=14)
)
def test_a_linear_pattern_accepts_what_the_models_pattern_accepts(name, text):
    naive = MODEL["shapes"][name]["pattern"].replace(r"\p{L}\p{M}\p{S}\p{N}\p{P}", "!-~")
    assert bool(_pattern(name).search(text)) == bool(re.fullmatch(naive, text))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Ἀριστοτέλης", True),
        ("用户", True),
        ("e\u0301", True),
        ("😀", True),
        ("²½", True),
        ("a b", False),
        ("a\u00a0b", False),
        ("\u200b", False),
        ("\ue000", False),
        ("\u0378", False),
        ("ann\n", False),
        ("", False),
    ],
    ids=ascii,
)
def test_user_names_are_letters_marks_symbols_numbers_and_punctuation(text, good):
    body = {"UserPoolId": "r_a", "Username": text}
    if good:
        assert decode("AdminGetUser", body).Username == text
    else:
        assert "'username'" in refused("AdminGetUser", body)


@pytest.mark.parametrize(
    ("text", "good"), [("a{####}b", True), ("{####}", True), ("{###}", False), ("\u0001{####}", False)]
)
def test_messages_hold_their_placeholder(text, good):
    body = {"PoolName": "x", "EmailVerificationMessage": text.ljust(8, "x")}
    if good:
        decode("CreateUserPool", body)
    else:
        refused("CreateUserPool", body)


# --- no body does anything else ------------------------------------------------------------------------------

members = st.sampled_from(
    sorted({member for shape in MODEL["shapes"].values() for member in shape.get("members", {})})
)
values = st.sampled_from(["", "a", "r_a", "OFF", "USER_SRP_AUTH", "email", "{####}xx", "a b", "\0", "é😀"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | values,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(members | st.text(), inner, max_size=6),
    max_leaves=25,
)
names = st.sampled_from(sorted(OPERATIONS))


@given(names, st.binary() | trees.map(lambda tree: json.dumps(tree).encode()))
def test_any_body_is_a_request_or_a_service_error(name, body):
    operation = OPERATIONS[name]
    with contextlib.suppress(ServiceError):
        assert isinstance(protocol.decode_request(operation, body), operation.request)


def _near(name: str) -> st.SearchStrategy:  # noqa: PLR0911 - a case for each type
    """A value for a shape of the model: mostly right, now and then null, absent, or of another type."""
    shape = MODEL["shapes"][name]
    match shape["type"]:
        case "structure":
            parts = {member: _near(target["shape"]) for member, target in shape["members"].items()}
            return st.fixed_dictionaries({}, optional=parts) | trees
        case "list":
            return st.lists(_near(shape["member"]["shape"]), max_size=3)
        case "map":
            return st.dictionaries(_near(shape["key"]["shape"]), _near(shape["value"]["shape"]), max_size=3)
        case "string":
            return (
                st.sampled_from(shape.get("enum", ["a", "r_a", "import-1"])) | values | st.text(max_size=40)
            )
        case "integer":
            return st.integers(-2, 70)
        case "boolean":
            return st.booleans()
    return st.none()


@given(st.data())
def test_the_quick_and_the_thorough_reading_agree(data):
    name = data.draw(st.sampled_from(["UpdateUserAttributes", "CreateUserPool", "InitiateAuth", "ListUsers"]))
    operation = OPERATIONS[name]
    body = json.dumps(data.draw(_near(operation.request.__name__))).encode()
    try:
        quick = msgspec.json.decode(body, type=operation.request)
    except ValueError:
        quick = None
    try:
        thorough = protocol._explain(operation, body)
    except ServiceError:
        thorough = None
    forgiven = any(part in body for part in (b"\\u0000", b"null", b".0"))  # by the thorough reading only
    if not forgiven or (quick and thorough):
        assert quick == thorough


# --- answers -------------------------------------------------------------------------------------------------


def test_answers():
    assert protocol.encode_response(None) == b"{}"
    assert protocol.encode_response(shapes.VerifyUserAttributeResponse()) == b"{}"
    result = shapes.InitiateAuthResponse(ChallengeParameters={})
    assert protocol.encode_response(result) == b'{"ChallengeParameters":{}}'


def test_errors():
    error = InvalidParameterException("“x”", "Reason")
    assert json.loads(protocol.encode_error(error)) == {
        "__type": "InvalidParameterException",
        "message": "“x”",
        "reasonCode": "Reason",
    }
    assert protocol.encode_error(SerializationException()) == b'{"__type":"SerializationException"}'
