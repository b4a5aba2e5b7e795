"""What a change of attributes does and what it refuses, as tables (digest «users» §§1.4 to 1.6, 2.2 to 2.8)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.aliases import held_names
from poolhouse.domain.attributes import (
    check_new_user_attributes,
    plan_delete,
    plan_update,
    prove,
)
from poolhouse.domain.client import Client
from poolhouse.domain.codes import Code, CodePurpose
from poolhouse.domain.pool import Pool
from poolhouse.domain.schema import build_schema
from poolhouse.domain.user import Status, User
from poolhouse.errors import InvalidParameterException, NotAuthorizedException, ServiceError

POOL_ID = "us-east-1_abc"
SCHEMA = build_schema(
    [
        {"Name": "family_name", "Required": True},
        {"Name": "gender", "Mutable": False},
        {
            "Name": "code",
            "AttributeDataType": "String",
            "Mutable": True,
            "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "5"},
        },
        {"Name": "secret", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
    ]
)
OLD, NEW, OTHER = "old@example.com", "new@example.com", "other@example.com"
OPEN = Client(POOL_ID, "c", "c", 0, 0, {})
NARROW = replace(OPEN, config={"WriteAttributes": ["email", "name", "gender"]})


def pool(**config):
    return Pool(POOL_ID, "p", 0, 0, SCHEMA, config)


def user(pending=None, **attributes):
    attributes = {"family_name": "Doe", "email": OLD, "email_verified": "true"} | attributes
    attributes = {name: value for name, value in attributes.items() if value is not None}
    return User(POOL_ID, "the-sub", "sue", Status.CONFIRMED, True, 0, 0, attributes, pending or {})


AUTO = {"AutoVerifiedAttributes": ["email", "phone_number"]}
HOLD = AUTO | {
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email", "phone_number"]}
}
SETTINGS = {"before": HOLD, "auto": AUTO, "neither": {}}


PLAIN, SUE = pool(), user()


def refused(error, action, *arguments):
    with pytest.raises(error) as refusal:
        action(*arguments)
    return refusal.value.message


def refused_update(changes, *, error=InvalidParameterException, client=OPEN, pool=PLAIN, user=SUE):
    return refused(error, plan_update, pool, client, user, changes)


def test_a_value_replaces_a_blank_deletes_and_the_last_of_two_counts():
    plan = plan_update(
        pool(), OPEN, user(name="a", nickname="n"), [("name", "b"), ("nickname", ""), ("name", "c")]
    )
    assert plan.user.attributes == user(name="c").attributes
    assert plan.send == ()


def test_deleting_what_is_not_there_succeeds():
    assert plan_update(pool(), OPEN, user(), [("name", "")]).user == user()
    assert plan_delete(pool(), OPEN, user(), ["name"]) == user()


class TestOrderOfChecks:
    """Each check wins over those below it, whatever the order of the attributes."""

    BROKEN = (
        ("email", "bad"),
        ("custom:code", "x"),
        ("email_verified", "true"),
        ("name", None),
        ("sub", None),
    )

    @pytest.mark.parametrize(
        ("left", "error", "message"),
        [
            (5, InvalidParameterException, "Cannot modify the non-mutable attribute sub"),
            (4, InvalidParameterException, "Attribute value for name must not be null"),
            (3, NotAuthorizedException, "A client attempted to write unauthorized attribute"),
            (2, InvalidParameterException, "user.custom:code: String must be no shorter than 3 characters\n"),
            (1, InvalidParameterException, "Invalid email address format."),
        ],
    )
    def test_update(self, left, error, message):
        assert refused_update(self.BROKEN[:left], error=error) == message
        assert refused_update(self.BROKEN[:left][::-1], error=error) == message

    def test_null_wins_over_immutability(self):
        assert refused_update([("gender", None)]) == "Attribute value for gender must not be null"

    @pytest.mark.parametrize("value", ["x", "", None])
    def test_sub_is_never_written(self, value):
        for client in (OPEN, None):
            message = refused_update([("name", None), ("sub", value)], client=client)
            assert message == "Cannot modify the non-mutable attribute sub"

    def test_all_clauses_are_joined_in_the_order_sent(self):
        message = refused_update(
            [
                ("code", "bare name"),
                ("custom:none", ""),
                ("gender", ""),
                ("family_name", ""),
                ("custom:code", "123456"),
                ("birthdate", "1999"),
            ]
        )
        assert message == (
            "user.code: Attribute does not exist in the schema.\n"
            "user.custom:none: Attribute does not exist in the schema.\n"
            "user.gender: Attribute cannot be updated.\n"
            "user.family_name: Required attribute cannot be deleted.\n"
            "user.custom:code: String must be no longer than 5 characters\n"
            "user.birthdate: String must be no shorter than 10 characters\n"
        )

    def test_formats(self):
        assert refused_update([("email", "a b@c")]) == "Invalid email address format."
        assert refused_update([("phone_number", "5551234567")]) == "Invalid phone number format."


class TestWhoMayWrite:
    NO = "A client attempted to write unauthorized attribute"

    @pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "dev:custom:secret"])
    def test_no_client_writes(self, name):
        assert refused_update([(name, "true")], error=NotAuthorizedException) == self.NO
        assert refused(NotAuthorizedException, plan_delete, pool(), OPEN, user(), [name]) == self.NO

    @pytest.mark.parametrize("name", ["nickname", "custom:code", "custom:none"])
    def test_an_explicit_list_is_exact(self, name):
        assert refused_update([(name, "1234")], error=NotAuthorizedException, client=NARROW) == self.NO

    def test_a_required_attribute_is_writable_whatever_the_list_says(self):
        plan = plan_update(pool(), NARROW, user(), [("family_name", "Roe")])
        assert plan.user.attributes["family_name"] == "Roe"

    def test_an_administrator_writes_all_but_the_immutable(self):
        changes = [("email_verified", "FALSE"), ("dev:custom:secret", "s"), ("nickname", "n")]
        plan = plan_update(pool(), None, user(), changes)
        expected = {"email_verified": "false", "dev:custom:secret": "s", "nickname": "n"}
        assert plan.user.attributes == user().attributes | expected
        assert refused_update([("gender", "x")], client=None) == "user.gender: Attribute cannot be updated.\n"


class TestAddresses:
    """Digest «users» §2.4: where the value goes, what becomes of the flag, where a code goes."""

    @pytest.mark.parametrize(
        ("setting", "stored", "flagged", "pending", "purpose"),
        [
            ("before", OLD, "true", {"email": NEW}, CodePurpose.UPDATE_EMAIL),
            ("auto", NEW, "false", {}, CodePurpose.VERIFY_EMAIL),
            ("neither", NEW, "false", {}, None),
        ],
    )
    def test_another_value(self, setting, stored, flagged, pending, purpose):
        changes = [("email", NEW), ("name", "n")]
        plan = plan_update(pool(**SETTINGS[setting]), OPEN, user(), changes)
        assert plan == plan_update(pool(**SETTINGS[setting]), None, user(), changes)
        assert plan.user.attributes["email"] == stored
        assert plan.user.attributes["email_verified"] == flagged
        assert plan.user.attributes["name"] == "n"
        assert plan.user.pending == pending
        assert [sent for sent, _ in plan.send] == ([purpose] if purpose else [])
        assert all(target.destination == NEW and target.medium == "EMAIL" for _, target in plan.send)

    @pytest.mark.parametrize("setting", SETTINGS)
    @pytest.mark.parametrize("flagged", ["true", "false", None])
    def test_the_current_value_sends_no_code_and_leaves_the_flag(self, setting, flagged):
        sue = user(email_verified=flagged)
        plan = plan_update(pool(**SETTINGS[setting]), OPEN, sue, [("email", OLD)])
        assert (plan.user, plan.send) == (sue, ())

    def test_the_current_value_takes_a_waiting_change_back(self):
        plan = plan_update(pool(**HOLD), OPEN, user({"email": NEW}), [("email", OLD)])
        assert (plan.user, plan.send) == (user(), ())

    def test_the_same_new_value_again_sends_another_code(self):
        plan = plan_update(pool(**HOLD), OPEN, user({"email": NEW}), [("email", NEW)])
        assert plan.user == user({"email": NEW})
        assert [purpose for purpose, _ in plan.send] == [CodePurpose.UPDATE_EMAIL]

    def test_another_new_value_replaces_the_waiting_one(self):
        plan = plan_update(pool(**HOLD), OPEN, user({"email": NEW}), [("email", OTHER)])
        assert plan.user == user({"email": OTHER})
        assert [target.destination for _, target in plan.send] == [OTHER]

    def test_capitals_make_another_value(self):
        loose = pool(**AUTO, UsernameConfiguration={"CaseSensitive": False})
        plan = plan_update(loose, OPEN, user(), [("email", OLD.upper())])
        assert len(plan.send) == 1

    def test_a_first_value_waits_too(self):
        plan = plan_update(pool(**HOLD), OPEN, user(), [("phone_number", "+15551234567")])
        assert plan.user == user({"phone_number": "+15551234567"})

    def test_nothing_waits_for_somebody_who_has_no_token(self):
        unconfirmed = replace(user(), status=Status.UNCONFIRMED)
        plan = plan_update(pool(**HOLD), None, unconfirmed, [("email", NEW)])
        assert plan.user == replace(user(email=NEW, email_verified="false"), status=Status.UNCONFIRMED)

    def test_both_addresses_in_one_call(self):
        plan = plan_update(pool(**HOLD), OPEN, user(), [("phone_number", "+15551234567"), ("email", NEW)])
        assert plan.user.pending == {"email": NEW, "phone_number": "+15551234567"}
        assert [(purpose, target.medium) for purpose, target in plan.send] == [
            (CodePurpose.UPDATE_EMAIL, "EMAIL"),
            (CodePurpose.UPDATE_PHONE, "SMS"),
        ]

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_a_blank_deletes_value_flag_and_waiting_change(self, setting):
        sue = user({"email": NEW, "phone_number": "+1"})
        expected = user({"phone_number": "+1"}, email=None, email_verified=None)
        assert plan_update(pool(**SETTINGS[setting]), OPEN, sue, [("email", "")]).user == expected
        assert plan_delete(pool(**SETTINGS[setting]), OPEN, sue, ["email"]) == expected


class TestAdministratorsFlags:
    @pytest.mark.parametrize("setting", SETTINGS)
    def test_value_and_flag_together_commit_at_once_without_message(self, setting):
        changes = [("email_verified", "true"), ("email", NEW)]
        plan = plan_update(pool(**SETTINGS[setting]), None, user({"email": OTHER}), changes)
        assert (plan.user, plan.send) == (user(email=NEW), ())

    @pytest.mark.parametrize("value", ["false", ""])
    def test_a_flag_beside_an_address_that_waits_says_nothing_of_the_one_in_force(self, value):
        changes = [("email", NEW), ("email_verified", value)]
        assert plan_update(pool(**HOLD), None, user(), changes).user == user({"email": NEW})
        nobody = user(email=None, email_verified=None)
        waiting = replace(nobody, pending={"email": NEW})
        assert plan_update(pool(**HOLD), None, nobody, changes).user == waiting

    def test_the_flag_alone_verifies_the_current_value_and_leaves_the_waiting_one(self):
        sue = user({"email": NEW}, email_verified="false")
        plan = plan_update(pool(**HOLD), None, sue, [("email_verified", "true")])
        assert (plan.user, plan.send) == (user({"email": NEW}), ())

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("email_verified", "Email is required to verify/un-verify an email"),
            ("phone_number_verified", "Phone Number is required to verify/un-verify a phone number"),
        ],
    )
    @pytest.mark.parametrize("value", ["true", "false"])
    def test_a_flag_needs_its_address(self, name, message, value):
        address = name.removesuffix("_verified")
        nobody = user(email=None, email_verified=None)
        assert refused_update([(name, value)], client=None, user=nobody) == message
        holder = user(phone_number="+1")
        assert refused_update([(name, value), (address, "")], client=None, user=holder) == message

    def test_only_a_verified_alias_is_taken_from_others(self):
        aliases = pool(AliasAttributes=["email"])
        assert plan_update(aliases, None, user(), [("email", NEW)]).seize == frozenset()
        changes = [("email", NEW), ("email_verified", "true")]
        assert plan_update(aliases, None, user(), changes).seize == {"email"}
        assert plan_update(pool(UsernameAttributes=["email"]), None, user(), changes).seize == frozenset()


class TestNames:
    """Which names a user holds after the change (digest «users» §2.4, last rows)."""

    @pytest.mark.parametrize(
        ("setting", "alias", "username"), [("before", OLD, OLD), ("auto", None, NEW), ("neither", None, NEW)]
    )
    def test_sign_in_after_an_update(self, setting, alias, username):
        aliases = pool(**SETTINGS[setting], AliasAttributes=["email"])
        after = plan_update(aliases, OPEN, user(), [("email", NEW)]).user
        assert dict(held_names(aliases, after)).get("email") == alias
        names = pool(**SETTINGS[setting], UsernameAttributes=["email"])
        after = plan_update(names, OPEN, user(), [("email", NEW)]).user
        assert dict(held_names(names, after)).get("email") == username

    def test_a_waiting_username_must_be_free_already(self):
        names = pool(**HOLD, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
        assert plan_update(names, OPEN, user(), [("email", "New@Example.com")]).free == (("email", NEW),)
        aliases = pool(**HOLD, AliasAttributes=["email"])
        assert plan_update(aliases, OPEN, user(), [("email", NEW)]).free == ()

    def test_the_other_address_of_a_two_kind_pool_is_an_ordinary_attribute(self):
        either = pool(**HOLD, UsernameAttributes=["email", "phone_number"])
        sue = replace(user(), identifier="phone_number")
        assert plan_update(either, OPEN, sue, [("email", NEW)]).free == ()

    def test_a_preferred_username_must_not_look_like_another_alias(self):
        aliases = pool(AliasAttributes=["email", "preferred_username"])
        message = refused_update([("preferred_username", NEW)], pool=aliases)
        assert message == "Username cannot be of email format, since user pool is configured for email alias."
        plan_update(pool(AliasAttributes=["email"]), OPEN, user(), [("preferred_username", NEW)])

    def test_a_preferred_username_waits_for_confirmation(self):
        unconfirmed = replace(user(), status=Status.UNCONFIRMED)
        aliases = pool(AliasAttributes=["preferred_username"])
        message = refused_update([("preferred_username", "s")], pool=aliases, user=unconfirmed, client=None)
        assert message == (
            "Preferred username cannot be provided for unconfirmed account, since user pool is configured for "
            "preferred username alias."
        )
        plan_update(pool(), None, unconfirmed, [("preferred_username", "s")])


class TestProof:
    def code(self, purpose, value):
        return Code(POOL_ID, "the-sub", purpose, b"", "email", value, 0)

    def test_a_code_for_the_waiting_value_stores_it(self):
        sue = user({"email": NEW, "phone_number": "+1"})
        after = prove(sue, self.code(CodePurpose.UPDATE_EMAIL, NEW))
        assert after == user({"phone_number": "+1"}, email=NEW)

    @pytest.mark.parametrize("purpose", [CodePurpose.VERIFY_EMAIL, CodePurpose.SIGN_UP])
    def test_any_other_code_proves_the_current_value_and_leaves_the_waiting_one(self, purpose):
        after = prove(user({"email": NEW}, email_verified="false"), self.code(purpose, OLD))
        assert after == user({"email": NEW})


class TestDeletion:
    def test_all_clauses_are_joined(self):
        names = ["custom:foo", "gender", "family_name", "name"]
        assert refused(InvalidParameterException, plan_delete, pool(), None, user(), names) == (
            "Invalid user attributes: "
            "user.custom:foo: Attribute does not exist in the schema.\n"
            "user.gender: Attribute cannot be updated.\n"
            "user.family_name: Required attribute cannot be deleted.\n"
        )

    def test_sub(self):
        message = refused(InvalidParameterException, plan_delete, pool(), None, user(), ["sub"])
        assert message == "Cannot modify the non-mutable attribute sub"


class TestNewUsers:
    def new(self, given, *, client=OPEN, filled=None, pool=PLAIN):
        return check_new_user_attributes(pool, client, given, filled or {}, complete=client is not None)

    def refused(self, given, *, error=InvalidParameterException, **rest):
        return refused(error, lambda: self.new(given, **rest))

    def test_values_as_stored(self):
        given = [("family_name", "Doe"), ("gender", "x"), ("name", ""), ("custom:code", "1234")]
        assert self.new(given) == {"family_name": "Doe", "gender": "x", "custom:code": "1234"}

    def test_the_username_fills_in_and_counts(self):
        assert self.new([("family_name", "D"), ("email", OTHER)], filled={"email": NEW})["email"] == NEW

    def test_required_and_ill_formed_together(self):
        assert self.refused([("custom:code", "1"), ("custom:none", ""), ("family_name", "")]) == (
            "Attributes did not conform to the schema: "
            "custom:code: String must be no shorter than 3 characters\n"
            "custom:none: Attribute does not exist in the schema.\n"
            "family_name: The attribute is required\n"
        )

    def test_a_filled_in_attribute_is_not_missing(self):
        needy = replace(pool(), schema=build_schema([{"Name": "email", "Required": True}]))
        assert self.new([], pool=needy, filled={"email": NEW}) == {"email": NEW}
        assert self.refused([], pool=needy) == (
            "Attributes did not conform to the schema: email: The attribute is required\n"
        )

    def test_an_administrator_may_leave_required_ones_out_and_set_flags(self):
        given = [("email", NEW), ("email_verified", "True")]
        assert self.new(given, client=None) == {"email": NEW, "email_verified": "true"}
        assert self.refused([("email_verified", "true")], client=None) == (
            "Email is required to verify/un-verify an email"
        )

    def test_refusals_shared_with_updates(self):
        assert self.refused([("sub", "x")], client=None) == "Cannot modify the non-mutable attribute sub"
        assert self.refused([("name", None)]) == "Attribute value for name must not be null"
        assert self.refused([("email_verified", "true")], error=NotAuthorizedException) == (
            "A client attempted to write unauthorized attribute"
        )
        named = [("family_name", "D")]
        assert self.refused([*named, ("email", "x")]) == "Invalid email address format."
        assert self.refused([*named, ("phone_number", "1")]) == "Invalid phone number format."

    def test_no_preferred_username_at_sign_up_where_it_is_an_alias(self):
        aliases = pool(AliasAttributes=["preferred_username"])
        given = [("family_name", "D"), ("preferred_username", "s")]
        assert self.refused(given, pool=aliases).startswith(
            "Preferred username cannot be provided for unconfirmed"
        )
        assert self.new(given, pool=aliases, client=None)["preferred_username"] == "s"


NAMES = [*SCHEMA, "custom:none", "code"]
VALUES = ["", "true", "false", "1234", "0000000000", OLD, NEW, "+15551234567", None]
CHANGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), min_size=1, max_size=4)
USERS = st.builds(
    lambda extra, pending: user(pending, **extra),
    st.dictionaries(
        st.sampled_from(["name", "phone_number", "gender", "email_verified"]),
        st.sampled_from(["true", "false"]),
    ),
    st.dictionaries(st.sampled_from(["email", "phone_number"]), st.just(NEW)),
)
POOLS = st.builds(
    lambda setting, names: pool(**SETTINGS[setting], **names),
    st.sampled_from(sorted(SETTINGS)),
    st.sampled_from([{}, {"AliasAttributes": ["email"]}, {"UsernameAttributes": ["email"]}]),
)


@given(POOLS, st.sampled_from([OPEN, NARROW, None]), USERS, CHANGES)
def test_an_update_touches_only_what_it_names(pool, client, sue, changes):
    try:
        plan = plan_update(pool, client, sue, changes)
    except ServiceError:
        return
    named = {name for name, _ in changes}
    named |= {f"{name}_verified" for name in named & {"email", "phone_number"}}
    assert "sub" not in plan.user.attributes
    assert replace(plan.user, attributes=sue.attributes, pending=sue.pending) == sue
    for name in sue.attributes.keys() | plan.user.attributes.keys():
        if name not in named:
            assert plan.user.attributes.get(name) == sue.attributes.get(name)
    for name in sue.pending.keys() | plan.user.pending.keys():
        if name not in named:
            assert plan.user.pending.get(name) == sue.pending.get(name)
    assert not [name for name, value in plan.user.attributes.items() if value == ""]
    assert plan.user.attributes.get("family_name")
    assert plan.user.attributes.get("gender") == sue.attributes.get("gender")


@given(POOLS, USERS, CHANGES)
def test_no_client_makes_an_address_verified(pool, sue, changes):
    try:
        after = plan_update(pool, OPEN, sue, changes).user
    except ServiceError:
        return
    for address in ("email", "phone_number"):
        if after.attributes.get(f"{address}_verified") == "true" and address in after.attributes:
            assert after.attributes[address] == sue.attributes.get(address)


@given(POOLS, st.sampled_from([OPEN, None]), USERS, CHANGES)
def test_every_code_goes_to_a_value_that_it_can_prove(pool, client, sue, changes):
    try:
        plan = plan_update(pool, client, sue, changes)
    except ServiceError:
        return
    for purpose, target in plan.send:
        waiting = purpose in {CodePurpose.UPDATE_EMAIL, CodePurpose.UPDATE_PHONE}
        values = plan.user.pending if waiting else plan.user.attributes
        assert values[target.attribute] == target.destination
