"""SetRiskConfiguration and DescribeRiskConfiguration: what is stored, checked and shown again."""

from typing import Any

import pytest

from support.refusals import refusal
from support.risk import ARN, configure, exceptions, on
from support.server import RunningServer
from support.sign_in import Place, make_place

BLOCKS = {"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}}
ALL_EVENTS = ["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"]


def described(place: Place, **named: str) -> dict[str, Any]:
    answer = place.idp.describe_risk_configuration(UserPoolId=place.pool, **named)
    return dict(answer["RiskConfiguration"])


def takeover(*, notify: bool, how: bool) -> dict[str, Any]:
    actions = {"HighAction": {"Notify": notify, "EventAction": "BLOCK"}}
    return {
        "AccountTakeoverRiskConfiguration": {
            "Actions": actions,
            **({"NotifyConfiguration": {"SourceArn": ARN}} if how else {}),
        }
    }


def test_a_pool_begins_without_one(place: Place) -> None:
    assert described(place) == {"UserPoolId": place.pool}
    assert described(place, ClientId=place.client) == {"UserPoolId": place.pool, "ClientId": place.client}


def test_what_is_set_is_answered_and_shown(place: Place) -> None:
    given = {
        **BLOCKS,
        **takeover(notify=True, how=True),
        **exceptions(blocked=["192.0.2.0/24", "2001:db8::/32"]),
    }
    answered = configure(place, **given)
    modified = answered.pop("LastModifiedDate")
    assert modified.timestamp() == place.server.clock.now()
    filtered = {**BLOCKS["CompromisedCredentialsRiskConfiguration"], "EventFilter": ALL_EVENTS}
    assert answered == {
        "UserPoolId": place.pool,
        **given,
        "CompromisedCredentialsRiskConfiguration": filtered,
    }
    assert described(place) == {**answered, "LastModifiedDate": modified}


def test_what_is_left_out_is_gone(place: Place) -> None:
    configure(place, **BLOCKS, **exceptions(blocked=["192.0.2.0/24"]))
    configure(place, **exceptions(skipped=["192.0.2.0/24"]))
    assert set(described(place)) == {"UserPoolId", "RiskExceptionConfiguration", "LastModifiedDate"}
    configure(place)
    assert described(place) == {"UserPoolId": place.pool}


def test_a_client_s_takes_the_place_of_the_pool_s(place: Place) -> None:
    configure(place, **BLOCKS)
    inherited = described(place, ClientId=place.client)
    assert inherited["CompromisedCredentialsRiskConfiguration"]["Actions"] == {"EventAction": "BLOCK"}
    own = configure(place, of_client=True, **exceptions(blocked=["192.0.2.0/24"]))
    assert described(place, ClientId=place.client) == own
    assert "CompromisedCredentialsRiskConfiguration" not in own
    assert described(place, ClientId=place.another_client().client).keys() == inherited.keys()
    configure(place, of_client=True)
    assert described(place, ClientId=place.client) == inherited


def test_updates_of_pool_and_client_leave_it_alone(place: Place) -> None:
    configure(place, **BLOCKS)
    configure(place, of_client=True, **BLOCKS)
    place.idp.update_user_pool(UserPoolId=place.pool, **on("ENFORCED"))
    place.idp.update_user_pool_client(UserPoolId=place.pool, ClientId=place.client, ClientName="other")
    assert "CompromisedCredentialsRiskConfiguration" in described(place)
    assert "CompromisedCredentialsRiskConfiguration" in described(place, ClientId=place.client)


@pytest.mark.parametrize("text", ["192.0.2.7", "192.0.2.0/33", "example.com/24", ""])
@pytest.mark.parametrize("kind", ["blocked", "skipped"])
def test_a_range_is_in_cidr_notation(place: Place, kind: str, text: str) -> None:
    error, message = refusal(configure, place, **exceptions(**{kind: ["192.0.2.0/24", text]}))
    assert error == "InvalidParameterException"
    assert text in message


def test_whoever_notifies_says_how(place: Place) -> None:
    assert refusal(configure, place, **takeover(notify=True, how=False))[0] == "InvalidParameterException"
    configure(place, **takeover(notify=False, how=False))


def test_without_threat_protection_there_is_none(server: RunningServer) -> None:
    place = make_place(server, UserPoolTier="PLUS")
    for ask in (place.idp.set_risk_configuration, place.idp.describe_risk_configuration):
        assert refusal(ask, UserPoolId=place.pool)[0] == "UserPoolAddOnNotEnabledException"
        named = {"UserPoolId": place.pool, "ClientId": place.client}
        assert refusal(ask, **named)[0] == "UserPoolAddOnNotEnabledException"


def test_unknown_pool_and_client(place: Place) -> None:
    for ask in (place.idp.set_risk_configuration, place.idp.describe_risk_configuration):
        assert refusal(ask, UserPoolId="us-east-1_none")[0] == "ResourceNotFoundException"
        named = {"UserPoolId": place.pool, "ClientId": "none"}
        assert refusal(ask, **named)[0] == "ResourceNotFoundException"
    other = make_place(place.server, **on("AUDIT"))
    of_another = {"UserPoolId": place.pool, "ClientId": other.client}
    assert refusal(place.idp.set_risk_configuration, **of_another)[0] == "ResourceNotFoundException"
