"""Where messages go, as the pool's settings and the user's attributes have it."""

import pytest

from poolhouse.domain import deliveries
from poolhouse.domain.codes import Delivery
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User

TO_EMAIL = Delivery("EMAIL", "email", "jane@example.com")
TO_PHONE = Delivery("SMS", "phone_number", "+15551234567")


def pool(**config):
    return Pool("us-east-1_a", "p", 0, 0, {}, config)


def user(*verified, email=True, phone=True):
    attributes = {}
    if email:
        attributes["email"] = "jane@example.com"
    if phone:
        attributes["phone_number"] = "+15551234567"
    attributes |= {f"{name}_verified": "true" for name in verified}
    return User(
        "us-east-1_a",
        "s",
        "jane",
        Status.CONFIRMED,
        enabled=True,
        created=0,
        modified=0,
        attributes=attributes,
    )


@pytest.mark.parametrize(
    ("auto_verified", "who", "expected"),
    [
        (["email", "phone_number"], user(), TO_PHONE),
        (["email"], user(), TO_EMAIL),
        (["email", "phone_number"], user(phone=False), TO_EMAIL),
        (["email", "phone_number"], user("phone_number"), TO_EMAIL),
        (["email", "phone_number"], user("phone_number", "email"), None),
        (["phone_number"], user(phone=False), None),
        (None, user(), None),
    ],
)
def test_a_sign_up_code_goes_to_one_address(auto_verified, who, expected):
    assert deliveries.verification(pool(AutoVerifiedAttributes=auto_verified), who) == expected


def setting(*names):
    return {"RecoveryMechanisms": [{"Priority": i, "Name": name} for i, name in enumerate(names, 1)]}


@pytest.mark.parametrize(
    ("recovery", "who", "expected"),
    [
        (None, user("email", "phone_number"), TO_PHONE),
        (None, user("email"), TO_EMAIL),
        (None, user(), None),
        (setting("verified_email"), user("email", "phone_number"), TO_EMAIL),
        (setting("verified_email"), user("phone_number"), None),
        (setting("verified_email", "verified_phone_number"), user("email", "phone_number"), TO_EMAIL),
        (setting("verified_email", "verified_phone_number"), user("phone_number"), TO_PHONE),
        (setting("admin_only"), user("email", "phone_number"), None),
        (
            {
                "RecoveryMechanisms": [
                    {"Priority": 2, "Name": "verified_phone_number"},
                    {"Priority": 1, "Name": "verified_email"},
                ]
            },
            user("email", "phone_number"),
            TO_EMAIL,
        ),
        # A flag without the address it speaks of is worth nothing.
        (None, user("email", "phone_number", email=False, phone=False), None),
    ],
)
def test_a_reset_code_goes_by_priority_to_what_is_verified(recovery, who, expected):
    config = {"AccountRecoverySetting": recovery, "SmsConfiguration": {}}
    assert deliveries.recovery(pool(**config), who, serving=()) == expected


def test_an_address_that_serves_as_second_factor_recovers_nothing():
    both, who = pool(SmsConfiguration={}), user("email", "phone_number")
    assert deliveries.recovery(both, who, serving=["phone_number"]) == TO_EMAIL
    assert deliveries.recovery(both, who, serving=["email"]) == TO_PHONE
    assert deliveries.recovery(both, who, serving=["phone_number", "email"]) is None


def test_a_pool_that_cannot_send_texts_resets_by_mail():
    assert deliveries.recovery(pool(), user("email", "phone_number"), serving=()) == TO_EMAIL
    assert deliveries.recovery(pool(), user("phone_number"), serving=()) is None
    assert deliveries.plausible_recovery(pool(AliasAttributes=["phone_number"])) == ["email"]


@pytest.mark.parametrize(
    ("mediums", "who", "expected"),
    [
        ([], user(), (TO_PHONE,)),
        (["EMAIL"], user(), (TO_EMAIL,)),
        (["EMAIL", "SMS"], user(), (TO_PHONE, TO_EMAIL)),
        ([], user(phone=False), (TO_EMAIL,)),
        (["EMAIL"], user(email=False), (TO_PHONE,)),
        (["EMAIL"], user(email=False, phone=False), ()),
    ],
)
def test_an_invitation_falls_back_to_the_address_there_is(mediums, who, expected):
    assert deliveries.invitation(who, mediums) == expected


@pytest.mark.parametrize(
    ("usable", "typed", "expected"),
    [
        (("email",), "bob@example.org", Delivery("EMAIL", "email", "bob@example.org")),
        (("phone_number", "email"), "bob@example.org", Delivery("EMAIL", "email", "bob@example.org")),
        (("phone_number", "email"), "+4930123", Delivery("SMS", "phone_number", "+4930123")),
        (("email",), "+4930123", Delivery("EMAIL", "email", "a@b.invalid")),
        (("phone_number",), "bob@example.org", Delivery("SMS", "phone_number", "+15550065537")),
        (("email", "phone_number"), "bob", Delivery("EMAIL", "email", "a@b.invalid")),
        ((), "bob", Delivery("EMAIL", "email", "a@b.invalid")),
    ],
)
def test_a_made_up_delivery_follows_the_name_and_the_pool(usable, typed, expected):
    assert deliveries.simulated(usable, typed, b"\x00\x01\x00\x01rest") == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, ["email", "phone_number"]),
        ({"AutoVerifiedAttributes": ["email"]}, ["email"]),
        ({"UsernameAttributes": ["phone_number"]}, ["phone_number"]),
        ({"AutoVerifiedAttributes": ["email", "phone_number"]}, ["phone_number", "email"]),
        (
            {"AliasAttributes": ["email"], "AccountRecoverySetting": setting("verified_phone_number")},
            ["phone_number"],
        ),
    ],
)
def test_what_a_user_who_is_not_there_would_have_verified(config, expected):
    assert list(deliveries.plausible_recovery(pool(SmsConfiguration={}, **config))) == expected
