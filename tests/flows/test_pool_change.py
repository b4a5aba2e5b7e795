"""Changing what the service froze on a living pool, on both engines, while users come, change and go."""

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from poolhouse.domain.aliases import held_names
from poolhouse.domain.import_jobs import ImportJob
from poolhouse.domain.pool_change import SWITCHED, Wish
from poolhouse.errors import InvalidParameterException, UserImportInProgressException
from poolhouse.flows import aliases, pool_change
from poolhouse.flows.lookup import find_user
from support.folk import PASSWORD, people
from support.refusals import refusal
from support.things import a_user

ADDRESSES = ("email", "phone_number")


def silent(_):
    pass


def stored(pool):
    return pool.server.services.store.read(lambda tx: tx.pools.get(pool.pool))


def findings(pool, **wish):
    found = pool_change.check(pool.server.services.store, stored(pool), Wish(**wish), 5, silent)
    return dict(found.counts), found.shown


def change(pool, tell=silent, **wish):
    """Change a pool as the command does, but for the wait."""
    store = pool.server.services.store
    if pool_change.begin(store, pool.pool, Wish(**wish), pool.server.clock.now()):
        found = pool_change.build(store, pool.pool, 5, tell)
        if found.counts:
            pool_change.abandon(store, pool.pool)
            pool_change.clear(store, pool.pool, silent)
            return found
        pool_change.switch(store, pool.pool, pool.server.clock.now())
        pool.server.clock.advance(pool_change.SPREAD_SECONDS)
        tell(0)
        pool_change.clear(store, pool.pool, tell)
    pool.server.clock.advance(pool_change.SPREAD_SECONDS)
    return None


def check_names(pool):
    """Every name that a user has is in the table, and no other."""
    store = pool.server.services.store
    users, page = [], None
    while page is None or page.next:
        page = store.peek(lambda tx, page=page: tx.users.list(pool.pool, None, page and page.next, 1000))
        users += page.users
    expected = {(kind, value, user.sub) for user in users for kind, value in held_names(stored(pool), user)}
    found = store.read(
        lambda tx: {
            (kind, value, user.sub) for user in users for kind, value in tx.aliases.of(pool.pool, user.sub)
        }
    )
    assert found == expected
    assert store.read(lambda tx: tx.pool_changes.get(pool.pool)) is None
    return len(users)


def crowd(pool, count):
    """Put many users into a pool."""
    users = [
        a_user(f"{n:06x}", f"User{n}", pool.pool, email=f"User{n}@example.com", email_verified="true")
        for n in range(count)
    ]

    def work(tx):
        tx.users.add_all(users)
        tx.aliases.hold_all(
            pool.pool, [(kind, value, u.sub) for u in users for kind, value in held_names(stored_pool, u)]
        )

    stored_pool = stored(pool)
    pool.server.services.store.write(work)


@contextmanager
def half_done(store, work):
    """Leave a unit of work open after its statements, for what is started in the block to run into it."""
    begun, goes_on, rest = threading.Event(), threading.Event(), []

    def slowly(tx):
        work(tx)
        begun.set()
        assert goes_on.wait(60)
        for more in rest:
            more(tx)

    thread = in_a_thread(lambda: store.write(slowly))
    assert begun.wait(60)
    yield rest
    time.sleep(0.5)
    goes_on.set()
    thread.join()


def in_a_thread(action):
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def move(tx, pool, sub, *, settle=True, save=True):
    """Give a user another verified address, by the pool as it was before any change."""
    before = tx.users.get(pool.pool, sub)
    after = replace(before, attributes={**before.attributes, "email": "moved@example.com"})
    if settle:
        aliases.settle(tx, tx.pools.get(pool.pool), before, after, now=1.0)
    if save:
        tx.users.save(after)


