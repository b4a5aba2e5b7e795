"""Groups and their members, through botocore (digest «users» §6.1)."""

from functools import partial

import pytest
from botocore.exceptions import ClientError

from poolhouse.domain.quotas import Quota
from poolhouse.work.sweep import sweep
from support.folk import people
from support.people import at_once
from support.refusals import refusal
from support.things import a_group

ROLE = "arn:aws:iam::123456789012:role/admins"
NO_POOL = ("ResourceNotFoundException", "User pool us-east-1_none does not exist.")
NO_GROUP = ("ResourceNotFoundException", "Group not found.")
NO_USER = ("UserNotFoundException", "User does not exist.")


@pytest.fixture
def pool(server):
    return people(server)


def make(pool, name, **members):
    return pool.idp.create_group(UserPoolId=pool.pool, GroupName=name, **members)["Group"]


def get(pool, name):
    return pool.idp.get_group(UserPoolId=pool.pool, GroupName=name)["Group"]


def add(pool, username, group):
    return pool.idp.admin_add_user_to_group(UserPoolId=pool.pool, Username=username, GroupName=group)


def remove(pool, username, group):
    return pool.idp.admin_remove_user_from_group(UserPoolId=pool.pool, Username=username, GroupName=group)


def of(pool, username):
    answer = pool.idp.admin_list_groups_for_user(UserPoolId=pool.pool, Username=username)
    return [group["GroupName"] for group in answer["Groups"]]


def members(pool, group, **options):
    answer = pool.idp.list_users_in_group(UserPoolId=pool.pool, GroupName=group, **options)
    return sorted(user["Username"] for user in answer["Users"])


def pages(ask, what, name):
    """Return all names by following the pages, and the sizes of the pages."""
    found, sizes, token = [], [], {}
    while True:
        answer = ask(**token)
        found += [one[name] for one in answer[what]]
        sizes.append(len(answer[what]))
        if "NextToken" not in answer:
            return found, sizes
        token = {"NextToken": answer["NextToken"]}


class TestGroups:
    def test_what_was_created_is_shown_and_what_was_not_given_is_left_out(self, pool):
        bare = make(pool, "readers")
        full = make(pool, "admins", Description="Who runs it", RoleArn=ROLE, Precedence=0)
        assert set(bare) == {"GroupName", "UserPoolId", "CreationDate", "LastModifiedDate"}
        assert (bare["GroupName"], bare["UserPoolId"]) == ("readers", pool.pool)
        assert (full["Description"], full["RoleArn"], full["Precedence"]) == ("Who runs it", ROLE, 0)
        assert get(pool, "readers") == bare
        assert get(pool, "admins") == full

    def test_a_name_is_taken_once_and_with_its_capitals(self, pool):
        make(pool, "readers")
        taken = ("GroupExistsException", "A group with the name already exists.")
        assert refusal(make, pool, "readers", Description="another") == taken
        assert "Description" not in get(pool, "readers")
        make(pool, "Readers")
        assert refusal(get, pool, "READERS") == NO_GROUP

    def test_an_update_changes_what_it_names_and_keeps_the_rest(self, pool):
        made = make(pool, "admins", Description="Who runs it", RoleArn=ROLE, Precedence=3)
        pool.server.clock.advance(10)
        changed = pool.idp.update_group(UserPoolId=pool.pool, GroupName="admins", Precedence=0)["Group"]
        assert changed == made | {"Precedence": 0, "LastModifiedDate": changed["LastModifiedDate"]}
        assert (changed["LastModifiedDate"] - made["LastModifiedDate"]).total_seconds() == 10
        changed = pool.idp.update_group(
            UserPoolId=pool.pool, GroupName="admins", Description="", RoleArn=f"{ROLE}2"
        )["Group"]
        assert (changed["Description"], changed["RoleArn"], changed["Precedence"]) == ("", f"{ROLE}2", 0)
        assert get(pool, "admins") == changed

    def test_what_is_not_there(self, pool):
        idp = pool.idp
        for call in (
            idp.create_group,
            idp.get_group,
            idp.update_group,
            idp.delete_group,
            idp.list_users_in_group,
        ):
            assert refusal(call, UserPoolId="us-east-1_none", GroupName="x") == NO_POOL
        assert refusal(idp.list_groups, UserPoolId="us-east-1_none") == NO_POOL
        for call in (idp.get_group, idp.update_group, idp.delete_group, idp.list_users_in_group):
            assert refusal(call, UserPoolId=pool.pool, GroupName="x") == NO_GROUP

    @pytest.mark.parametrize(
        ("members", "at"),
        [
            ({"GroupName": "with space"}, "groupName"),
            ({"GroupName": "x" * 129}, "groupName"),
            ({"GroupName": ""}, "groupName"),
            ({"Description": "x" * 2049}, "description"),
            ({"RoleArn": "arn:aws:iam::role"}, "roleArn"),
            ({"RoleArn": "Team group (managed elsewhere)"}, "roleArn"),
            ({"Precedence": -1}, "precedence"),
        ],
    )
    def test_what_the_model_forbids(self, pool, members, at):
        given = {"UserPoolId": pool.pool, "GroupName": "g", **members}
        error, message = refusal(pool.idp.create_group, **given)
        assert error == "InvalidParameterException"
        assert "validation error" in message
        assert f"at '{at}' failed to satisfy constraint" in message

    def test_names_in_every_script(self, pool):
        for name in ("Œuvre", "日本", "a/b:c", "'; drop table groups; --", "%", "🦆"):
            if " " in name:
                assert refusal(make, pool, name)[0] == "InvalidParameterException"
                continue
            assert get(pool, make(pool, name)["GroupName"])["GroupName"] == name

    def test_groups_are_listed_by_name_in_pages(self, pool):
        names = [f"g{number:03}" for number in range(125)]
        for name in reversed(names):
            make(pool, name)
        ask = partial(pool.idp.list_groups, UserPoolId=pool.pool)
        assert pages(ask, "Groups", "GroupName") == (names, [60, 60, 5])
        assert pages(partial(ask, Limit=50), "Groups", "GroupName") == (names, [50, 50, 25])
        assert len(ask(Limit=0)["Groups"]) == 60
        assert refusal(ask, Limit=61)[0] == "InvalidParameterException"

    def test_as_many_groups_as_a_pool_can_have(self, pool):
        def fill(tx):
            for number in range(Quota.GROUPS.most("default") - 5):
                tx.groups.add(a_group(f"there{number}", pool.pool))

        pool.server.services.store.write(fill)
        results = at_once(*(partial(make, pool, f"g{number}") for number in range(9)))
        codes = [r.response["Error"]["Code"] for r in results if isinstance(r, ClientError)]
        assert codes == ["LimitExceededException"] * 4
        pool.idp.delete_group(
            UserPoolId=pool.pool, GroupName=next(r["GroupName"] for r in results if isinstance(r, dict))
        )
        make(pool, "again")


