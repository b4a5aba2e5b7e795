"""ListUsers with `beyond.search`, through botocore: what its filters find, their tokens, attacks."""

import msgspec
import pytest

from poolhouse.settings import Beyond
from poolhouse.store import open_store
from support.folk import people
from support.refusals import refusal
from support.server import running_server

FOLK = {
    "ann": ("ann@example.com", "Ann", "Red"),
    "Bob": ("bob@example.org", "Bob", "red"),
    "cat": ("cat@example.com", "Cat", "blue"),
    "dan": ("dan@other.net", "Ann", "RED"),
}


@pytest.fixture
def pool(store_url, clock, tmp_path):
    def beyond(settings):
        return msgspec.structs.replace(settings, beyond=Beyond(search=True))

    with running_server(open_store(store_url, clock), tmp_path, clock, beyond) as server:
        pool = people(server, Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}])
        for name, (email, given, team) in FOLK.items():
            pool.create(name, {"email": email, "given_name": given, "custom:team": team})
        yield pool


def names(pool, text, **options):
    users = pool.idp.list_users(UserPoolId=pool.pool, Filter=text, **options)["Users"]
    return [user["Username"] for user in users]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('custom:team = "red" order by email', ["ann", "Bob", "dan"]),
        (
            'custom:team = "red" and (email *= "example" or given_name ^= "A") order by email desc',
            ["dan", "Bob", "ann"],
        ),
        ('email *= "OTHER"', ["dan"]),
        ('custom:team *= "lu" or username = "Bob" order by username', ["Bob", "cat"]),
        ('email = "cat@example.com"', ["cat"]),
        ("order by given_name desc", None),
        ('email *= "%" or email *= "_"', []),
        ("custom:team = \"red' OR '1'='1\"", []),
        ('custom:team = "\\") or (\\"\\" = \\""', []),
    ],
)
def test_filters(pool, text, found):
    listed = names(pool, text)
    if found is None:
        assert [listed[0], listed[1]] == ["cat", "Bob"]
        assert set(listed[2:]) == {"ann", "dan"}
    else:
        assert listed == found


@pytest.mark.parametrize(
    "text",
    [
        'email = "a" UNION SELECT doc FROM users',
        'email = "a"); DELETE FROM users; --',
        "1 = 1",
        'email like "%"',
        'custom:team = "red" order by email; DROP TABLE users',
        'custom:team = "red" order by (select 1)',
        'email in ("a")',
    ],
)
def test_injections_are_refused(pool, text):
    code, message = refusal(names, pool, text)
    assert code == "InvalidParameterException"
    assert message.startswith(
        ("Error while parsing filter at", "Users cannot be sorted by email;", "Invalid search attribute: 1")
    )
    assert len(names(pool, "order by email")) == len(FOLK)


def test_unknown_attributes(pool):
    code, message = refusal(names, pool, 'custom:other = "x"')
    assert code == "InvalidParameterException"
    assert "Invalid search attribute: custom:other" in message
    code, message = refusal(names, pool, "order by custom:team")
    assert code == "InvalidParameterException"
    assert "Users cannot be sorted by custom:team" in message


def test_as_long_as_the_service_lets_a_filter_be(pool):
    text = 'custom:team = "red" order by email'
    assert names(pool, text + " " * (256 - len(text))) == ["ann", "Bob", "dan"]
    code, message = refusal(names, pool, text + " " * (257 - len(text)))
    assert code == "InvalidParameterException"
    assert "less than or equal to 256" in message


def test_a_token_is_good_for_its_own_question_only(pool):
    question = {"UserPoolId": pool.pool, "Filter": 'custom:team = "red" order by email', "Limit": 2}
    token = pool.idp.list_users(**question)["PaginationToken"]
    rest = pool.idp.list_users(**question, PaginationToken=token)
    assert [user["Username"] for user in rest["Users"]] == ["dan"]
    other = pool.idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    for change in (
        {"Filter": 'custom:team = "blue" order by email'},
        {"Filter": 'custom:team = "red" order by email desc'},
        {"Filter": 'custom:team = "red" order by username'},
        {"Filter": 'custom:team = "red"'},
        {"UserPoolId": other, "Filter": "order by email"},
        {"PaginationToken": token[:-4] + "AAAA"},
        {"PaginationToken": '["a","b"]'},
    ):
        asked = {**question, "PaginationToken": token, **change}
        code, message = refusal(pool.idp.list_users, **asked)
        assert code == "InvalidParameterException"
        assert message.startswith("Paging marker")


def test_a_paginator_goes_through_all_pages(pool):
    pages = pool.idp.get_paginator("list_users").paginate(
        UserPoolId=pool.pool, Filter="order by email", PaginationConfig={"PageSize": 1}
    )
    assert [user["Username"] for page in pages for user in page["Users"]] == ["ann", "Bob", "cat", "dan"]


def test_off_unless_asked_for(server):
    plain = people(server)
    for text in ('email *= "x"', 'email = "a" and name = "b"', "order by email"):
        assert refusal(names, plain, text) == ("InvalidParameterException", "Error while parsing filter.")
    code, message = refusal(names, plain, 'custom:team = "red"')
    assert code == "InvalidParameterException"
    assert "Invalid search attribute: custom:team" in message
