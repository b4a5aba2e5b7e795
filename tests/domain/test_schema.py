"""A pool's schema and every refusal of digest «users» §1.3."""

import pytest

from poolhouse.domain.schema import STANDARD, add_custom, build_schema
from poolhouse.errors import InvalidParameterException

BUILT_IN = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
]


def custom(name="x", **members):
    return {"Name": name, "AttributeDataType": "String", **members}


def refused(entries, *, build=build_schema):
    with pytest.raises(InvalidParameterException) as refusal:
        build(entries)
    return refusal.value.message


def test_a_pool_without_schema_has_the_twenty_built_in_attributes_in_order():
    schema = build_schema([])
    assert list(schema) == BUILT_IN
    assert [name for name, attribute in schema.items() if attribute.required] == ["sub"]
    assert [name for name, attribute in schema.items() if not attribute.mutable] == ["sub"]
    assert not any(attribute.developer_only for attribute in schema.values())


def test_built_in_constraints():
    schema = build_schema([])
    assert schema["sub"].string_constraints == {"MinLength": "1", "MaxLength": "2048"}
    assert schema["birthdate"].string_constraints == {"MinLength": "10", "MaxLength": "10"}
    assert schema["updated_at"].number_constraints == {"MinValue": "0"}
    flag = schema["email_verified"]
    assert (flag.data_type, flag.string_constraints, flag.number_constraints) == ("Boolean", None, None)


def test_a_built_in_attribute_is_adjusted_in_its_place():
    entry = {"Name": "email", "Required": True, "Mutable": False}
    entry |= {"StringAttributeConstraints": {"MinLength": "5"}}
    schema = build_schema([entry])
    assert list(schema) == BUILT_IN
    assert schema["email"].required
    assert not schema["email"].mutable
    assert schema["email"].string_constraints == {"MinLength": "5", "MaxLength": "2048"}


def test_sub_can_be_described_but_not_altered():
    assert build_schema([{"Name": "sub", "Required": False, "Mutable": True}])["sub"] == STANDARD["sub"]


def test_custom_attributes_follow_in_the_order_given_immutable_unless_said():
    schema = build_schema([custom("b", Mutable=True), custom("a"), custom("d", DeveloperOnlyAttribute=True)])
    assert list(schema)[20:] == ["custom:b", "custom:a", "dev:custom:d"]
    assert [schema[name].mutable for name in list(schema)[20:]] == [True, False, False]
    assert schema["dev:custom:d"].developer_only
    assert schema["custom:a"].string_constraints == {}


def test_only_the_constraints_given_are_kept():
    entry = custom(StringAttributeConstraints={"MinLength": None, "MaxLength": "2000"})
    assert build_schema([entry])["custom:x"].string_constraints == {"MaxLength": "2000"}
    entry = {"Name": "n", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "-1.5"}}
    assert build_schema([entry])["custom:n"].number_constraints == {"MinValue": "-1.5"}
    assert build_schema([{"Name": "n", "AttributeDataType": "Number"}])["custom:n"].number_constraints == {}


def test_adding_keeps_what_is_there_and_treats_every_name_as_custom():
    before = build_schema([custom("a")])
    after = add_custom(before, [custom("email"), custom("b")])
    assert list(after) == [*before, "custom:email", "custom:b"]
    assert list(before) == [*BUILT_IN, "custom:a"]


NO_TYPE = "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
FIXED = "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute family_name"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"Name": "x"}, NO_TYPE),
        ({"Name": "x", "AttributeDataType": "Text"}, NO_TYPE),
        ({"Name": "family_name", "AttributeDataType": "Number"}, FIXED),
        ({"Name": "family_name", "DeveloperOnlyAttribute": True}, FIXED),
        (custom(Required=True), "Required custom attributes are not supported currently."),
        (
            custom(StringAttributeConstraints={"MaxLength": "many"}),
            "Invalid StringAttributeConstraints for schema attribute custom:x",
        ),
        (
            custom(StringAttributeConstraints={"MinLength": "-1"}),
            "Invalid StringAttributeConstraints for schema attribute custom:x",
        ),
        (
            {"Name": "b", "AttributeDataType": "Boolean", "StringAttributeConstraints": {"MaxLength": "1"}},
            "Invalid StringAttributeConstraints for schema attribute custom:b",
        ),
        (
            custom(NumberAttributeConstraints={"MinValue": "1"}),
            "Invalid NumberAttributeConstraints for schema attribute custom:x",
        ),
        (
            {"Name": "n", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MaxValue": "NaN"}},
            "Invalid NumberAttributeConstraints for schema attribute custom:n",
        ),
        (
            custom(StringAttributeConstraints={"MaxLength": "2049"}),
            "user.custom:x: String attributes cannot have a length of more than 2048",
        ),
        (
            custom(StringAttributeConstraints={"MinLength": "9", "MaxLength": "8"}),
            "user.custom:x: Max length cannot be less than min length.",
        ),
        (
            {"Name": "birthdate", "StringAttributeConstraints": {"MinLength": "11"}},
            "user.birthdate: Max length cannot be less than min length.",
        ),
        (
            {
                "Name": "n",
                "AttributeDataType": "Number",
                "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "0.5"},
            },
            "user.custom:n: Max value cannot be less than min value.",
        ),
    ],
)
def test_refusals(entry, message):
    assert refused([entry]) == message


def test_a_name_that_is_there():
    message = "custom:x: Existing attribute already has name custom:x."
    assert refused([custom(), custom()]) == message
    schema = build_schema([custom()])
    assert refused([custom()], build=lambda entries: add_custom(schema, entries)) == message
    twice = [custom("banana", DeveloperOnlyAttribute=True)] * 2
    assert refused(twice) == "custom:banana: Existing attribute already has name dev:custom:banana."
    assert refused([{"Name": "email"}] * 2) == "email: Existing attribute already has name email."


def test_fifty_custom_attributes_and_no_more():
    schema = build_schema([custom(f"a{n}") for n in range(50)])
    message = refused([custom("b")], build=lambda entries: add_custom(schema, entries))
    assert message == "A user pool can have at most 50 custom attributes."


@pytest.mark.parametrize("entry", [{}, {"AttributeDataType": "Number"}, {"Required": True}, {"Name": ""}])
@pytest.mark.parametrize("build", [build_schema, lambda entries: add_custom(build_schema([]), entries)])
def test_attack_a_nameless_attribute(build, entry):
    """The model lets a request leave the name out."""
    with pytest.raises(InvalidParameterException):
        build([entry])
