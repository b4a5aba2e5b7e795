"""Sign-in names: their forms and who holds which (digest «users» §1.7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.aliases import check_username, held_names, is_email, is_phone, lookup_kinds
from poolhouse.domain.pool import Pool
from poolhouse.domain.schema import STANDARD
from poolhouse.domain.user import Status, User
from poolhouse.errors import InvalidParameterException


def pool(**config):
    return Pool("us-east-1_abc", "p", 0, 0, STANDARD, config)


def user(identifier="", **attributes):
    return User("us-east-1_abc", "s", "Sue", Status.CONFIRMED, True, 0, 0, attributes, identifier=identifier)


EMAIL_ONLY, PHONE_ONLY = pool(UsernameAttributes=["email"]), pool(UsernameAttributes=["phone_number"])
EITHER = pool(UsernameAttributes=["email", "phone_number"])
ALIASES = pool(AliasAttributes=["email", "phone_number", "preferred_username"])


@pytest.mark.parametrize(
    ("pool", "username", "message"),
    [
        (EMAIL_ONLY, "sue", "Username should be an email."),
        (EMAIL_ONLY, "+15551234567", "Username should be an email."),
        (PHONE_ONLY, "a@b.c", "Username should be a phone number."),
        (EITHER, "sue", "Username should be either an email or a phone number."),
        (
            ALIASES,
            "a@b.c",
            "Username cannot be of email format, since user pool is configured for email alias.",
        ),
        (
            ALIASES,
            "+15551234567",
            "Username cannot be of phone number format, since user pool is configured for phone number alias.",
        ),
    ],
)
def test_usernames_of_the_wrong_form(pool, username, message):
    with pytest.raises(InvalidParameterException) as refusal:
        check_username(pool, username)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("pool", "username"),
    [
        (EMAIL_ONLY, "a@b.c"),
        (PHONE_ONLY, "+15551234567"),
        (EITHER, "a@b.c"),
        (EITHER, "+15551234567"),
        (ALIASES, "sue"),
        (pool(), "a@b.c"),
        (pool(AliasAttributes=["phone_number"]), "a@b.c"),
    ],
)
def test_usernames_of_the_right_form(pool, username):
    check_username(pool, username)


@pytest.mark.parametrize("text", ["a@b", f"{'l' * 100}@example.com", "ä@b.c", "a+b@c.d"])
def test_addresses(text):
    assert is_email(text)


@pytest.mark.parametrize("text", ["", "a", "@b", "a@", "a@b@c", "a @b", "a@b\n", "a\0@b", "a@" + "b" * 2047])
def test_not_addresses(text):
    assert not is_email(text)


@pytest.mark.parametrize("text", ["+1115551234567", "+1"])
def test_phone_numbers(text):
    assert is_phone(text)


@pytest.mark.parametrize("text", ["", "5551234567", "+", "+1 555", "+1555\n", "+1234567890123456", "+١٢٣"])
def test_not_phone_numbers(text):
    assert not is_phone(text)


def test_a_plain_pool_knows_the_username_alone():
    sue = user(email="a@b.c", email_verified="true", preferred_username="s")
    assert held_names(pool(), sue) == [("username", "Sue")]


def test_an_alias_works_once_it_is_verified():
    assert held_names(ALIASES, user(email="a@b.c", email_verified="false")) == [("username", "Sue")]
    sue = user(email="a@b.c", email_verified="true", phone_number="+1", preferred_username="s")
    assert set(held_names(ALIASES, sue)) == {
        ("username", "Sue"),
        ("email", "a@b.c"),
        ("preferred_username", "s"),
    }


def test_a_username_attribute_works_at_once():
    assert ("email", "a@b.c") in held_names(EMAIL_ONLY, user(email="a@b.c", email_verified="false"))
    assert held_names(EMAIL_ONLY, user()) == [("username", "Sue")]


def test_of_two_username_attributes_a_user_has_one():
    sue = user("phone_number", email="a@b.c", phone_number="+1")
    assert held_names(EITHER, sue) == [("username", "Sue"), ("phone_number", "+1")]


def test_names_compare_without_case_where_the_pool_says_so():
    loose = pool(AliasAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    names = held_names(loose, user(email="A@B.c", email_verified="true"))
    assert names == [("username", "sue"), ("email", "a@b.c")]


KINDS = st.sets(st.sampled_from(["email", "phone_number"]))


@given(
    st.booleans(),
    KINDS,
    st.dictionaries(
        st.sampled_from(["email", "phone_number", "email_verified"]), st.sampled_from(["true", "+1", "a@b"])
    ),
)
def test_whatever_a_user_holds_of_the_right_form_is_looked_for(as_usernames, kinds, attributes):
    config = {"UsernameAttributes" if as_usernames else "AliasAttributes": sorted(kinds)}
    for kind, value in held_names(pool(**config), user(**attributes)):
        if kind == "username" or (is_email(value) if kind == "email" else is_phone(value)):
            assert kind in lookup_kinds(pool(**config), value)