class TestMembers:
    def test_coming_and_going(self, pool):
        for group in ("readers", "writers"):
            make(pool, group)
        for name in ("jane", "bob"):
            pool.confirmed(name)
        assert of(pool, "jane") == members(pool, "readers") == []
        assert "Groups" not in add(pool, "jane", "writers")
        add(pool, "jane", "readers")
        add(pool, "bob", "readers")
        assert (of(pool, "jane"), of(pool, "bob")) == (["readers", "writers"], ["readers"])
        assert (members(pool, "readers"), members(pool, "writers")) == (["bob", "jane"], ["jane"])
        remove(pool, "jane", "readers")
        assert (of(pool, "jane"), members(pool, "readers")) == (["writers"], ["bob"])

    def test_what_is_done_already_is_done(self, pool):
        make(pool, "readers")
        pool.confirmed("jane")
        remove(pool, "jane", "readers")
        for _ in range(2):
            add(pool, "jane", "readers")
        assert (of(pool, "jane"), members(pool, "readers")) == (["readers"], ["jane"])
        for _ in range(2):
            remove(pool, "jane", "readers")
        assert of(pool, "jane") == []

    def test_by_sub_and_by_alias(self, server):
        pool = people(server, AliasAttributes=["email"])
        make(pool, "readers")
        user = pool.confirmed("jane", email="jane@example.com", email_verified="true")
        sub = next(a["Value"] for a in user["Attributes"] if a["Name"] == "sub")
        add(pool, sub, "readers")
        assert of(pool, "jane@example.com") == ["readers"]
        remove(pool, "jane@example.com", "readers")
        assert of(pool, sub) == []

    def test_what_is_not_there(self, pool):
        make(pool, "readers")
        pool.confirmed("jane")
        for call in (add, remove):
            assert refusal(call, pool, "nobody", "readers") == NO_USER
            assert refusal(call, pool, "jane", "nothing") == NO_GROUP
        idp = pool.idp
        assert refusal(of, pool, "nobody") == NO_USER
        for call in (idp.admin_add_user_to_group, idp.admin_remove_user_from_group):
            given = {"UserPoolId": "us-east-1_none", "Username": "jane", "GroupName": "readers"}
            assert refusal(call, **given) == NO_POOL
        assert (
            refusal(idp.admin_list_groups_for_user, UserPoolId="us-east-1_none", Username="jane") == NO_POOL
        )

    def test_any_user_can_be_a_member(self, pool):
        make(pool, "readers")
        pool.create("invited")
        pool.sign_up("unconfirmed")
        pool.confirmed("disabled")
        pool.idp.admin_disable_user(UserPoolId=pool.pool, Username="disabled")
        for name in ("invited", "unconfirmed", "disabled"):
            add(pool, name, "readers")
        assert members(pool, "readers") == ["disabled", "invited", "unconfirmed"]

    def test_members_are_shown_as_list_users_shows_them(self, pool):
        make(pool, "readers")
        pool.confirmed("jane", email="jane@example.com")
        add(pool, "jane", "readers")
        shown = pool.idp.list_users_in_group(UserPoolId=pool.pool, GroupName="readers")["Users"]
        assert shown == pool.idp.list_users(UserPoolId=pool.pool)["Users"]

    def test_a_user_is_in_at_most_a_hundred_groups(self, pool):
        pool.confirmed("jane")
        for number in range(102):
            make(pool, f"g{number}")
        results = at_once(*(partial(add, pool, "jane", f"g{number}") for number in range(102)))
        refused = [r.response["Error"] for r in results if isinstance(r, ClientError)]
        assert [(e["Code"], e["Message"]) for e in refused] == [
            ("InvalidParameterException", "A user can be in at most 100 groups.")
        ] * 2
        ask = partial(pool.idp.admin_list_groups_for_user, UserPoolId=pool.pool, Username="jane")
        found, sizes = pages(ask, "Groups", "GroupName")
        assert (len(set(found)), found, sizes) == (100, sorted(found), [60, 40])
        full = next(name for name in (f"g{number}" for number in range(102)) if name not in found)
        remove(pool, "jane", found[0])
        add(pool, "jane", full)
        assert refusal(add, pool, "jane", found[0])[0] == "InvalidParameterException"

    def test_many_come_and_go_at_once_and_nothing_is_lost(self, pool):
        names = [f"user{number}" for number in range(8)]
        for group in ("a", "b"):
            make(pool, group)
        for name in names:
            pool.confirmed(name)
            add(pool, name, "b")
        comes = [partial(add, pool, name, "a") for name in names]
        goes = [partial(remove, pool, name, "b") for name in names[:4]]
        assert not [r for r in at_once(*comes, *goes) if isinstance(r, ClientError)]
        assert (members(pool, "a"), members(pool, "b")) == (names, names[4:])
        assert [of(pool, name) for name in names] == [["a"]] * 4 + [["a", "b"]] * 4

    def test_changes_of_a_user_and_of_their_groups_do_not_undo_each_other(self, pool):
        pool.confirmed("jane")
        for number in range(6):
            make(pool, f"g{number}")

        def rename(value):
            pool.idp.admin_update_user_attributes(
                UserPoolId=pool.pool,
                Username="jane",
                UserAttributes=[{"Name": "nickname", "Value": value}],
            )

        writes = [partial(rename, f"n{number}") for number in range(6)]
        joins = [partial(add, pool, "jane", f"g{number}") for number in range(6)]
        assert not [r for r in at_once(*writes, *joins) if isinstance(r, ClientError)]
        assert of(pool, "jane") == [f"g{number}" for number in range(6)]
        assert pool.get("jane")["attributes"]["nickname"].startswith("n")


