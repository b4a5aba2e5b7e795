"""AddCustomAttributes through botocore."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError


def text(name, **members):
    return {"Name": name, "AttributeDataType": "String", **members}


@pytest.fixture
def pool_id(idp):
    return idp.create_user_pool(PoolName="P")["UserPool"]["Id"]


@pytest.fixture
def add(idp, pool_id):
    return lambda *attributes: idp.add_custom_attributes(
        UserPoolId=pool_id, CustomAttributes=list(attributes)
    )


@pytest.fixture
def schema(idp, pool_id):
    def read():
        described = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]["SchemaAttributes"]
        return {attribute["Name"]: attribute for attribute in described}

    return read


def message_of(function, *arguments):
    with pytest.raises(ClientError) as caught:
        function(*arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameterException"
    return error["Message"]


def test_attributes_are_added_and_described(add, schema):
    answer = add(
        text("CustomAttr1", StringAttributeConstraints={"MinLength": "1", "MaxLength": "15"}),
        {"Name": "age", "AttributeDataType": "Number", "Mutable": True},
        text("hidden", DeveloperOnlyAttribute=True),
    )
    assert answer.keys() == {"ResponseMetadata"}
    added = {name: value for name, value in schema().items() if ":" in name}
    assert list(added) == ["custom:CustomAttr1", "custom:age", "dev:custom:hidden"]
    assert added["custom:CustomAttr1"] == {
        "Name": "custom:CustomAttr1",
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": False,
        "Required": False,
        "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "15"},
    }


def test_a_name_is_taken_once(add, schema):
    add(text("team"))
    assert message_of(add, text("other"), text("team")) == (
        "custom:team: Existing attribute already has name custom:team."
    )
    assert "custom:other" not in schema()


def test_fifty_and_no_more(add, schema):
    add(*(text(f"a{n}") for n in range(25)))
    add(*(text(f"b{n}") for n in range(25)))
    assert len(schema()) == 70
    assert "50" in message_of(add, text("one-too-many"))
    assert len(schema()) == 70


def test_custom_attributes_survive_an_update(idp, pool_id, add, schema):
    add(text("team"))
    idp.update_user_pool(UserPoolId=pool_id)
    assert "custom:team" in schema()


def test_calls_at_once_lose_nothing(add, schema):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: add(text(f"n{n}")), range(8)))
    assert {f"custom:n{n}" for n in range(8)} <= set(schema())
