"""Pools with passkeys, and users who register and sign in with them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.security_key import Authenticator
from support.server import RunningServer
from support.sign_in import Choosing, Place, make_place

RP_ID = "auth.example.com"
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}


def passkey_place(server: RunningServer, rp_id: str | None = RP_ID, **options: Any) -> Place:
    """Create a pool whose users may have passkeys, and a client of it."""
    place = make_place(server, **{"Policies": FACTORS, **options})
    if rp_id:
        configure(place, RelyingPartyId=rp_id)
    return place


def configure(place: Place, **configuration: str) -> None:
    """Set the pool's WebAuthnConfiguration."""
    place.idp.set_user_pool_mfa_config(UserPoolId=place.pool, WebAuthnConfiguration=configuration)


@dataclass
class Holder:
    """A user with an authenticator."""

    place: Place
    name: str = "jane"
    device: Authenticator = field(default_factory=Authenticator)
    _token: str = ""

    @property
    def token(self) -> str:
        """An access token, got by password."""
        self._token = self._token or self.place.plain(self.name)["AuthenticationResult"]["AccessToken"]
        return self._token

    def start(self, token: str = "") -> dict[str, Any]:
        """StartWebAuthnRegistration; return the options."""
        answer = self.place.idp.start_web_authn_registration(AccessToken=token or self.token)
        return answer["CredentialCreationOptions"]

    def complete(self, credential: Any, token: str = "") -> None:
        """CompleteWebAuthnRegistration."""
        answer = self.place.idp.complete_web_authn_registration(
            AccessToken=token or self.token, Credential=credential
        )
        assert answer.keys() == {"ResponseMetadata"}

    def register(self, **attacks: Any) -> str:
        """Register a passkey; return its id."""
        credential = self.device.create(self.start(), **attacks)
        self.complete(credential)
        return str(credential["id"])

    def listed(self, **page: Any) -> list[dict[str, Any]]:
        """ListWebAuthnCredentials; return the passkeys."""
        return self.place.idp.list_web_authn_credentials(AccessToken=self.token, **page)["Credentials"]

    @property
    def choosing(self) -> Choosing:
        """USER_AUTH as this user."""
        return Choosing(self.place, self.name)

    def ask(self) -> dict[str, Any]:
        """Begin a sign-in with a passkey; return the challenge."""
        return self.choosing.prefer("WEB_AUTHN")

    def answer(self, asked: Mapping[str, Any], **attacks: Any) -> dict[str, Any]:
        """Answer a challenge with the authenticator."""
        return self.give(asked, self.device.get(options(asked), **attacks))

    def give(self, asked: Mapping[str, Any], credential: Any) -> dict[str, Any]:
        """Answer a challenge with a credential as it is."""
        return self.choosing.answer(
            asked, CREDENTIAL=credential if isinstance(credential, str) else json.dumps(credential)
        )


def options(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a WEB_AUTHN challenge."""
    return dict(json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]))
