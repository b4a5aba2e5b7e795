"""Passkeys registered, listed and deleted, through botocore with a software authenticator."""

import json
from typing import Any

import cbor2
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes as unb64
from webauthn.helpers import bytes_to_base64url as b64
from webauthn.helpers import encode_cbor

from support.passkeys import RP_ID, Holder, configure, passkey_place
from support.people import at_once, refused
from support.security_key import EDDSA, ES256, RS256, Authenticator, make_key
from support.server import RunningServer
from support.sign_in import Place, make_place

NOT_SUPPORTED = "WebAuthnCredentialNotSupportedException", "The passkey is not supported."
NO_CHALLENGE = (
    "WebAuthnChallengeNotFoundException",
    "The challenge was not found, was used, or has expired.",
)
BAD_ORIGIN = "WebAuthnOriginNotAllowedException", "The origin is not allowed for the relying party ID."
OTHER_PARTY = (
    "WebAuthnRelyingPartyMismatchException",
    "The passkey is of another relying party ID than the user pool's.",
)
GARBLED = "InvalidParameterException", "Credential is not a RegistrationResponseJSON."
FULL = "LimitExceededException", "A user can have at most 20 passkeys."


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = passkey_place(server)
    made.person()
    return made


@pytest.fixture
def jane(place: Place) -> Holder:
    return Holder(place)


def test_the_options(jane: Holder) -> None:
    options = jane.start()
    challenge = options.pop("challenge")
    assert challenge == b64(unb64(challenge))
    assert (
        unb64(options["user"].pop("id")).decode()
        == jane.place.idp.admin_get_user(UserPoolId=jane.place.pool, Username="jane")["UserAttributes"][0][
            "Value"
        ]
    )
    assert options == {
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": "required",
            "userVerification": "preferred",
        },
        "excludeCredentials": [],
        "pubKeyCredParams": [{"alg": -7, "type": "public-key"}, {"alg": -257, "type": "public-key"}],
        "rp": {"id": RP_ID, "name": RP_ID},
        "timeout": 60000,
        "user": {"displayName": "jane", "name": "jane"},
    }
    assert jane.start()["challenge"] != challenge


def test_a_passkey_is_listed_excluded_and_deleted(jane: Holder) -> None:
    made = jane.register()
    (passkey,) = jane.listed()
    created = passkey.pop("CreatedAt")
    assert created.timestamp() == pytest.approx(jane.place.server.clock.now(), abs=0.001)
    assert passkey == {
        "CredentialId": made,
        "FriendlyCredentialName": "iCloud Keychain",
        "RelyingPartyId": RP_ID,
        "AuthenticatorAttachment": "platform",
        "AuthenticatorTransports": ["hybrid", "internal"],
    }
    assert jane.start()["excludeCredentials"] == [{"id": made, "type": "public-key"}]
    answer = jane.place.idp.delete_web_authn_credential(AccessToken=jane.token, CredentialId=made)
    assert answer.keys() == {"ResponseMetadata"}
    assert jane.listed() == []
    with refused("ResourceNotFoundException", "The passkey does not exist."):
        jane.place.idp.delete_web_authn_credential(AccessToken=jane.token, CredentialId=made)


@pytest.mark.parametrize(("algorithm", "attest"), [(ES256, True), (RS256, False), (RS256, True)])
def test_other_keys_and_attestation(jane: Holder, algorithm: int, attest: bool) -> None:
    jane.device.algorithm = algorithm
    assert jane.register(attest=attest) == jane.listed()[0]["CredentialId"]


def test_a_maker_that_nobody_knows(jane: Holder) -> None:
    jane.device.aaguid = bytes(16)
    jane.register()
    assert jane.listed()[0]["FriendlyCredentialName"] == "Passkey"


def test_where_addresses_are_names_people_see_the_address(server: RunningServer) -> None:
    place = passkey_place(server, UsernameAttributes=["email"])
    place.person("jane@example.com")
    assert Holder(place, "jane@example.com").start()["user"]["name"] == "jane@example.com"


