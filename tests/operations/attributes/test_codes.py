"""VerifyUserAttribute and GetUserAttributeVerificationCode (digest «users» §2.7): limits, forms, other codes."""

import pytest

from support.people import ALIASES, AUTO_BOTH, fresh, fresh_phone, refused

ONLY = "Invalid attribute name. Only phone_number and email can be verified."
TOO_MANY = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
NO_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")


@pytest.fixture
def pool(people):
    return people.pool(**ALIASES, SmsConfiguration=AUTO_BOTH["SmsConfiguration"])


def test_a_phone_number_in_a_pool_that_cannot_send_texts(people):
    """Refused before a code is stored, or a try counted."""
    sue = people.pool().user(phone_number=fresh_phone())
    before = people.dump()
    with refused("InvalidParameterException", "User pool does not have SMS configuration to send messages."):
        sue.request_code("phone_number")
    assert people.dump() == before


@pytest.mark.parametrize("name", ["name", "sub", "custom:x", "email_verified"])
def test_only_addresses_can_be_verified(pool, name):
    sue = pool.user(name="Sue")
    with refused("InvalidParameterException", ONLY):
        sue.verify(name, "123456")
    with refused("InvalidParameterException", ONLY):
        sue.request_code(name)


def test_an_address_that_the_user_does_not_have(pool):
    sue = pool.user()
    with refused("InvalidParameterException", "User does not have a value for email."):
        sue.request_code("email")
    with refused(*NO_CODE):
        sue.verify("email", "123456")


@pytest.mark.parametrize("flag", ["true", "false"])
@pytest.mark.parametrize(("attribute", "make"), [("email", fresh), ("phone_number", fresh_phone)])
def test_any_address_whether_or_not_verified_or_auto_verified(pool, server, attribute, make, flag):
    address = make()
    sue = pool.user(**{attribute: address, f"{attribute}_verified": flag})
    details = sue.request_code(attribute)
    assert details["AttributeName"] == attribute
    assert details["DeliveryMedium"] == ("EMAIL" if attribute == "email" else "SMS")
    sue.verify(attribute, server.code(address))
    assert sue.get() == {attribute: address, f"{attribute}_verified": "true"}
    assert pool.token(address)
    with refused(*NO_CODE):
        sue.verify(attribute, server.code(address))


def test_a_newer_code_takes_the_place_of_an_older(pool, server):
    address = fresh()
    sue = pool.user(email=address, email_verified="false")
    sue.request_code("email")
    older = server.code(address)
    sue.request_code("email")
    newer = server.code(address)
    if older != newer:
        with refused(*MISMATCH):
            sue.verify("email", older)
    sue.verify("email", newer)


def test_a_code_lives_for_a_day(pool, server):
    address = fresh()
    sue = pool.user(email=address)
    sue.request_code("email")
    server.clock.advance(24 * 3600 - 0.001)
    sue.token = pool.token(sue.username)
    server.clock.advance(0.001)
    with refused(*NO_CODE):
        sue.verify("email", server.code(address))


def test_a_code_does_not_outlive_the_address_it_was_sent_to(pool, server):
    address = fresh()
    sue = pool.user(email=address)
    sue.request_code("email")
    sue.update({"email": fresh()})
    with refused(*NO_CODE):
        sue.verify("email", server.code(address))
    sue.update({"email": address})
    sue.verify("email", server.code(address))


def test_nobody_elses_code(people, server):
    pool = people.pool(**ALIASES, **AUTO_BOTH)
    sue, bob, shared = pool.user(), pool.user(), fresh()
    sue.update({"email": shared})
    sues = server.code(shared)
    bob.update({"email": shared})
    bobs = server.code(shared)
    if sues != bobs:
        with refused(*MISMATCH):
            bob.verify("email", sues)
    bob.verify("email", bobs)


def test_fifteen_tries_in_an_hour_right_or_wrong(pool, server):
    server.clock.advance(3600 - server.clock.now() % 3600)
    address = fresh()
    sue = pool.user(email=address, email_verified="false")
    sue.request_code("email")
    right = server.code(address)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(15):
        with refused(*MISMATCH):
            sue.verify("email", wrong)
    for code in (wrong, right):
        with refused(*TOO_MANY):
            sue.verify("email", code)
    bob = pool.user(email=fresh())
    with refused(*NO_CODE):
        bob.verify("email", wrong)
    server.clock.advance(3600)
    sue.token = pool.token(sue.username)
    sue.verify("email", right)


def test_five_requests_in_an_hour(pool, server):
    server.clock.advance(3600 - server.clock.now() % 3600)
    address = fresh()
    sue = pool.user(email=address)
    for _ in range(5):
        sue.request_code("email")
    with refused(*TOO_MANY):
        sue.request_code("email")
    assert len(server.mails(address)) == 5
    server.clock.advance(3600)
    sue.token = pool.token(sue.username)
    sue.request_code("email")


def test_updates_are_not_counted(people, server):
    pool = people.pool(**ALIASES, **AUTO_BOTH)
    sue = pool.user()
    for _ in range(7):
        assert len(sue.update({"email": fresh()})) == 1


def test_no_code_is_stored_in_the_clear(people, server):
    address = fresh()
    sue = people.pool(**ALIASES).user(email=address)
    sue.request_code("email")
    code = server.code(address)
    assert not [row for row in people.dump().splitlines() if sue.sub in row and code in row]


def test_sign_up_codes_and_attribute_codes_are_not_interchangeable(people, server):
    pool = people.pool(**ALIASES, **AUTO_BOTH)
    address = fresh()
    sue = pool.user(email=address)
    sue.request_code("email")
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        sue.idp.confirm_sign_up(
            ClientId=pool.client_id, Username=sue.username, ConfirmationCode=server.code(address)
        )
