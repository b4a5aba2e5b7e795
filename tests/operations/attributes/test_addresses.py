"""E-mail and phone: what is stored, shown, sent and good for sign-in, before and after the code (§§2.4, 2.5)."""

import pytest

from support.people import (
    ADDRESSES,
    ALIASES,
    AUTO_BOTH,
    HOLD_BOTH,
    SETTINGS,
    fresh,
    fresh_phone,
    refused,
)

MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
NO_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
MODES = {"aliases": ALIASES, "addresses": {"UsernameAttributes": ["email"]}}
MINE = {
    "email": (fresh, "email_verified", "EMAIL"),
    "phone_number": (fresh_phone, "phone_number_verified", "SMS"),
}


def verified(pool, email):
    """A user whose e-mail address is verified, whatever the pool's mode."""
    if pool.mode == "addresses":
        return pool.user(email, email_verified="true")
    return pool.user(email=email, email_verified="true")


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


@pytest.fixture(params=SETTINGS)
def setting(request):
    return request.param


@pytest.fixture
def pool(people, mode, setting):
    made = people.pool(**MODES[mode], **SETTINGS[setting])
    made.mode = mode
    return made


def signs_in(pool, name):
    try:
        return bool(pool.token(name))
    except pool.idp.exceptions.UserNotFoundException:
        return False


def shown(sue):
    """The e-mail and its flag as GetUser, AdminGetUser, ListUsers and the ID token show them: always alike."""
    listed = sue.idp.list_users(UserPoolId=sue.pool.id, Filter=f'sub = "{sue.sub}"')["Users"]
    admin = sue.idp.admin_get_user(UserPoolId=sue.pool.id, Username=sue.username)["UserAttributes"]
    views = [
        {a["Name"]: a["Value"] for a in view if a["Name"].startswith("email")}
        for view in (admin, listed[0]["Attributes"])
    ]
    mine = {name: value for name, value in sue.get().items() if name.startswith("email")}
    assert views == [mine, mine]
    claims = sue.pool.claims(sue.username)
    assert (claims["email"], claims["email_verified"]) == (mine["email"], mine["email_verified"] == "true")
    return mine["email"], mine["email_verified"]


# setting → (new value stored at once, flag, code sent)
AFTER_UPDATE = {
    "before": (False, "true", True),
    "auto": (True, "false", True),
    "neither": (True, "false", False),
}
# (mode, setting) → who signs in after the update: old value, new value
SIGN_IN = {
    ("aliases", "before"): (True, False),
    ("aliases", "auto"): (False, False),
    ("aliases", "neither"): (False, False),
    ("addresses", "before"): (True, False),
    ("addresses", "auto"): (False, True),
    ("addresses", "neither"): (False, True),
}