class TestPages:
    def test_pages_stay_true_while_members_come_and_go(self, pool):
        make(pool, "readers")
        subs = {}
        for number in range(12):
            user = pool.confirmed(f"user{number}")
            subs[user["Username"]] = next(a["Value"] for a in user["Attributes"] if a["Name"] == "sub")
        order = sorted(subs, key=subs.__getitem__)
        late, gone, rest = order[-1], order[5], [name for name in order[:-1] if name != order[5]]
        for name in order[:-1]:
            add(pool, name, "readers")
        ask = partial(pool.idp.list_users_in_group, UserPoolId=pool.pool, GroupName="readers", Limit=4)
        first = ask()
        assert [user["Username"] for user in first["Users"]] == order[:4]
        remove(pool, order[3], "readers")  # where the page ended
        remove(pool, gone, "readers")
        add(pool, late, "readers")
        second = ask(NextToken=first["NextToken"])
        names = [user["Username"] for user in second["Users"]]
        third = ask(NextToken=second["NextToken"])
        names += [user["Username"] for user in third["Users"]]
        assert "NextToken" not in third
        assert names == [*rest[4:], late]

    def test_attack_a_token_of_another_list(self, pool):
        for number in range(3):
            make(pool, f"g{number}")
            pool.confirmed(f"u{number}")
        for number in range(3):
            add(pool, f"u{number}", "g0")
            add(pool, f"u{number}", "g1")
        list_members = partial(pool.idp.list_users_in_group, UserPoolId=pool.pool, Limit=1)
        ask = [
            partial(pool.idp.list_groups, UserPoolId=pool.pool, Limit=1),
            partial(pool.idp.admin_list_groups_for_user, UserPoolId=pool.pool, Username="u0", Limit=1),
            partial(pool.idp.admin_list_groups_for_user, UserPoolId=pool.pool, Username="u1", Limit=1),
            partial(list_members, GroupName="g0"),
            partial(list_members, GroupName="g1"),
        ]
        tokens = [call()["NextToken"] for call in ask]
        for place, call in enumerate(ask):
            for origin, token in enumerate(tokens):
                if place == origin:
                    call(NextToken=token)
                else:
                    error, message = refusal(call, NextToken=token)
                    assert (error, message[:13]) == ("InvalidParameterException", "Paging marker")
            assert refusal(call, NextToken=f"{tokens[place][:-1]}_")[0] == "InvalidParameterException"

    def test_a_token_ends_with_its_group(self, pool):
        make(pool, "readers")
        for name in ("a", "b"):
            pool.confirmed(name)
            add(pool, name, "readers")
        ask = partial(pool.idp.list_users_in_group, UserPoolId=pool.pool, GroupName="readers", Limit=1)
        token = ask()["NextToken"]
        pool.idp.delete_group(UserPoolId=pool.pool, GroupName="readers")
        make(pool, "readers")
        assert refusal(ask, NextToken=token)[0] == "InvalidParameterException"


