"""An authenticator app (RFC 6238), and a pool whose users have second factors, a step at a time."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.scripted import ScriptedClock
from support.server import RunningServer
from support.sign_in import Place, make_place

EMAIL, PHONE = "jane@example.com", "+15555550100"
TEXTS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/texts", "ExternalId": "x"}
MAILS = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/mail@example.com",
}
FACTORS: Mapping[str, Mapping[str, Any]] = {
    "SMS_MFA": {"SmsMfaConfiguration": {"SmsConfiguration": TEXTS}},
    "SOFTWARE_TOKEN_MFA": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
    "EMAIL_OTP": {"EmailMfaConfiguration": {}},
}
_SETTINGS = {
    "SMS_MFA": "SMSMfaSettings",
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
    "EMAIL_OTP": "EmailMfaSettings",
}


@dataclass
class Authenticator:
    """An app on a phone whose clock is the server's."""

    secret: str
    clock: ScriptedClock

    @property
    def seed(self) -> bytes:
        """What the secret code stands for."""
        return base64.b32decode(self.secret + "=" * (-len(self.secret) % 8))

    def code(self, late: float = 0.0) -> str:
        """Return the code of this moment, or of `late` seconds later."""
        step = int((self.clock.now() + late) // 30)
        digest = hmac.digest(self.seed, step.to_bytes(8, "big"), "sha1")
        offset = digest[-1] & 15
        return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"

    def wrong(self) -> str:
        """Return six digits that are no code of this moment."""
        near = {self.code(late) for late in (-30, 0, 30)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def set_mfa(place: Place, mode: str, *factors: str) -> None:
    """SetUserPoolMfaConfig; what other processes know of the pool is known here at once."""
    blocks: dict[str, Any] = {}
    for factor in factors:
        blocks |= FACTORS[factor]
    place.idp.set_user_pool_mfa_config(UserPoolId=place.pool, MfaConfiguration=mode, **blocks)


def mfa_place(server: RunningServer, mode: str, *factors: str, **pool: Any) -> Place:
    """Return a pool with second factors, and jane in it with both addresses."""
    config = {"EmailConfiguration": MAILS, **pool}
    config.setdefault(
        "AccountRecoverySetting", {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]}
    )
    place = make_place(server, **config)
    place.person(email=EMAIL, phone_number=PHONE)
    set_mfa(place, mode, *factors)
    return place


def token_of(place: Place, name: str = "jane") -> str:
    """Sign in with the password alone; return the access token."""
    return str(place.plain(name)["AuthenticationResult"]["AccessToken"])


def register(place: Place, token: str, name: str = "") -> Authenticator:
    """Register an app with an access token, and let its first code grow old."""
    secret = place.idp.associate_software_token(AccessToken=token)["SecretCode"]
    app = Authenticator(secret, place.server.clock)
    named = {"FriendlyDeviceName": name} if name else {}
    place.idp.verify_software_token(AccessToken=token, UserCode=app.code(), **named)
    place.server.clock.advance(30)
    return app


def prefer(place: Place, *enabled: str, preferred: str = "", off: str = "", name: str = "jane") -> None:
    """AdminSetUserMFAPreference."""
    blocks = {_SETTINGS[f]: {"Enabled": True, "PreferredMfa": f == preferred} for f in enabled}
    if off:
        blocks[_SETTINGS[off]] = {"Enabled": False}
    place.idp.admin_set_user_mfa_preference(UserPoolId=place.pool, Username=name, **blocks)


def with_app(place: Place) -> Authenticator:
    """Register an app for jane, in an OPTIONAL pool, and turn it on."""
    app = register(place, token_of(place))
    prefer(place, "SOFTWARE_TOKEN_MFA")
    return app


def answer(place: Place, asked: Mapping[str, Any], name: str = "jane", **answers: str) -> dict[str, Any]:
    """Answer a challenge."""
    return place.respond(asked["ChallengeName"], asked["Session"], {"USERNAME": name, **answers})


def code_of(place: Place, asked: Mapping[str, Any]) -> dict[str, str]:
    """Return the answer to a challenge whose code was sent."""
    to = PHONE if asked["ChallengeName"] == "SMS_MFA" else EMAIL
    return {f"{asked['ChallengeName']}_CODE": place.server.code(to)}


def signed_in(answered: Mapping[str, Any]) -> bool:
    """Tell whether an answer brings tokens."""
    return bool(answered.get("AuthenticationResult", {}).get("IdToken"))
