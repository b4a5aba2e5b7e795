"""A device as its app sees it: the key it was given, and a secret that it keeps to itself."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pycognito.aws_srp import AWSSRP, generate_hash_device

from poolhouse.domain import srp
from support.sign_in import Place

TRACKED = {"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True}}
ASKING = {
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
}
MISSING = "ResourceNotFoundException", "Device does not exist."


@dataclass
class Gadget:
    """A device, and the tokens it got when its user first signed in with it."""

    place: Place
    name: str
    tokens: dict[str, Any]
    key: str
    group: str
    secret: str
    config: dict[str, str]

    def confirm(self, **options: Any) -> dict[str, Any]:
        """ConfirmDevice."""
        return self.place.idp.confirm_device(
            **{
                "AccessToken": self.tokens["AccessToken"],
                "DeviceKey": self.key,
                "DeviceSecretVerifierConfig": self.config,
                "DeviceName": "phone",
                **options,
            }
        )

    def srp(self) -> AWSSRP:
        """Return pycognito's client, for one sign-in with the device."""
        return AWSSRP(
            "",
            "",
            self.place.pool,
            self.place.client,
            client=self.place.idp,
            device_key=self.key,
            device_group_key=self.group,
            device_password=self.secret,
        )

    def begin(self, client: AWSSRP, asked: dict[str, Any], **changes: str) -> dict[str, Any]:
        """Answer DEVICE_SRP_AUTH, with changes; return DEVICE_PASSWORD_VERIFIER."""
        answers = {"USERNAME": self.name, "DEVICE_KEY": self.key, "SRP_A": f"{client.large_a_value:x}"}
        return self.place.respond("DEVICE_SRP_AUTH", asked.get("Session"), answers | changes)

    def prove(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer both challenges; return the tokens."""
        client = self.srp()
        answers = self.claim(client, self.begin(client, asked))
        return self.place.respond("DEVICE_PASSWORD_VERIFIER", None, answers)["AuthenticationResult"]

    def claim(self, client: AWSSRP, asked: dict[str, Any], **changes: str) -> dict[str, str]:
        """Return the answer to DEVICE_PASSWORD_VERIFIER, by the server's clock, with changes."""
        parameters, now = asked["ChallengeParameters"], self.place.server.clock.now()
        timestamp = AWSSRP.get_cognito_formatted_timestamp(datetime.fromtimestamp(now, UTC))
        key = client.get_device_authentication_key(
            self.group, self.key, self.secret, int(parameters["SRP_B"], 16), parameters["SALT"]
        )
        block = base64.b64decode(parameters["SECRET_BLOCK"])
        return {
            "USERNAME": parameters["USERNAME"],
            "DEVICE_KEY": self.key,
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": srp.signature(key, self.group, self.key, block, timestamp),
            "TIMESTAMP": timestamp,
            **changes,
        }


def new_gadget(place: Place, name: str = "jane", **options: Any) -> Gadget:
    """Sign a user in on a new device, which is not yet confirmed."""
    tokens = place.plain(name, **options)["AuthenticationResult"]
    new = tokens["NewDeviceMetadata"]
    secret, config = generate_hash_device(new["DeviceGroupKey"], new["DeviceKey"])
    return Gadget(place, name, tokens, new["DeviceKey"], new["DeviceGroupKey"], secret, config)


def a_gadget(place: Place, name: str = "jane", **options: Any) -> Gadget:
    """Sign a user in on a new device and confirm it."""
    gadget = new_gadget(place, name, **options)
    gadget.confirm()
    return gadget