class TestEnds:
    def test_a_deleted_group_is_gone_at_once_and_a_new_one_of_its_name_is_empty(self, pool):
        make(pool, "readers", Precedence=4)
        pool.confirmed("jane")
        add(pool, "jane", "readers")
        assert "Group" not in pool.idp.delete_group(UserPoolId=pool.pool, GroupName="readers")
        assert refusal(get, pool, "readers") == NO_GROUP
        assert of(pool, "jane") == []
        assert "Precedence" not in make(pool, "readers")
        assert of(pool, "jane") == members(pool, "readers") == []
        add(pool, "jane", "readers")
        self.sweep(pool)
        assert (of(pool, "jane"), members(pool, "readers")) == (["readers"], ["jane"])

    def test_the_members_of_a_deleted_group_go_in_the_background(self, pool):
        make(pool, "readers")
        pool.confirmed("jane")
        add(pool, "jane", "readers")
        pool.idp.delete_group(UserPoolId=pool.pool, GroupName="readers")
        store = pool.server.store
        assert len(store.peek(lambda tx: tx.groups.doomed(9))) == 1
        self.sweep(pool)
        assert store.peek(lambda tx: tx.groups.doomed(9)) == []

    def test_a_deleted_user_is_a_member_no_more_nor_is_who_takes_the_name(self, pool):
        make(pool, "readers")
        for name in ("jane", "bob"):
            pool.confirmed(name)
            add(pool, name, "readers")
        pool.idp.admin_delete_user(UserPoolId=pool.pool, Username="jane")
        assert members(pool, "readers") == ["bob"]
        pool.confirmed("jane")
        assert (of(pool, "jane"), members(pool, "readers")) == ([], ["bob"])

    def test_joining_races_with_the_end_of_user_and_group(self, pool):
        """Whatever comes first, nothing is left of a member who is gone or of a group that is."""
        for number in range(6):
            pool.confirmed(f"u{number}")
            make(pool, f"g{number}")
        make(pool, "all")
        joins = [partial(add, pool, f"u{number}", "all") for number in range(6)]
        joins += [partial(add, pool, f"u{number}", f"g{number}") for number in range(6)]
        ends = [partial(pool.idp.admin_delete_user, UserPoolId=pool.pool, Username=f"u{n}") for n in range(3)]
        ends += [partial(pool.idp.delete_group, UserPoolId=pool.pool, GroupName=f"g{n}") for n in range(6)]
        results = at_once(*joins, *ends)
        codes = {r.response["Error"]["Code"] for r in results if isinstance(r, ClientError)}
        assert codes <= {"UserNotFoundException", "ResourceNotFoundException"}
        assert members(pool, "all") == ["u3", "u4", "u5"]
        self.sweep(pool)
        for number in range(3):
            assert refusal(of, pool, f"u{number}") == NO_USER
        assert [of(pool, f"u{number}") for number in range(3, 6)] == [["all"]] * 3

    def sweep(self, pool):
        pool.server.clock.advance(301)  # longer than the lease of the server's own sweep
        while sweep(pool.server.store, pool.server.clock, "me"):
            pass
