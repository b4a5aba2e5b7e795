"""Sign-ins with other factors: an authenticator app, a device, a mailed code, a passkey; each beside its floor.

Everybody signs in once, since a code is good once. What the client computes is not counted.
"""

import base64
import hmac
import json
import re
import time

from pycognito.aws_srp import AWSSRP, generate_hash_device
from tests.support.security_key import Authenticator

from bench import floors
from bench.population import PASSWORD, Populated, production
from bench.report import Row
from bench.two_steps import Body, cpu_us
from poolhouse.messages.channels.folder import read

_PEOPLE = 40
_STEP = 30
_RP_ID = "auth.example.com"


def rows() -> list[Row]:
    """Return a row for each factor, in CPU."""
    with production(users=0) as made:
        place = _Place(made)
        least = floors.measure()
        flows = (
            ("USER_PASSWORD_AUTH and an authenticator app", place.apps_us, least.password()),
            ("USER_PASSWORD_AUTH and a device", place.device_us, least.password() + least.powers),
            ("EMAIL_OTP", place.mails_us, least.tokens()),
            ("WEB_AUTHN", place.passkeys_us, least.tokens() + floors.es256_check_us()),
        )
        return [_row(what, spent(), floor) for what, spent, floor in flows]


def _row(what: str, spent: float, floor: float) -> Row:
    return Row(f"{what}, CPU", spent, floor, "µs", floor / spent, "", None)


class _Place:
    """A pool with all factors, and people in it."""

    def __init__(self, made: Populated) -> None:
        self._made, idp = made, made.idp
        self._pool = idp.create_user_pool(
            PoolName="factors",
            AutoVerifiedAttributes=["email"],
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}},
            DeviceConfiguration={"ChallengeRequiredOnNewDevice": True},
        )["UserPool"]["Id"]
        idp.set_user_pool_mfa_config(
            UserPoolId=self._pool,
            MfaConfiguration="OPTIONAL",
            SoftwareTokenMfaConfiguration={"Enabled": True},
            WebAuthnConfiguration={"RelyingPartyId": _RP_ID},
        )
        self._client = idp.create_user_pool_client(
            UserPoolId=self._pool,
            ClientName="factors",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]

    def apps_us(self) -> float:
        names = self._people("app", _PEOPLE)
        seeds = [self._with_app(name) for name in names]
        _wait_for_the_next_step()
        return cpu_us(
            self._made.server,
            [self._plain(name) for name in names],
            lambda n, asked: self._answer(asked, names[n], SOFTWARE_TOKEN_MFA_CODE=_code(seeds[n])),
        )

    def device_us(self) -> float:
        (name,) = self._people("device", 1)
        given = self._signed_in(name)
        key, group = (given["NewDeviceMetadata"][of] for of in ("DeviceKey", "DeviceGroupKey"))
        secret, config = generate_hash_device(group, key)
        self._made.idp.confirm_device(
            AccessToken=given["AccessToken"], DeviceKey=key, DeviceSecretVerifierConfig=config
        )
        self._with_app(name)
        begun = self._plain(name)
        begun["AuthParameters"]["DEVICE_KEY"] = key
        client = AWSSRP(
            name,
            "",
            self._pool,
            self._client,
            client=self._made.idp,
            device_key=key,
            device_group_key=group,
            device_password=secret,
        )

        def claim(_: int, asked: Body) -> Body:
            claimed = client.process_device_challenge(asked["ChallengeParameters"] | {"USERNAME": name})
            return self._answer(asked, name, **claimed)

        return cpu_us(
            self._made.server,
            [begun] * _PEOPLE,
            lambda _, asked: self._answer(asked, name, DEVICE_KEY=key, SRP_A=f"{client.large_a_value:x}"),
            claim,
        )

    def mails_us(self) -> float:
        names = self._people("mail", _PEOPLE)
        folder = self._made.server.data / "outbox"

        def answer(number: int, asked: Body) -> Body:
            to = f"{names[number]}@example.com"
            body = next(mail.body for mail in read(folder, 2 * _PEOPLE) if mail.to == to)
            return self._answer(asked, names[number], EMAIL_OTP_CODE=re.findall(r"\d{8}|\d{6}", body)[0])

        return cpu_us(self._made.server, [self._chosen(name, "EMAIL_OTP") for name in names], answer)

    def passkeys_us(self) -> float:
        names = self._people("key", _PEOPLE)
        holders = [self._with_passkey(name) for name in names]

        def answer(number: int, asked: Body) -> Body:
            options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
            return self._answer(asked, names[number], CREDENTIAL=json.dumps(holders[number].get(options)))

        return cpu_us(self._made.server, [self._chosen(name, "WEB_AUTHN") for name in names], answer)

    def _people(self, kind: str, count: int) -> list[str]:
        names = [f"{kind}{number:03}" for number in range(count)]
        for name in names:
            user = {"UserPoolId": self._pool, "Username": name}
            email = {"Name": "email", "Value": f"{name}@example.com"}
            verified = {"Name": "email_verified", "Value": "true"}
            self._made.idp.admin_create_user(
                **user, MessageAction="SUPPRESS", UserAttributes=[email, verified]
            )
            self._made.idp.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
        return names

    def _plain(self, name: str) -> Body:
        parameters = {"USERNAME": name, "PASSWORD": PASSWORD}
        return {"ClientId": self._client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}

    def _chosen(self, name: str, factor: str) -> Body:
        parameters = {"USERNAME": name, "PREFERRED_CHALLENGE": factor}
        return {"ClientId": self._client, "AuthFlow": "USER_AUTH", "AuthParameters": parameters}

    def _answer(self, asked: Body, name: str, **answers: str) -> Body:
        body = {
            "ClientId": self._client,
            "ChallengeName": asked["ChallengeName"],
            "ChallengeResponses": {"USERNAME": name, **answers},
        }
        return {**body, "Session": asked["Session"]} if "Session" in asked else body

    def _signed_in(self, name: str) -> Body:
        answer = self._made.server.call("InitiateAuth", **self._plain(name))
        return dict(answer["AuthenticationResult"])

    def _with_app(self, name: str) -> bytes:
        """Register an authenticator app that is asked for from now on; return its seed."""
        idp, token = self._made.idp, self._signed_in(name)["AccessToken"]
        secret = idp.associate_software_token(AccessToken=token)["SecretCode"]
        seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
        idp.verify_software_token(AccessToken=token, UserCode=_code(seed))
        idp.set_user_mfa_preference(
            AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        return seed

    def _with_passkey(self, name: str) -> Authenticator:
        idp, token, holder = self._made.idp, self._signed_in(name)["AccessToken"], Authenticator()
        asked = idp.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
        idp.complete_web_authn_registration(AccessToken=token, Credential=holder.create(asked))
        return holder


def _code(seed: bytes) -> str:
    """Return the code of this moment (RFC 6238)."""
    digest = hmac.digest(seed, int(time.time() // _STEP).to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def _wait_for_the_next_step() -> None:
    """Wait until the codes that registered the apps, which are used up, are old."""
    time.sleep(_STEP - time.time() % _STEP)