def finds(pool, name):
    try:
        return pool.idp.admin_get_user(UserPoolId=pool.pool, Username=name)["Username"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "UserNotFoundException":
            raise
        return None


def signs_in(pool, name):
    return pool.idp.initiate_auth(
        ClientId=pool.client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]


class TestNames:
    @pytest.fixture
    def client(self):
        return {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}

    def test_an_alias_comes_and_goes(self, server, client):
        pool = people(server, client)
        pool.confirmed("sue", email="sue@example.com", email_verified="true")
        pool.confirmed("bob", email="bob@example.com")
        assert findings(pool, aliases=("email",)) == ({}, [])
        assert finds(pool, "sue@example.com") is None
        change(pool, aliases=("email",))
        assert finds(pool, "sue@example.com") == "sue"
        assert signs_in(pool, "sue@example.com")
        assert finds(pool, "bob@example.com") is None
        assert refusal(pool.create, "x@example.com")[1].startswith("Username cannot be of email format")
        pool.idp.admin_update_user_attributes(
            UserPoolId=pool.pool,
            Username="bob",
            UserAttributes=[{"Name": "email_verified", "Value": "true"}],
        )
        assert finds(pool, "bob@example.com") == "bob"
        check_names(pool)
        described = pool.idp.describe_user_pool(UserPoolId=pool.pool)["UserPool"]
        assert described["AliasAttributes"] == ["email"]
        change(pool, aliases=())
        assert finds(pool, "sue@example.com") is None
        assert signs_in(pool, "sue")
        check_names(pool)

    def test_case_stops_and_begins_to_count(self, server, client):
        pool = people(server, client, UsernameConfiguration={"CaseSensitive": True})
        pool.confirmed("Sue", email="sue@example.com")
        assert finds(pool, "sue") is None
        change(pool, case_sensitive=False)
        assert finds(pool, "SUE") == "Sue"
        assert signs_in(pool, "sUE")
        assert refusal(pool.create, "suE")[0] == "UsernameExistsException"
        change(pool, case_sensitive=True)
        assert finds(pool, "sue") is None
        assert finds(pool, "Sue") == "Sue"
        pool.create("suE")
        check_names(pool)

    def test_addresses_become_usernames(self, server, client):
        pool = people(server, client)
        pool.confirmed("sue", email="sue@example.com")
        change(pool, usernames=("email",))
        assert signs_in(pool, "sue@example.com")
        assert signs_in(pool, "sue")
        assert refusal(pool.create, "ann")[1] == "Username should be an email."
        pool.create("ann@example.com", {"email": "ann@example.com"})
        assert refusal(pool.create, "sue@example.com")[0] == "UsernameExistsException"
        check_names(pool)

    def test_aliases_become_usernames(self, server, client):
        pool = people(server, client, AliasAttributes=["email"])
        pool.confirmed("sue", email="sue@example.com", email_verified="true")
        with pytest.raises(InvalidParameterException, match="Only one of"):
            findings(pool, usernames=("email",))
        change(pool, aliases=(), usernames=("email",))
        assert signs_in(pool, "sue@example.com")
        check_names(pool)

    def test_an_update_of_the_pool_keeps_what_was_changed(self, server):
        pool = people(server)
        change(pool, aliases=("email",), case_sensitive=False)
        pool.idp.update_user_pool(UserPoolId=pool.pool, MfaConfiguration="OFF")
        described = pool.idp.describe_user_pool(UserPoolId=pool.pool)["UserPool"]
        assert described["AliasAttributes"] == ["email"]
        assert described["UsernameConfiguration"] == {"CaseSensitive": False}


class TestConflicts:
    def test_names_that_differ_by_case_only(self, server):
        pool = people(server, UsernameConfiguration={"CaseSensitive": True})
        for name in ("sue", "Sue", "SUE", "bob"):
            pool.create(name)
        counts, shown = findings(pool, case_sensitive=False)
        assert counts == {"shared": 1}
        assert shown[0].startswith("sue would be the name of ")
        assert all(name in shown[0] for name in ("sue", "Sue", "SUE"))

    def test_aliases_that_verified_users_share(self, server):
        pool = people(server)
        for name in ("ann", "bob"):
            pool.create(name, {"email": "both@example.com", "email_verified": "true"})
        pool.create("cat", {"email": "both@example.com"})
        counts, shown = findings(pool, aliases=("email",))
        assert counts == {"shared": 1}
        prefix, _, names = shown[0].partition(" would be the name of ")
        assert (prefix, sorted(names.split(", "))) == ("both@example.com", ["ann", "bob"])
        assert change(pool, aliases=("email",)).counts == {"shared": 1}
        check_names(pool)

    def test_attack_a_username_that_is_the_address_of_somebody_else(self, server):
        """Whoever is named like another's address would be taken for them once addresses are aliases."""
        pool = people(server)
        pool.create("sue@example.com", {"email": "mallory@example.com", "email_verified": "true"})
        pool.create("sue", {"email": "sue@example.com", "email_verified": "true"})
        pool.create("own@example.com", {"email": "own@example.com", "email_verified": "true"})
        counts, shown = findings(pool, aliases=("email",))
        assert counts == {"ambiguous": 1, "shared": 1}
        assert "sue@example.com is named like an address of somebody else" in shown

    def test_what_becomes_required_and_is_missing(self, server):
        pool = people(server)
        for number in range(8):
            pool.create(f"u{number}", {"given_name": "Sue"} if number == 0 else {})
        counts, shown = findings(pool, required={"given_name": True})
        assert counts == {"lacking": 7}
        assert len(shown) == 5
        assert shown[0].endswith("has no given_name")

    def test_required_and_mutable_count_at_once(self, server):
        pool = people(server)
        change(pool, required={"given_name": True}, mutable={"nickname": False})
        code, message = refusal(pool.sign_up, "ann")
        assert code == "InvalidParameterException"
        assert "given_name: The attribute is required" in message
        pool.sign_up("ann", given_name="Ann", nickname="a")
        change(pool, required={"given_name": False}, mutable={"nickname": True})
        pool.sign_up("bob")

    @pytest.mark.parametrize(
        ("wish", "words"),
        [
            ({"required": {"custom:x": True}}, "The pool has no attribute custom:x"),
            ({"mutable": {"sub": True}}, "The pool has no attribute sub"),
            ({"aliases": ("email",), "usernames": ("email",)}, "Only one of"),
            ({"aliases": ("email", "nickname")}, "nickname cannot be one of AliasAttributes"),
            (
                {"usernames": ("preferred_username",)},
                "preferred_username cannot be one of UsernameAttributes",
            ),
            (
                {"aliases": ("preferred_username",), "required": {"preferred_username": True}},
                "preferred_username cannot be both",
            ),
        ],
    )
    def test_pools_that_the_service_would_not_create(self, server, wish, words):
        pool = people(server)
        with pytest.raises(InvalidParameterException, match=words):
            change(pool, **wish)
        check_names(pool)

    def test_while_users_are_imported(self, server):
        pool = people(server)
        job = ImportJob(pool.pool, "import-1", "people", "", "", 1.0, status="InProgress")
        pool.server.services.store.write(lambda tx: tx.import_jobs.add(job))
        with pytest.raises(UserImportInProgressException):
            change(pool, aliases=("email",))


class TestMeanwhile:
    def test_users_come_change_and_go_between_the_pieces(self, server):
        pool = people(server, UsernameConfiguration={"CaseSensitive": True})
        crowd(pool, 1700)
        step = iter(range(10_000))

        def meddle(_):
            n = next(step)
            pool.create(f"New{n}", {"email": f"New{n}@example.com", "email_verified": "true"})
            for sub in (n, 1699 - n):  # one whose names are made, and one whose are not
                pool.idp.admin_update_user_attributes(
                    UserPoolId=pool.pool,
                    Username=f"User{sub}",
                    UserAttributes=[
                        {"Name": "email", "Value": f"Changed{sub}@example.com"},
                        {"Name": "email_verified", "Value": "true"},
                    ],
                )
            for sub in (100 + n, 1599 - n):
                pool.idp.admin_delete_user(UserPoolId=pool.pool, Username=f"User{sub}")

        assert change(pool, meddle, aliases=("email",), case_sensitive=False) is None
        steps = next(step)
        assert steps > 6
        assert check_names(pool) == 1700 + steps - 2 * steps
        assert finds(pool, "NEW0@example.com") == "New0"
        assert finds(pool, "changed0@EXAMPLE.com") == "User0"
        assert finds(pool, "user0@example.com") is None
        assert finds(pool, "changed1699@example.com") == "User1699"
        assert finds(pool, "User100") is None

    def test_attack_taking_a_name_while_it_is_made_anew(self, server):
        """Nobody can sign up meanwhile under what is already somebody's name by the rules to come."""
        pool = people(server, UsernameConfiguration={"CaseSensitive": True})
        crowd(pool, 600)
        refused = []

        def grab(_):
            refused.append(refusal(pool.create, "uSER1")[0])

        assert change(pool, grab, case_sensitive=False) is None
        assert set(refused) == {"UsernameExistsException"}
        check_names(pool)

    def test_a_name_that_was_taken_before_it_was_made_anew_stops_the_change(self, server):
        pool = people(server, UsernameConfiguration={"CaseSensitive": True})
        crowd(pool, 1200)
        done = []

        def grab(_):
            if not done:
                done.append(pool.create("uSER1199"))

        found = change(pool, grab, case_sensitive=False)
        assert found.counts["shared"] == 1
        assert "User1199" in found.shown[0]
        check_names(pool)
        assert finds(pool, "user1199") is None
        assert finds(pool, "uSER1199") == "uSER1199"
        assert stored(pool).case_sensitive

    @pytest.mark.parametrize("at", range(1, 9))
    def test_whoever_is_killed_goes_on(self, server, at):
        pool = people(server)
        crowd(pool, 1200)
        steps = []

        def die(_):
            steps.append(1)
            if len(steps) == at:
                raise KeyError

        with suppress(KeyError):
            change(pool, die, aliases=("email",))
        pool.create("New", {"email": "new@example.com", "email_verified": "true"})
        change(pool, die, aliases=("email",))
        assert check_names(pool) == 1201
        assert finds(pool, "User7@example.com") == "User7"
        assert finds(pool, "new@example.com") == "New"

    def test_sign_ups_and_updates_at_the_same_time(self, server):
        pool = people(server, UsernameConfiguration={"CaseSensitive": True})
        crowd(pool, 3000)
        stop = threading.Event()
        errors = []

        def busy(which):
            n = which
            while not stop.is_set():
                n += 4
                try:
                    pool.create(f"N{n}", {"email": f"N{n}@x.org", "email_verified": "true"})
                    pool.idp.admin_update_user_attributes(
                        UserPoolId=pool.pool,
                        Username=f"User{n * 7 % 3000}",
                        UserAttributes=[{"Name": "email", "Value": f"Moved{n}@x.org"}],
                    )
                    pool.idp.admin_delete_user(UserPoolId=pool.pool, Username=f"N{n}")
                except Exception as error:  # noqa: BLE001 (told at the end)
                    errors.append(error)
                    return

        threads = [threading.Thread(target=busy, args=(which,)) for which in range(4)]
        for thread in threads:
            thread.start()
        try:
            assert change(pool, aliases=ADDRESSES[:1], case_sensitive=False) is None
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert errors == []
        check_names(pool)

    def test_an_update_that_comes_while_new_names_are_made_is_followed(self, server):
        pool, wish = people(server), Wish(aliases=("email",))
        crowd(pool, 3)
        store = server.services.store
        pool_change.begin(store, pool.pool, wish, 1.0)
        with half_done(store, lambda tx: pool_change.build_piece(tx, pool.pool)):
            moved = in_a_thread(lambda: store.write(lambda tx: move(tx, pool, "000001")))
        moved.join()
        change(pool, aliases=("email",))
        assert finds(pool, "moved@example.com") == "User1"
        assert finds(pool, "User1@example.com") is None
        check_names(pool)

    def test_new_names_that_are_made_while_an_update_is_under_way_follow_it(self, server):
        pool, wish = people(server), Wish(aliases=("email",))
        crowd(pool, 3)
        store = server.services.store
        pool_change.begin(store, pool.pool, wish, 1.0)
        with half_done(store, lambda tx: move(tx, pool, "000001", save=False)) as rest:
            rest.append(lambda tx: move(tx, pool, "000001", settle=False))
            built = in_a_thread(lambda: pool_change.build(store, pool.pool, 5, silent))
        built.join()
        change(pool, aliases=("email",))
        assert finds(pool, "moved@example.com") == "User1"
        assert finds(pool, "User1@example.com") is None
        check_names(pool)

    def test_a_sign_up_under_way_when_a_change_begins_is_not_missed(self, server):
        pool = people(server)
        crowd(pool, 3)
        store = server.services.store
        late = a_user("00000", "late", pool.pool, email="late@example.com", email_verified="true")
        known = stored(pool)

        def sign_up(tx):
            aliases.settle(tx, known, None, late, now=1.0)
            tx.users.add(late)

        with half_done(store, sign_up):
            changed = in_a_thread(lambda: change(pool, aliases=("email",)))
        changed.join()
        assert finds(pool, "late@example.com") == "late"
        check_names(pool)

    def test_a_process_that_knows_the_pool_as_it_was_finds_everybody(self, server):
        pool = people(server)
        crowd(pool, 20)
        store = pool.server.services.store
        before = stored(pool)
        pool_change.begin(store, pool.pool, Wish(aliases=("email",)), 1.0)
        pool_change.build(store, pool.pool, 5, silent)
        pool_change.switch(store, pool.pool, 1.0)
        user = a_user("zz", "late", pool.pool, email="late@example.com", email_verified="true")

        def sign_up(tx):
            tx.users.add(user)
            aliases.settle(tx, before, None, user, now=1.0)

        store.write(sign_up)
        assert store.read(lambda tx: tx.pool_changes.get(pool.pool)).state == SWITCHED
        now = stored(pool)
        for known in (before, now):
            assert store.read(lambda tx, known=known: find_user(tx, known, "late")).sub == "zz"
        assert store.read(lambda tx: find_user(tx, now, "late@example.com")).sub == "zz"
        pool_change.clear(store, pool.pool, silent)
        check_names(pool)
