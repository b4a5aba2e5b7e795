"""ListUsers' filter: its grammar, its errors, and that nothing but the quoted text reaches a search."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import filters
from poolhouse.domain.filters import Filter, parse, search_rows
from poolhouse.domain.user import Status, User
from poolhouse.errors import InvalidParameterException


def quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("text", [None, "", " ", "\t\n "])
def test_a_blank_filter_finds_everybody(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('email = "a@example.com"', Filter("email", "=", "a@example.com")),
        ('email^="testuser"', Filter("email", "^=", "testuser")),
        ('  email   ^=\t"x" \n', Filter("email", "^=", "x")),
        ('username="Jane"', Filter("username", "=", "Jane")),
        ('given_name = "JANE"', Filter("given_name", "=", "jane")),
        ('cognito:user_status = "Confirmed"', Filter("cognito:user_status", "=", "confirmed")),
        ('status = "Enabled"', Filter("status", "=", "Enabled")),
        ('status = "enabled"', Filter("status", "=", "enabled")),
        ('sub = "ABC"', Filter("sub", "=", "abc")),
        (r'name = "the \"boss\""', Filter("name", "=", 'the "boss"')),
        (r'name = "back\\slash\d"', Filter("name", "=", r"back\slash\d")),
        ('name = ""', Filter("name", "=", "")),
        ('name = "a = b ^= c"', Filter("name", "=", "a = b ^= c")),
        ('name = "two\nlines"', Filter("name", "=", "two\nlines")),
    ],
)
def test_conditions(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "email",
        "email =",
        "email = a@example.com",
        "email = 'a@example.com'",
        'email = "a',
        'email = "a""b"',
        'email = "a\\"',
        'email "a"',
        'email == "a"',
        'email ^ = "a"',
        'email != "a"',
        'email $= "a"',
        '= "a"',
        '"email" = "a"',
        'email = "a" AND name = "b"',
        'email = "a";',
        '"',
        "\\" * 255,
        'name = "' + "\\" * 246 + "x",
        'name = "a\0b"',
    ],
)
def test_bad_syntax(text):
    with pytest.raises(InvalidParameterException) as caught:
        parse(text)
    assert caught.value.message == "Error while parsing filter."


@pytest.mark.parametrize(
    "name", ["custom:foo", "address", "email_verified", "Email", "locale", "user_id", "1"]
)
def test_only_some_attributes_can_be_searched(name):
    with pytest.raises(InvalidParameterException) as caught:
        parse(f'{name} = "x"')
    assert caught.value.message == f"Invalid search attribute: {name}"


@given(
    name=st.sampled_from(sorted(filters.SEARCHABLE)),
    op=st.sampled_from(["=", "^="]),
    value=st.text(st.characters(exclude_characters="\0")),
    space=st.text(alphabet=" \t\n", max_size=3),
)
def test_every_value_can_be_quoted(name, op, value, space):
    text = f"{space}{name}{space}{op}{space}{quote(value)}{space}"
    assert parse(text) == Filter(name, op, filters.search_form(name, value))


@given(st.text(max_size=256))
def test_any_text_is_a_filter_or_a_documented_error(text):
    with contextlib.suppress(InvalidParameterException):
        parsed = parse(text)
        assert parsed is None or parsed.name in filters.SEARCHABLE


@given(st.text(alphabet='ab"\\= ^', max_size=40))
def test_text_made_of_the_grammars_own_characters(text):
    try:
        parsed = parse('name = "' + text + '"')
    except InvalidParameterException:
        return
    assert parsed is not None
    assert parsed.name == "name"


def test_what_a_user_is_found_by():
    user = User(
        "us-east-1_a",
        "S-1",
        "Jane",
        Status.CONFIRMED,
        enabled=False,
        created=1.0,
        modified=1.0,
        attributes={"email": "Jane@Example.com", "name": "Jane D", "address": "x", "family_name": ""},
    )
    assert search_rows(user) == {
        "username": "Jane",
        "sub": "s-1",
        "cognito:user_status": "confirmed",
        "status": "Disabled",
        "email": "jane@example.com",
        "name": "jane d",
    }


def some_user(username, status, enabled, attributes):
    return User("p_1", "s-1", username, status, enabled, created=1.0, modified=1.0, attributes=attributes)


USERS = st.builds(
    some_user,
    st.sampled_from(["jane", "Jane"]),
    st.sampled_from([Status.CONFIRMED, Status.RESET_REQUIRED]),
    st.booleans(),
    st.dictionaries(st.sampled_from(["email", "name", "nickname"]), st.sampled_from(["", "a", "A"])),
)


@given(USERS, USERS)
def test_users_who_are_found_alike_have_the_same_rows(before, after):
    if filters.found_alike(before, after):
        assert search_rows(before) == search_rows(after)


@given(USERS, st.dictionaries(st.sampled_from(["nickname", "custom:team"]), st.text()))
def test_what_nobody_searches_makes_no_difference(user, other):
    assert filters.found_alike(user, replace(user, attributes={**user.attributes, **other}))
