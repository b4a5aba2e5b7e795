"""ListUsers, through botocore (digest «users» §6.2)."""

import pytest

from support.folk import EMAIL, PHONE, people
from support.refusals import refusal


@pytest.fixture
def pool(server):
    return people(server)


def names(pool, **options):
    users = pool.idp.list_users(UserPoolId=pool.pool, **options)["Users"]
    return sorted(user["Username"] for user in users)


def pages(pool, **options):
    """Return all usernames by following the pages, and how many pages there were."""
    found, count = [], 0
    while True:
        page = pool.idp.list_users(UserPoolId=pool.pool, **options)
        found += [user["Username"] for user in page["Users"]]
        count += 1
        if "PaginationToken" not in page:
            return found, count
        options["PaginationToken"] = page["PaginationToken"]


class TestFilters:
    @pytest.fixture
    def pool(self, server):
        pool = people(server)
        pool.create(
            "jane",
            {"email": "Jane@Example.com", "given_name": "Jane", "family_name": "Doe", "phone_number": PHONE},
        )
        pool.create("Janet", {"email": "janet@example.com", "given_name": "Janet", "name": 'The "boss"'})
        pool.create("bob", {"email": "bob@example.org", "preferred_username": "bobby"})
        pool.set_password("bob")
        pool.idp.admin_disable_user(UserPoolId=pool.pool, Username="bob")
        return pool

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ("", ["Janet", "bob", "jane"]),
            ("   ", ["Janet", "bob", "jane"]),
            ('email = "jane@example.com"', ["jane"]),
            ('email = "jane"', []),
            ('email ^= "JANE"', ["Janet", "jane"]),
            ('email^="b"', ["bob"]),
            ('email ^= ""', ["Janet", "bob", "jane"]),
            ('username = "jane"', ["jane"]),
            ('username = "Jane"', []),
            ('username ^= "Jan"', ["Janet"]),
            ('given_name = "jane"', ["jane"]),
            ('given_name ^= "jane"', ["Janet", "jane"]),
            ('family_name ^= "D"', ["jane"]),
            (r'name = "the \"boss\""', ["Janet"]),
            ('preferred_username = "bobby"', ["bob"]),
            (f'phone_number = "{PHONE}"', ["jane"]),
            ('cognito:user_status = "CONFIRMED"', ["bob"]),
            ('cognito:user_status = "force_change_password"', ["Janet", "jane"]),
            ('status = "Enabled"', ["Janet", "jane"]),
            ('status = "Disabled"', ["bob"]),
            ('status = "disabled"', []),
            ('email ^= "%"', []),
            ('email ^= "_"', []),
            ('email = "\' OR 1=1 --"', []),
        ],
    )
    def test_conditions(self, pool, condition, found):
        assert names(pool, Filter=condition) == found

    def test_by_sub(self, pool):
        sub = pool.get("jane")["attributes"]["sub"]
        assert names(pool, Filter=f'sub = "{sub}"') == ["jane"]
        assert names(pool, Filter=f'sub ^= "{sub[:13].upper()}"') == ["jane"]

    def test_a_change_moves_a_user_from_filter_to_filter(self, pool):
        pool.set_password("jane")
        assert names(pool, Filter='cognito:user_status = "CONFIRMED"') == ["bob", "jane"]
        pool.idp.admin_delete_user(UserPoolId=pool.pool, Username="jane")
        assert names(pool, Filter='email ^= "jane@"') == []

    @pytest.mark.parametrize("condition", ["email", "email = 'x'", 'email = "x', 'email == "x"', 'x "y"'])
    def test_bad_syntax(self, pool, condition):
        assert refusal(names, pool, Filter=condition) == (
            "InvalidParameterException",
            "Error while parsing filter.",
        )

    def test_an_attribute_that_cannot_be_searched(self, pool):
        assert refusal(names, pool, Filter='custom:foo = "x"') == (
            "InvalidParameterException",
            "Invalid search attribute: custom:foo",
        )

    def test_a_filter_that_is_too_long(self, pool):
        code, message = refusal(names, pool, Filter="x" * 257)
        assert code == "InvalidParameterException"
        assert message.endswith("Member must have length less than or equal to 256")

    def test_a_nul(self, pool):
        assert refusal(names, pool, Filter='email = "a\0"')[0] == "InvalidParameterException"