def test_pages(jane: Holder) -> None:
    made = []
    for _ in range(5):
        made.append(jane.register())
        jane.place.server.clock.advance(1)
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = jane.place.idp.list_web_authn_credentials(AccessToken=jane.token, MaxResults=2, **token)
        seen += [passkey["CredentialId"] for passkey in page["Credentials"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
        # What is deleted between two pages moves nothing.
        jane.place.idp.delete_web_authn_credential(AccessToken=jane.token, CredentialId=seen[-1])
    assert seen == made
    with refused("InvalidParameterException"):
        jane.listed(NextToken="x" * 40)


def test_at_most_twenty_however_many_at_once(jane: Holder) -> None:
    for _ in range(18):
        jane.register()
    answers = [jane.device.create(jane.start()) for _ in range(4)]
    outcomes = at_once(*[lambda a=a: jane.complete(a) for a in answers])
    assert [outcome.response["Error"]["Code"] for outcome in outcomes if outcome is not None] == [
        "LimitExceededException"
    ] * 2
    assert len(jane.listed()) == 20
    with refused(*FULL):
        jane.start()


def test_a_deleted_user_s_passkeys_go_with_them(jane: Holder) -> None:
    made = unb64(jane.register())
    jane.place.idp.delete_user(AccessToken=jane.token)
    jane.place.person("joan")
    assert Holder(jane.place, "joan").register(credential_id=made) == b64(made)


class TestConfiguration:
    def test_not_enabled(self, server: RunningServer) -> None:
        place = make_place(server)
        place.person()
        configure(place, RelyingPartyId=RP_ID)
        with refused("WebAuthnNotEnabledException"):
            Holder(place).start()
        with refused("WebAuthnNotEnabledException"):
            Holder(place).complete({})
        assert Holder(place).listed() == []

    def test_no_relying_party(self, server: RunningServer) -> None:
        place = passkey_place(server, rp_id=None)
        place.person()
        with refused("WebAuthnConfigurationMissingException"):
            Holder(place).start()

    @pytest.mark.parametrize(
        "configuration",
        [{"UserVerification": "required"}, {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}],
    )
    def test_owners_must_be_verified(self, jane: Holder, configuration: dict[str, str]) -> None:
        configure(jane.place, RelyingPartyId=RP_ID, **configuration)
        assert jane.start()["authenticatorSelection"]["userVerification"] == "required"
        jane.device.verifies = False
        with refused(*NOT_SUPPORTED):
            jane.register()
        jane.device.verifies = True
        assert jane.register()

    def test_owners_need_not_be_verified(self, jane: Holder) -> None:
        jane.device.verifies = False
        assert jane.register()

    @pytest.mark.parametrize(
        ("rp_id", "origin"),
        [
            (RP_ID, "https://auth.example.com"),
            (RP_ID, "https://auth.example.com:8443"),
            ("example.com", "https://www.example.com"),
            ("Example.com", "https://example.com"),
            ("localhost", "http://localhost:3000"),
            ("localhost", "https://localhost"),
            (RP_ID, "android:apk-key-hash:A0JAQL4I5dXTmYCIUO40yPhOUVJ5bjnZ5o2Qc7NRc6o"),
        ],
    )
    def test_origins_that_belong(self, jane: Holder, rp_id: str, origin: str) -> None:
        configure(jane.place, RelyingPartyId=rp_id)
        jane.device.origin = origin
        assert jane.register()


class TestAttacks:
    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "https://auth.example.com.evil.example",
            "https://evilauth.example.com",
            "https://example.com",
            "http://auth.example.com",
            "http://localhost",
            "https://auth.example.com/",
            "https://auth.example.com@evil.example",
            "https://evil.example#auth.example.com",
            "https://auth.example.com:443.evil.example",
            "null",
            "",
            "android:apk-key-hash:short",
            "ios:bundle-id:com.example",
        ],
    )
    def test_attack_wrong_origin(self, jane: Holder, origin: str) -> None:
        jane.device.origin = origin
        with refused(*BAD_ORIGIN):
            jane.register()

    def test_attack_app_s_origin_for_localhost(self, jane: Holder) -> None:
        configure(jane.place, RelyingPartyId="localhost")
        jane.device.origin = f"android:apk-key-hash:{'A' * 43}"
        with refused(*BAD_ORIGIN):
            jane.register()

    def test_attack_framed_by_another_site(self, jane: Holder) -> None:
        with refused(*BAD_ORIGIN):
            jane.register(crossOrigin=True)

    def test_attack_wrong_relying_party(self, jane: Holder) -> None:
        with refused(*OTHER_PARTY):
            jane.register(rp_id="evil.example")

    def test_the_pool_s_relying_party_has_changed_meanwhile(self, jane: Holder) -> None:
        answer = jane.device.create(jane.start())
        configure(jane.place, RelyingPartyId="example.com")
        with refused(*OTHER_PARTY):
            jane.complete(answer)

    def test_attack_registration_replayed(self, jane: Holder) -> None:
        answer = jane.device.create(jane.start())
        jane.complete(answer)
        with refused(*NO_CHALLENGE):
            jane.complete(answer)
        jane.place.idp.delete_web_authn_credential(AccessToken=jane.token, CredentialId=answer["id"])
        with refused(*NO_CHALLENGE):
            jane.complete(answer)

    def test_attack_one_challenge_for_two_passkeys_at_once(self, jane: Holder) -> None:
        options = jane.start()
        answers = [jane.device.create(options) for _ in range(4)]
        outcomes = at_once(*[lambda a=a: jane.complete(a) for a in answers])
        assert len([outcome for outcome in outcomes if outcome is None]) == 1
        assert len(jane.listed()) == 1

    def test_attack_expired_challenge(self, jane: Holder) -> None:
        answer = jane.device.create(jane.start())
        jane.place.server.clock.advance(301)
        with refused(*NO_CHALLENGE):
            jane.complete(answer)

    def test_attack_challenge_of_another_user(self, jane: Holder) -> None:
        jane.place.person("eve")
        eve = Holder(jane.place, "eve")
        answer = eve.device.create(jane.start())
        with refused(*NO_CHALLENGE):
            eve.complete(answer)
        with refused(*NO_CHALLENGE):
            jane.complete(eve.device.create(eve.start()))

    def test_attack_challenge_of_one_s_own(self, jane: Holder) -> None:
        options = jane.start()
        for challenge in ("AAAA", "", b64(bytes(200)), options["challenge"][:-4]):
            with refused(*NO_CHALLENGE):
                jane.complete(jane.device.create({**options, "challenge": challenge}))

    def test_attack_sign_in_challenge(self, jane: Holder) -> None:
        """A sealed state of another kind is none of a registration's."""
        jane.register()
        session = jane.ask()["Session"]
        forged = {**jane.start(), "challenge": session.replace("+", "-").replace("/", "_").rstrip("=")}
        with refused(*NO_CHALLENGE):
            jane.complete(jane.device.create(forged))

    def test_attack_token_of_another_client(self, jane: Holder) -> None:
        answer = jane.device.create(jane.start())
        other = jane.place.another_client().plain()["AuthenticationResult"]["AccessToken"]
        with refused("WebAuthnClientMismatchException"):
            jane.complete(answer, other)
        jane.complete(answer)

    def test_attack_passkey_of_another_user(self, jane: Holder) -> None:
        """Nobody can take another user's credential id, whatever key they bring for it."""
        made = unb64(jane.register())
        jane.place.person("eve")
        with refused("WebAuthnCredentialNotSupportedException", "The passkey is registered already."):
            Holder(jane.place, "eve").register(credential_id=made)
        with refused("WebAuthnCredentialNotSupportedException", "The passkey is registered already."):
            jane.register(credential_id=made)
        assert [passkey["CredentialId"] for passkey in jane.listed()] == [b64(made)]

    def test_pools_know_nothing_of_one_another(self, jane: Holder) -> None:
        other = passkey_place(jane.place.server)
        other.person()
        assert Holder(other).register(credential_id=unb64(jane.register()))

    def test_attack_assertion_for_a_registration(self, jane: Holder) -> None:
        with refused(*NOT_SUPPORTED):
            jane.register(type="webauthn.get")

    def test_attack_without_a_person(self, jane: Holder) -> None:
        with refused(*NOT_SUPPORTED):
            jane.register(user_present=False)

    def test_attack_attestation_by_another_key(self, jane: Holder) -> None:
        with refused(*NOT_SUPPORTED):
            jane.register(attest=True, cose=make_key(ES256)[1])

    @pytest.mark.parametrize(
        "cose",
        [
            make_key(EDDSA)[1],
            make_key(-35)[1],
            make_key(RS256, 1024)[1],
            {**make_key(ES256)[1], -2: bytes(32), -3: bytes(32)},
            {**make_key(ES256)[1], -1: 2},
            {**make_key(ES256)[1], -2: b"\x01"},
            {1: 2, 3: -7},
            {1: 3, 3: -7, -1: b"\xff" * 256, -2: b"\x01\x00\x01"},
            {1: 3, 3: -257, -1: b"\xff" * 40_000, -2: b"\x01\x00\x01"},
            {},
            [],
        ],
        ids=[
            "EdDSA",
            "ES384 in name",
            "short RSA",
            "no point of the curve",
            "another curve",
            "half a point",
            "no point",
            "RSA that says ES256",
            "endless RSA",
            "empty",
            "a list",
        ],
    )
    def test_attack_unsupported_or_useless_key(self, jane: Holder, cose: Any) -> None:
        with refused(*NOT_SUPPORTED):
            jane.register(cose=cose)
        assert jane.listed() == []

    def test_attack_credential_id_beyond_all_measure(self, jane: Holder) -> None:
        assert jane.register(credential_id=b"i" * 1023)
        with refused(*NOT_SUPPORTED):
            jane.register(credential_id=b"i" * 1024)


SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
CBOR = st.recursive(
    SCALARS | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
PARTS = ("id", "rawId", "type", "authenticatorAttachment", "response", "clientExtensionResults")


REFUSALS = {
    "InvalidParameterException",
    *(error for error, _ in (NOT_SUPPORTED, NO_CHALLENGE, BAD_ORIGIN, OTHER_PARTY)),
}
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refuse(jane: Holder, credential: Any) -> None:
    """Expect one of the operation's own errors, and none of the server's."""
    with pytest.raises(ClientError) as refusal:
        jane.complete(credential)
    assert refusal.value.response["Error"]["Code"] in REFUSALS


class TestGarbage:
    @some
    @given(document=JSON)
    def test_any_json(self, jane: Holder, document: Any) -> None:
        if document is not None:
            refuse(jane, document)

    @some
    @given(data=st.data())
    def test_any_part_replaced(self, jane: Holder, data: st.DataObject) -> None:
        credential = Authenticator().create(jane.start())
        where = data.draw(st.sampled_from(["", "response"]))
        parts = credential["response"] if where else credential
        name = data.draw(st.sampled_from(sorted(parts)))
        if name in ("authenticatorAttachment", "clientExtensionResults", "transports"):
            name = "clientDataJSON" if where else "id"
        parts[name] = data.draw(JSON)
        refuse(jane, credential)

    @some
    @given(data=st.binary(max_size=300) | CBOR.map(encode_cbor))
    def test_any_attestation_object(self, jane: Holder, data: bytes) -> None:
        credential = Authenticator().create(jane.start())
        credential["response"]["attestationObject"] = b64(data)
        refuse(jane, credential)

    @some
    @given(
        fmt=st.sampled_from(
            ["none", "packed", "tpm", "android-key", "android-safetynet", "fido-u2f", "apple", "compound", ""]
        ),
        statement=st.dictionaries(
            st.sampled_from(["alg", "sig", "x5c", "ver", "certInfo", "pubArea", "response"]),
            CBOR,
            min_size=1,
        ),
    )
    def test_any_attestation_statement(self, jane: Holder, fmt: str, statement: dict[str, Any]) -> None:
        credential = Authenticator().create(jane.start())
        attestation = cbor2.loads(unb64(credential["response"]["attestationObject"]))
        changed = attestation | {"fmt": fmt, "attStmt": statement}
        credential["response"]["attestationObject"] = b64(encode_cbor(changed))
        if fmt != "none" or any(part is not None for part in statement.values()):
            refuse(jane, credential)

    @some
    @given(data=st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()))
    def test_any_client_data(self, jane: Holder, data: bytes) -> None:
        credential = Authenticator().create(jane.start())
        credential["response"]["clientDataJSON"] = b64(data)
        refuse(jane, credential)

    @some
    @given(cut=st.integers(0, 250), flip=st.integers(0, 1999))
    def test_bits_flipped_and_ends_cut(self, jane: Holder, cut: int, flip: int) -> None:
        credential = Authenticator().create(jane.start(), attest=True)
        attestation = cbor2.loads(unb64(credential["response"]["attestationObject"]))
        data = bytearray(attestation["authData"])
        data[flip // 8 % len(data)] ^= 1 << flip % 8
        changed = attestation | {"authData": bytes(data[: len(data) - cut])}
        credential["response"]["attestationObject"] = b64(encode_cbor(changed))
        refuse(jane, credential)

    @pytest.mark.parametrize(
        "data",
        [b"\x81" * 40_000, b"\x9b" + b"\xff" * 8, b"\x5b\x7f" + b"\xff" * 7, b"\xc1" * 40_000, b"a" * 70_000],
        ids=["deep lists", "endless list", "endless bytes", "deep tags", "oversized"],
    )
    def test_bombs(self, jane: Holder, data: bytes) -> None:
        credential = Authenticator().create(jane.start())
        for name in ("attestationObject", "clientDataJSON"):
            bomb = {**credential, "response": {**credential["response"], name: b64(data)}}
            with refused(*GARBLED):
                jane.complete(bomb)

    def test_deep_client_data(self, jane: Holder) -> None:
        credential = Authenticator().create(jane.start())
        credential["response"]["clientDataJSON"] = b64(b"[" * 60_000)
        with refused(*GARBLED):
            jane.complete(credential)