def test_an_update_and_its_verification(pool, mode, setting, server):
    old, new = fresh("old"), fresh("new")
    sue = verified(pool, old)
    details = sue.update({"email": new, "nickname": "n"})

    at_once, flag, sent = AFTER_UPDATE[setting]
    assert shown(sue) == (new if at_once else old, flag)
    assert sue.get()["nickname"] == "n"
    masked = {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert details == ([masked] if sent else [])
    assert len(server.mails(new)) == sent
    assert server.mails(old) == []
    assert (signs_in(pool, old), signs_in(pool, new)) == SIGN_IN[mode, setting]

    if not sent:
        with refused(*NO_CODE):
            sue.verify("email", "000000")
        sue.request_code("email")
    sue.verify("email", server.code(new))
    assert shown(sue) == (new, "true")
    assert (signs_in(pool, old), signs_in(pool, new)) == (False, True)
    with refused(*NO_CODE):
        sue.verify("email", server.code(new))


def test_without_a_code_nothing_ever_changes(people, server):
    pool = people.pool(**MODES["aliases"], **SETTINGS["before"])
    old, new = fresh(), fresh()
    sue = pool.user(email=old, email_verified="true")
    sue.update({"email": new})
    code = server.code(new)
    server.clock.advance(24 * 3600)
    sue.token = pool.token(old)
    with refused(*NO_CODE):
        sue.verify("email", code)
    assert shown(sue) == (old, "true")
    assert not signs_in(pool, new)


class TestPendingValue:
    @pytest.fixture
    def pool(self, people):
        return people.pool(**ALIASES, **HOLD_BOTH)

    @pytest.fixture
    def sue(self, pool):
        return pool.user(email=fresh("old"), email_verified="true")

    def test_another_value_replaces_it_and_its_code(self, sue, server):
        mistyped, right = fresh("mistyped"), fresh("right")
        sue.update({"email": mistyped})
        first = server.code(mistyped)
        sue.update({"email": right})
        second = server.code(right)
        if first != second:
            with refused(*MISMATCH):
                sue.verify("email", first)
        sue.verify("email", second)
        assert shown(sue) == (right, "true")

    def test_the_same_value_again_sends_another_code(self, sue, server):
        new = fresh()
        sue.update({"email": new})
        assert len(sue.update({"email": new})) == 1
        assert len(server.mails(new)) == 2
        sue.verify("email", server.code(new))
        assert shown(sue) == (new, "true")

    def test_the_current_value_takes_it_back(self, sue, server):
        old, new = sue.get()["email"], fresh()
        sue.update({"email": new})
        assert sue.update({"email": old}) == []
        assert server.mails(old) == []
        with refused(*NO_CODE):
            sue.verify("email", server.code(new))
        assert shown(sue) == (old, "true")

    def test_a_requested_code_goes_to_the_current_value_and_proves_that_alone(self, sue, server):
        old, new = sue.get()["email"], fresh()
        sue.update({"email": new})
        assert sue.request_code("email")["Destination"] == "o***@e***"
        sue.verify("email", server.code(old))
        assert shown(sue) == (old, "true")
        sue.verify("email", server.code(new))
        assert shown(sue) == (new, "true")

    def test_a_code_for_the_old_value_does_not_prove_the_new(self, sue, server):
        old, new = sue.get()["email"], fresh()
        sue.request_code("email")
        sue.update({"email": new})
        sue.verify("email", server.code(new))
        with refused(*NO_CODE):
            sue.verify("email", server.code(old))

    def test_a_wrong_code_changes_nothing_and_does_not_use_the_right_one_up(self, sue, server):
        old, new = sue.get()["email"], fresh()
        sue.update({"email": new})
        right = server.code(new)
        wrong = f"{(int(right) + 1) % 1_000_000:06}"
        with refused(*MISMATCH):
            sue.verify("email", wrong)
        assert shown(sue) == (old, "true")
        sue.verify("email", right)

    def test_a_blank_deletes_the_value_with_its_flag_alias_and_the_waiting_one(self, sue, pool, server):
        old, new = sue.get()["email"], fresh()
        sue.update({"email": new})
        sue.update({"email": ""})
        assert sue.get() == {}
        assert not signs_in(pool, old)
        with refused(*NO_CODE):
            sue.verify("email", server.code(new))

    def test_two_addresses_in_one_call(self, sue, server):
        new, phone = fresh("new"), fresh_phone()
        before = sue.get()
        details = sue.update({"phone_number": phone, "email": new, "name": "Sue"})
        assert sorted(details, key=lambda d: d["AttributeName"]) == [
            {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"},
            {
                "Destination": f"+*******{phone[-4:]}",
                "DeliveryMedium": "SMS",
                "AttributeName": "phone_number",
            },
        ]
        assert sue.get() == before | {"name": "Sue"}
        sue.verify("phone_number", server.code(phone))
        assert sue.get() == before | {"name": "Sue", "phone_number": phone, "phone_number_verified": "true"}
        sue.verify("email", server.code(new))
        assert shown(sue) == (new, "true")

    def test_a_code_proves_its_own_attribute_alone(self, sue, server):
        phone = fresh_phone()
        sue.update({"phone_number": phone})
        with refused(*NO_CODE):
            sue.verify("email", server.code(phone))


class TestSameValue:
    """Writing the value that is there (CIJS#350, ACLI#13833)."""

    @pytest.mark.parametrize("flag", ["true", "false"])
    def test_no_code_and_the_flag_stays(self, people, setting, flag, server):
        pool = people.pool(**ALIASES, **SETTINGS[setting])
        email = fresh()
        sue = pool.user(email=email, email_verified=flag)
        assert sue.update({"email": email}) == []
        assert shown(sue) == (email, flag)
        assert server.mails(email) == []

    def test_other_capitals_are_another_value(self, people, server):
        pool = people.pool(
            UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False}, **HOLD_BOTH
        )
        email = fresh()
        sue = pool.user(email, email_verified="true")
        other = email.replace("sue", "Sue")
        assert len(sue.update({"email": other})) == 1
        sue.verify("email", server.code(other))
        assert shown(sue) == (other, "true")
        assert signs_in(pool, email)


class TestConflicts:
    """Who else has the value: found at verification in alias pools, at the update in address pools."""

    EXISTS = ("AliasExistsException", "An account with the given email already exists.")

    @pytest.mark.parametrize("setting", ["before", "auto"])
    def test_alias_pools_send_the_code_and_refuse_at_verification(self, people, setting, server):
        pool = people.pool(**ALIASES, **SETTINGS[setting])
        theirs = fresh("theirs")
        bob = pool.user(email=theirs, email_verified="true")
        sue = pool.user(email=fresh(), email_verified="true")
        assert len(sue.update({"email": theirs})) == 1
        code = server.code(theirs)
        for _ in range(2):
            with refused(*self.EXISTS):
                sue.verify("email", code)
        bob.delete("email")
        sue.verify("email", code)
        assert shown(sue) == (theirs, "true")

    def test_an_unverified_value_may_be_shared(self, people):
        pool = people.pool(**ALIASES, **AUTO_BOTH)
        shared = fresh()
        pool.user(email=shared, email_verified="false")
        sue = pool.user(email=fresh(), email_verified="true")
        sue.update({"email": shared})
        assert shown(sue) == (shared, "false")

    def test_address_pools_refuse_the_update(self, people, setting, server):
        pool = people.pool(**ADDRESSES, **SETTINGS[setting])
        theirs, mine = fresh("theirs"), fresh()
        pool.user(theirs)
        sue = pool.user(mine, email_verified="true")
        with refused(*self.EXISTS):
            sue.update({"email": theirs})
        assert shown(sue) == (mine, "true")
        assert server.mails(theirs) == []

    def test_capitals_do_not_make_a_free_name(self, people):
        pool = people.pool(
            UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False}, **HOLD_BOTH
        )
        theirs = fresh("theirs")
        pool.user(theirs)
        sue = pool.user(fresh())
        with refused(*self.EXISTS):
            sue.update({"email": theirs.upper()})

    def test_address_pools_check_again_at_verification(self, people, server):
        pool = people.pool(**ADDRESSES, **HOLD_BOTH)
        wanted = fresh("wanted")
        sue, bob = pool.user(fresh()), pool.user(fresh())
        sue.update({"email": wanted})
        first = server.code(wanted)
        bob.update({"email": wanted})
        bob.verify("email", server.code(wanted))
        with refused(*self.EXISTS):
            sue.verify("email", first)
        assert sue.get()["email"] != wanted

    def test_the_old_username_is_free_again(self, people):
        pool = people.pool(**ADDRESSES, **AUTO_BOTH)
        old = fresh("old")
        sue, bob = pool.user(old), pool.user(fresh())
        sue.update({"email": fresh()})
        bob.update({"email": old})
        assert bob.get()["email"] == old

    def test_the_other_address_of_such_a_user_is_an_ordinary_attribute(self, people):
        pool = people.pool(**ADDRESSES, **AUTO_BOTH)
        theirs = fresh("theirs")
        pool.user(theirs)
        sue = pool.user(fresh_phone())
        sue.update({"email": theirs})
        assert sue.get()["email"] == theirs

    def test_a_preferred_username_that_another_user_has(self, people):
        pool = people.pool(**ALIASES)
        name = fresh().partition("@")[0]
        bob, sue = pool.user(), pool.user()
        bob.update({"preferred_username": name})
        with refused("AliasExistsException", "An account with the given preferred_username already exists."):
            sue.update({"preferred_username": name})
        bob.update({"preferred_username": ""})
        sue.update({"preferred_username": name})
        assert signs_in(pool, name)

    def test_a_preferred_username_that_looks_like_another_alias(self, people):
        pool = people.pool(**ALIASES)
        message = "Username cannot be of email format, since user pool is configured for email alias."
        with refused("InvalidParameterException", message):
            pool.user().update({"preferred_username": fresh()})
