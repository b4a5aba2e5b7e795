"""What UpdateUserAttributes and its family tell the CustomMessage trigger, and what its failure leaves (§2.10)."""

import pytest

from support.custom_messages import events_of
from support.people import (
    ALIASES,
    ARN,
    AUTO_BOTH,
    FAILING,
    HOLD_BOTH,
    RECORDING,
    fresh,
    fresh_phone,
    refused,
)

METADATA = {"lang": "en", "canary": "kingfisher-83519"}


def test_the_event_of_an_update(people, server):
    pool = people.pool(**ALIASES, **HOLD_BOTH, **RECORDING)
    old, new = fresh("old"), fresh("new")
    sue = pool.user(email=old, email_verified="true")
    sue.update({"email": new}, ClientMetadata=METADATA)
    [event] = events_of(sue.username)
    assert event["triggerSource"] == "CustomMessage_UpdateUserAttribute"
    assert event["userPoolId"] == pool.id
    assert event["callerContext"]["clientId"] == pool.client_id
    assert event["request"]["clientMetadata"] == METADATA
    assert event["request"]["codeParameter"] == "{####}"
    assert event["request"]["userAttributes"] == {
        "sub": sue.sub,
        "cognito:user_status": "CONFIRMED",
        "cognito:email_alias": old,
        "email": new,
        "email_verified": "true",
    }
    sue.verify("email", server.code(new))
    assert len(events_of(sue.username)) == 1


def test_the_event_of_a_requested_code(people):
    sue = people.pool(**ALIASES, **RECORDING).user(email=fresh())
    sue.request_code("email", ClientMetadata=METADATA)
    [event] = events_of(sue.username)
    assert event["triggerSource"] == "CustomMessage_VerifyUserAttribute"
    assert event["request"]["clientMetadata"] == METADATA


def test_no_event_without_a_message(people):
    sue = people.pool(**ALIASES, **AUTO_BOTH, **RECORDING).user(email=fresh())
    sue.update({"name": "Sue", "email": sue.get()["email"]}, ClientMetadata=METADATA)
    sue.update({"name": ""})
    assert events_of(sue.username) == []


def test_metadata_reaches_the_trigger_and_nothing_else(people, server):
    pool = people.pool(**ALIASES, **HOLD_BOTH, **RECORDING)
    sue = pool.user(email=fresh(), email_verified="true")
    sue.update({"email": fresh(), "phone_number": fresh_phone()}, ClientMetadata=METADATA)
    sue.admin_update({"email": fresh()}, ClientMetadata=METADATA)
    sue.request_code("email", ClientMetadata=METADATA)
    assert len(events_of(sue.username)) == 4
    assert all(event["request"]["clientMetadata"] == METADATA for event in events_of(sue.username))
    assert sue.sub in people.dump()
    assert METADATA["canary"] not in people.dump()
    assert METADATA["canary"].encode() not in b"".join(server.log)
    assert METADATA["canary"] not in str(server.mails())


def test_attributes_codes_and_tokens_are_not_logged(people, server):
    sue = people.pool(**ALIASES, **AUTO_BOTH).user()
    address = fresh("unlogged")
    sue.update({"email": address, "name": "Unlogged Name"})
    log = b"".join(server.log)
    assert b"UpdateUserAttributes" in log
    for secret in (address, "Unlogged Name", sue.token, server.code(address)):
        assert secret.encode() not in log


@pytest.mark.parametrize("setting", [HOLD_BOTH, AUTO_BOTH])
def test_a_trigger_that_fails_sends_nothing_and_what_is_stored_stays(people, server, setting):
    pool = people.pool(**ALIASES, **setting, **FAILING)
    old, new = fresh("old"), fresh("new")
    sue = pool.user(email=old, email_verified="true")
    with refused("UserLambdaValidationException", "CustomMessage failed with error no words."):
        sue.update({"email": new, "name": "Sue"})
    assert server.mails(new) == []
    assert sue.get()["name"] == "Sue"
    assert sue.get()["email"] == (old if setting is HOLD_BOTH else new)
    assert server.store.read(lambda tx: tx.outbox.due(float("inf"), 100)) == []


def test_each_of_two_messages_is_tried(people):
    pool = people.pool(**ALIASES, **HOLD_BOTH, **FAILING)
    sue = pool.user()
    with refused("UserLambdaValidationException"):
        sue.update({"email": fresh(), "phone_number": fresh_phone()})
    assert len(events_of(sue.username)) == 2


def test_a_refused_update_fires_nothing(people):
    sue = people.pool(**ALIASES, **AUTO_BOTH, **RECORDING).user()
    with refused("InvalidParameterException"):
        sue.update({"email": fresh(), "custom:none": "x"}, ClientMetadata=METADATA)
    assert events_of(sue.username) == []


@pytest.mark.parametrize("setting", [HOLD_BOTH, AUTO_BOTH])
@pytest.mark.parametrize(
    ("hook", "error"),
    [
        ("hang", "UnexpectedLambdaException"),
        ("nonsense", "InvalidLambdaResponseException"),
        ("no_code", "InvalidLambdaResponseException"),
        ("nobody_listens", "UnexpectedLambdaException"),
    ],
)
def test_a_trigger_that_hangs_or_talks_nonsense_leaves_nothing_half_done(
    people, server, setting, hook, error
):
    """The change is whole, no message went or waits, and the next request is none the worse."""
    pool = people.pool(**ALIASES, **setting, LambdaConfig={"CustomMessage": ARN + hook})
    old, new = fresh("old"), fresh("new")
    sue = pool.user(email=old, email_verified="true")
    with refused(error):
        sue.update({"email": new, "name": "Sue"})
    assert server.mails(new) == []
    shown = sue.get()
    assert shown["name"] == "Sue"
    held = setting is HOLD_BOTH
    assert (shown["email"], shown["email_verified"]) == (old, "true") if held else (new, "false")
    assert server.store.read(lambda tx: tx.outbox.due(float("inf"), 100)) == []
    with refused("CodeMismatchException"):
        sue.verify("email", "none")
    sue.update({"name": "Susan"})
    assert sue.get()["name"] == "Susan"
