"""Filters beyond the service's: their grammar, their errors, and where their users are looked for."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import filters
from poolhouse.domain.filters import Filter
from poolhouse.domain.search import All, AnyOf, Match, Order, Search, Sorted, Span, access, fits, parse
from poolhouse.errors import InvalidParameterException
from support.things import a_user

ATTRIBUTES = ("custom:team", "custom:a(b)", "locale", "email")
RED = Filter("custom:team", "=", "red")
EMAIL = Filter("email", "*=", "example")
NAME = Filter("given_name", "^=", "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('custom:team = "Red"', Search(RED)),
        ('email*="EXAMPLE"', Search(EMAIL)),
        ('custom:team = "red" and email *= "example"', Search(All((RED, EMAIL)))),
        ('custom:team = "red" OR email *= "example"', Search(AnyOf((RED, EMAIL)))),
        (
            'custom:team="red" or email*="example" and given_name^="A"',
            Search(AnyOf((RED, All((EMAIL, NAME))))),
        ),
        (
            '(custom:team="red"or email*="example")and given_name^="A"',
            Search(All((AnyOf((RED, EMAIL)), NAME))),
        ),
        ('((custom:team = "red"))', Search(RED)),
        ('"custom:a(b)" = "x"', Search(Filter("custom:a(b)", "=", "x"))),
        ("order by email", Search(None, Order("email"))),
        ('custom:team = "red" ORDER BY email DESC ', Search(RED, Order("email", descending=True))),
        ('custom:team = "red" order by email asc', Search(RED, Order("email"))),
        ('locale = " and \\" or (" ', Search(Filter("locale", "=", ' and " or ('))),
    ],
)
def test_searches(text, expected):
    assert parse(text, ATTRIBUTES) == expected


@pytest.mark.parametrize("text", [None, "", "  ", 'email = "A"', 'sub ^= "a"', 'status = "Enabled"'])
def test_what_the_service_takes_means_the_same(text):
    assert parse(text, ATTRIBUTES) == filters.parse(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("email", 6),
        ('email ~ "a"', 7),
        ('email = "a" and', 16),
        ('email = "a" email = "b"', 13),
        ('(email = "a"', 13),
        ('email = "a")', 12),
        ("()", 2),
        ('email = "a', 9),
        ('email LIKE "a"', 7),
        ('email = "a"; DROP TABLE users', 12),
        ('email = "a" -- x', 13),
        ('email = "a" order email', 19),
        ("order by", 9),
        ("order by email limit 5", 16),
        ('email = "\0"', 9),
        ("* = *", 1),
    ],
)
def test_errors_say_where(text, at):
    with pytest.raises(InvalidParameterException) as refused:
        parse(text, ATTRIBUTES)
    assert refused.value.args[0] == f"Error while parsing filter at character {at}."


@pytest.mark.parametrize("name", ["custom:other", "user_search", "1", "email;", "password"])
def test_attributes_of_no_schema(name):
    with pytest.raises(InvalidParameterException, match="Invalid search attribute: "):
        parse(f'locale = "en" or {name} = "1"', ATTRIBUTES)


@pytest.mark.parametrize("name", ["custom:team", "sub", "locale", "nothing", "email,"])
def test_what_nothing_is_sorted_by(name):
    with pytest.raises(InvalidParameterException, match=f"Users cannot be sorted by {name}"):
        parse(f"order by {name}", ATTRIBUTES)


@given(st.text(st.sampled_from('()=^*"\\ aoremail andby\0'), max_size=256))
def test_nothing_but_a_refusal_comes_of_nonsense(text):
    with contextlib.suppress(InvalidParameterException):
        parse(text, ATTRIBUTES)


def test_as_deep_as_a_filter_can_be():
    test = parse("(" * 122 + 'locale="en"' + ")" * 122, ATTRIBUTES).test
    assert fits(test, a_user("s", locale="EN"))


EVERYBODY = (Span(),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('custom:team = "red"', EVERYBODY),
        ('email *= "x"', EVERYBODY),
        ('email = "a" and custom:team = "red"', (Match("email", "a"),)),
        ('status = "Enabled" and email = "a"', (Match("email", "a"),)),
        ('email = "a" or email = "b"', (Match("email", "a"), Match("email", "b"))),
        ('email = "a" or custom:team = "red"', EVERYBODY),
        ('(email = "a" or sub = "b") and given_name = "c"', (Match("email", "a"), Span("b", exact=True))),
        ('sub = "b" and given_name = "c"', (Span("b", exact=True),)),
        ('sub ^= "b" and custom:team = "red"', (Span("b"),)),
        ('given_name ^= "A" and custom:team = "red"', Sorted("given_name", False, (NAME,), False)),
        ("order by email desc", Sorted("email", True, (), True)),
        ("order by username", Sorted("username", False, (), False)),
        ('email *= "example" order by email', Sorted("email", False, (), False)),
        (
            'given_name ^= "a" and email = "x" order by given_name',
            Sorted("given_name", False, (NAME,), False),
        ),
        ('given_name ^= "a" or email = "x" order by given_name', Sorted("given_name", False, (), True)),
    ],
)
def test_where_a_search_looks(text, expected):
    assert access(parse(text, ATTRIBUTES)) == expected