class TestPages:
    @pytest.fixture(params=[None, 'email ^= "user"', 'cognito:user_status = "FORCE_CHANGE_PASSWORD"'])
    def condition(self, request):
        return {"Filter": request.param} if request.param else {}

    @pytest.fixture
    def many(self, pool):
        for number in range(25):
            pool.create(f"user{number:02}", {"email": f"user{number % 7}@example.com"})
        return pool

    def test_every_user_once(self, many, condition):
        found, count = pages(many, Limit=4, **condition)
        assert sorted(found) == [f"user{number:02}" for number in range(25)]
        assert count == 7

    def test_the_last_page_has_no_marker(self, many, condition):
        assert pages(many, Limit=25, **condition)[1] == 1
        assert pages(many, Limit=24, **condition)[1] == 2

    def test_users_who_come_and_go_meanwhile_disturb_nobody_else(self, many, condition):
        first = many.idp.list_users(UserPoolId=many.pool, Limit=10, **condition)
        seen = [user["Username"] for user in first["Users"]]
        rest = sorted({f"user{number:02}" for number in range(25)} - set(seen))
        gone = [seen[0], seen[-1], rest[0]]
        for name in gone:
            many.idp.admin_delete_user(UserPoolId=many.pool, Username=name)
        for number in range(5):
            many.create(f"new{number}", {"email": f"user{number}@example.com"})
        later, _ = pages(many, Limit=3, PaginationToken=first["PaginationToken"], **condition)
        assert sorted(name for name in later if name.startswith("user")) == rest[1:]
        assert len(later) == len(set(later))

    @pytest.mark.parametrize("limit", [None, 0, 60])
    def test_sixty_to_a_page(self, server, limit):
        pool = people(server)
        for number in range(61):
            pool.create(f"user{number}")
        page = pool.idp.list_users(UserPoolId=pool.pool, **({} if limit is None else {"Limit": limit}))
        assert len(page["Users"]) == 60
        assert "PaginationToken" in page

    def test_more_than_sixty(self, pool):
        code, message = refusal(names, pool, Limit=61)
        assert code == "InvalidParameterException"
        assert message == (
            "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 60"
        )

    def test_markers_of_others(self, server, many):
        marker = many.idp.list_users(UserPoolId=many.pool, Limit=3)["PaginationToken"]
        other = people(server)
        for call in (
            lambda: other.idp.list_users(UserPoolId=other.pool, PaginationToken=marker),
            lambda: many.idp.list_users(UserPoolId=many.pool, Filter='email ^= "u"', PaginationToken=marker),
            lambda: many.idp.list_users(
                UserPoolId=many.pool, AttributesToGet=["email"], PaginationToken=marker
            ),
            lambda: many.idp.list_users(UserPoolId=many.pool, PaginationToken="CAIS" + "A" * 60),
            lambda: many.idp.list_users(UserPoolId=many.pool, PaginationToken=f"{marker[:-8]}AAAAAAA="),
        ):
            code, message = refusal(call)
            assert code == "InvalidParameterException"
            assert message.startswith("Paging marker ")
            assert " is invalid for request " in message

    def test_a_marker_says_nothing(self, many):
        marker = many.idp.list_users(UserPoolId=many.pool, Limit=3, Filter='username ^= "user"')[
            "PaginationToken"
        ]
        assert "user" not in marker


class TestAttributesToGet:
    def test_only_what_was_asked_for(self, pool):
        pool.create("jane", {"email": EMAIL, "nickname": "J"})
        [user] = pool.idp.list_users(UserPoolId=pool.pool, AttributesToGet=["email"])["Users"]
        assert user["Attributes"] == [{"Name": "email", "Value": EMAIL}]
        assert set(user) == {
            "Username",
            "Attributes",
            "UserCreateDate",
            "UserLastModifiedDate",
            "Enabled",
            "UserStatus",
        }

    def test_sub(self, pool):
        created = pool.create("jane", {"email": EMAIL})
        [user] = pool.idp.list_users(UserPoolId=pool.pool, AttributesToGet=["sub"])["Users"]
        assert user["Attributes"] == created["Attributes"][:1]

    def test_none(self, pool):
        pool.create("jane", {"email": EMAIL})
        [user] = pool.idp.list_users(UserPoolId=pool.pool, AttributesToGet=[])["Users"]
        assert user["Attributes"] == []

    def test_one_that_not_every_user_has(self, pool):
        pool.create("jane", {"given_name": "Jane"})
        assert names(pool, AttributesToGet=["given_name"]) == ["jane"]
        pool.create("bob")
        for name in ("given_name", "custom:x"):
            assert refusal(names, pool, AttributesToGet=[name]) == (
                "InvalidParameterException",
                "One or more requested attributes do not exist.",
            )


def test_pools_do_not_see_one_another(server, pool):
    pool.create("jane", {"email": EMAIL})
    assert names(people(server)) == []


def test_a_pool_that_is_not_there(pool):
    pool.pool = "us-east-1_None"
    assert refusal(names, pool)[0] == "ResourceNotFoundException"
