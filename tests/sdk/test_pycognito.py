"""pycognito's devices: confirmed, used without any `Session`, remembered no more, forgotten."""

from typing import Any

import pytest
import requests
from pycognito import aws_srp
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import SMSMFAChallengeException

from poolhouse.keys.signing import parse
from support.authenticator import PHONE, prefer, set_mfa
from support.devices import MISSING, TRACKED
from support.people import refused
from support.server import RunningServer
from support.sign_in import PASSWORD, Place, make_place


@pytest.fixture
def place(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A pool with devices and texts; pycognito posts to the address of AWS, which leads here."""
    post = requests.post

    def posted(url: str, **options: Any) -> requests.Response:
        assert url == "https://cognito-idp.us-east-1.amazonaws.com/"
        return post(server.url, **options)

    monkeypatch.setattr(aws_srp.requests, "post", posted)
    made = make_place(server, **TRACKED)
    set_mfa(made, "OPTIONAL", "SMS_MFA")
    made.person("jane", phone_number=PHONE, phone_number_verified="true")
    prefer(made, "SMS_MFA")
    return made


def client(place: Place, **device: str) -> AWSSRP:
    return AWSSRP("jane", PASSWORD, place.pool, place.client, client=place.idp, **device)


def by_code(place: Place, srp: AWSSRP) -> dict[str, Any]:
    """Sign in; expect a text, and answer it."""
    with pytest.raises(SMSMFAChallengeException) as asked:
        srp.authenticate_user()
    session = asked.value.get_tokens()["Session"]
    return place.respond("SMS_MFA", session, {"USERNAME": "jane", "SMS_MFA_CODE": place.server.code(PHONE)})


def test_the_life_of_a_device(place: Place) -> None:
    first = client(place)
    tokens = by_code(place, first)
    response, secret = first.confirm_device(tokens, "laptop")
    assert (response.status_code, response.json()) == (200, {"UserConfirmationNecessary": False})
    device = {
        "device_key": first.device_key,
        "device_group_key": first.device_group_key,
        "device_password": secret,
    }
    known = client(place, **device).authenticate_user()["AuthenticationResult"]
    access = known["AccessToken"]
    assert parse(access).claims["device_key"] == first.device_key
    assert "NewDeviceMetadata" not in known

    first.update_device_status(False, access, first.device_key)
    assert "NewDeviceMetadata" not in by_code(place, client(place, **device))["AuthenticationResult"]
    first.update_device_status(True, access, first.device_key)
    assert client(place, **device).authenticate_user()["AuthenticationResult"]

    first.forget_device(access, first.device_key)
    with refused(*MISSING):
        client(place, **device).authenticate_user()
    assert by_code(place, client(place))["AuthenticationResult"]["NewDeviceMetadata"]
