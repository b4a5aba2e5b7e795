"""Second factors with official clients: amazon-cognito-identity-js in Node, and pycognito."""

import time
from pathlib import Path
from typing import Any

import pytest
from pycognito import Cognito
from pycognito.exceptions import SMSMFAChallengeException, SoftwareTokenMFAChallengeException

from support.authenticator import PHONE, Authenticator, mfa_place, set_mfa
from support.node import run_script, settings_of
from support.scripted import ScriptedClock
from support.server import RunningServer
from support.sign_in import PASSWORD, make_place


@pytest.fixture
def clock() -> ScriptedClock:
    """Behind the machine's, so that tokens of a clock that was moved are not from the future."""
    return ScriptedClock(round(time.time() - 240, 3))


def next_code(server: RunningServer, secret: str) -> str:
    """Wait for the app's next code: each counts once."""
    server.clock.advance(30)
    return Authenticator(secret, server.clock).code()


def test_amazon_cognito_identity_js(server: RunningServer, tmp_path: Path) -> None:
    place = make_place(server, SmsConfiguration={"SnsCallerArn": "arn:aws:iam::000000000000:role/texts"})
    place.person("jane")
    set_mfa(place, "ON", "SMS_MFA", "SOFTWARE_TOKEN_MFA")

    def answered(asked: dict[str, Any]) -> str:
        return next_code(server, asked["app"]) if "app" in asked else server.code(asked["text"])

    settings = settings_of(server, place.pool, place.client, username="jane", password=PASSWORD, phone=PHONE)
    both = ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    select, app = ["SELECT_MFA_TYPE", both], ["SOFTWARE_TOKEN_MFA", "My phone"]
    text = ["SMS_MFA", "+*******0100"]
    assert run_script("mfa.mjs", settings, tmp_path, answered) == {
        "set up while signing in": {
            "asked": [["MFA_SETUP", both]],
            "mfa": [["SOFTWARE_TOKEN_MFA"], None],
        },
        "by app": [app],
        "both are on": [both, None],
        "SMS chosen": [select, text],
        "app chosen": [select, app],
        "SMS preferred": [both, "SMS_MFA"],
        "by SMS": [text],
        "getMFAOptions": [{"AttributeName": "phone_number", "DeliveryMedium": "SMS"}],
        "a new app": "SUCCESS",
    }


class Jane(Cognito):  # type: ignore[misc]
    """pycognito's client, of the pool's issuer here."""

    def __init__(self, server: RunningServer, pool: str, client: str) -> None:
        super().__init__(
            pool,
            client,
            user_pool_region="us-east-1",
            username="jane",
            access_key="local",
            secret_key="local",
            boto3_client_kwargs={"endpoint_url": server.url},
        )
        self.issuer = server.services.settings.issuer(pool)

    @property
    def user_pool_url(self) -> str:
        return self.issuer


def test_pycognito(server: RunningServer) -> None:
    """SRP, then the app, then a text; pycognito verifies each token."""
    place = mfa_place(server, "OPTIONAL", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
    jane = Jane(server, place.pool, place.client)
    jane.authenticate(PASSWORD)
    secret = jane.associate_software_token()
    assert jane.verify_software_token(next_code(server, secret), "My phone")
    jane.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")

    jane = Jane(server, place.pool, place.client)
    with pytest.raises(SoftwareTokenMFAChallengeException):
        jane.authenticate(PASSWORD)
    jane.respond_to_software_token_mfa_challenge(next_code(server, secret))
    assert jane.access_claims["username"] == "jane"
    jane.set_user_mfa_preference(sms_mfa=True, software_token_mfa=True, preferred="SMS")

    jane = Jane(server, place.pool, place.client)
    with pytest.raises(SMSMFAChallengeException):
        jane.authenticate(PASSWORD)
    jane.respond_to_sms_mfa_challenge(server.code(PHONE))
    jane.set_user_mfa_preference(sms_mfa=False, software_token_mfa=False)

    jane = Jane(server, place.pool, place.client)
    jane.authenticate(PASSWORD)
    assert jane.access_claims["username"] == "jane"
