"""WEB_AUTHN in USER_AUTH, through botocore with a software authenticator."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes as unb64
from webauthn.helpers import bytes_to_base64url as b64

from support.passkeys import RP_ID, Holder, configure, options, passkey_place
from support.people import at_once, refused
from support.security_key import ES256, RS256, Authenticator, make_key
from support.server import RunningServer
from support.sign_in import WRONG, Choosing, Place

HIDES = {"PreventUserExistenceErrors": "ENABLED"}
ONCE = "NotAuthorizedException", "Invalid session for the user, session can only be used once."
INVALID = "NotAuthorizedException", "Invalid session for the user."
EXPIRED = "NotAuthorizedException", "Invalid session for the user, session is expired."
EXCEEDED = "NotAuthorizedException", "Password attempts exceeded"
GARBLED = "InvalidParameterException", "CREDENTIAL is not an AuthenticationResponseJSON."


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = passkey_place(server)
    made.person()
    return made


@pytest.fixture
def jane(place: Place) -> Holder:
    holder = Holder(place)
    holder.register()
    return holder


@pytest.mark.parametrize("preferred", [True, False])
def test_a_passkey_signs_in(jane: Holder, preferred: bool) -> None:
    asked = jane.ask() if preferred else jane.choosing.choose(jane.choosing.begin(), "WEB_AUTHN")
    assert asked["ChallengeName"] == "WEB_AUTHN"
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]
    assert asked["ChallengeParameters"].keys() == {"CREDENTIAL_REQUEST_OPTIONS"}
    given = options(asked)
    assert len(unb64(given.pop("challenge"))) == 32
    assert given == {
        "timeout": 180000,
        "rpId": RP_ID,
        "allowCredentials": [
            {
                "type": "public-key",
                "id": jane.listed()[0]["CredentialId"],
                "transports": ["hybrid", "internal"],
            }
        ],
        "userVerification": "preferred",
    }
    done = jane.answer(asked)
    assert done["ChallengeParameters"] == {}
    assert (
        jane.place.idp.get_user(AccessToken=done["AuthenticationResult"]["AccessToken"])["Username"] == "jane"
    )


@pytest.mark.parametrize(("algorithm", "counts"), [(ES256, False), (RS256, True)])
def test_other_authenticators(place: Place, algorithm: int, counts: bool) -> None:
    jane = Holder(place, device=Authenticator(algorithm=algorithm, counts=counts))
    jane.register()
    for _ in range(2):
        assert jane.answer(jane.ask())["AuthenticationResult"]


def test_a_server_s_client_with_a_secret(place: Place, jane: Holder) -> None:
    backend = Holder(place.another_client(GenerateSecret=True), device=jane.device)
    assert backend.answer(backend.ask())["AuthenticationResult"]


def test_administrators_ask_and_answer(place: Place, jane: Holder) -> None:
    asked = place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": "jane", "PREFERRED_CHALLENGE": "WEB_AUTHN"},
    )
    credential = json.dumps(jane.device.get(options(asked)))
    assert place.idp.admin_respond_to_auth_challenge(
        UserPoolId=place.pool,
        ClientId=place.client,
        ChallengeName="WEB_AUTHN",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "jane", "CREDENTIAL": credential},
    )["AuthenticationResult"]


def test_several_devices(jane: Holder) -> None:
    phone = Holder(jane.place, device=Authenticator())
    phone.register()
    asked = phone.ask()
    assert len(options(asked)["allowCredentials"]) == 2
    assert phone.answer(asked)["AuthenticationResult"]


def test_a_credential_with_the_choice_itself_asks(jane: Holder) -> None:
    """No challenge has been given yet that it could answer."""
    early = json.dumps(jane.device.get(options(jane.ask())))
    asked = jane.choosing.choose(jane.choosing.begin(), "WEB_AUTHN", CREDENTIAL=early)
    assert asked["ChallengeName"] == "WEB_AUTHN"


def test_a_wrong_answer_leaves_the_session_good(jane: Holder) -> None:
    asked = jane.ask()
    with refused(*WRONG):
        jane.answer(asked, origin="https://evil.example")
    assert jane.answer(asked)["AuthenticationResult"]


class TestNotOffered:
    def expect_a_choice(self, jane: Holder, *others: str) -> None:
        asked = jane.ask()
        assert asked["ChallengeName"] == "SELECT_CHALLENGE"
        assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", *others]

    def test_without_a_passkey(self, place: Place) -> None:
        self.expect_a_choice(Holder(place))

    def test_once_it_is_deleted(self, jane: Holder) -> None:
        asked = jane.ask()
        made = jane.listed()[0]["CredentialId"]
        jane.place.idp.delete_web_authn_credential(AccessToken=jane.token, CredentialId=made)
        self.expect_a_choice(jane)
        with refused(*WRONG):
            jane.answer(asked)

    def test_of_another_relying_party(self, jane: Holder) -> None:
        asked = jane.ask()
        configure(jane.place, RelyingPartyId="example.com")
        self.expect_a_choice(jane)
        assert jane.listed()[0]["RelyingPartyId"] == RP_ID
        with refused(*WRONG):
            jane.answer(asked)

    def test_where_the_pool_has_stopped_passkeys(self, jane: Holder) -> None:
        asked = jane.ask()
        chosen = jane.choosing.begin()
        configure(jane.place)
        self.expect_a_choice(jane)
        with refused("InvalidUserPoolConfigurationException"):
            jane.choosing.choose(chosen, "WEB_AUTHN")
        configure(jane.place, RelyingPartyId=RP_ID)
        factors = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
        jane.place.idp.update_user_pool(UserPoolId=jane.place.pool, Policies=factors)
        self.expect_a_choice(jane)
        with refused(*WRONG):
            jane.answer(asked)

    def test_to_disabled_users(self, jane: Holder) -> None:
        asked = jane.ask()
        jane.place.idp.admin_disable_user(UserPoolId=jane.place.pool, Username="jane")
        self.expect_a_choice(jane)
        with refused("NotAuthorizedException", "User is disabled."):
            jane.answer(asked)

    def test_to_users_who_must_choose_a_password(self, jane: Holder) -> None:
        asked = jane.ask()
        jane.place.idp.admin_set_user_password(
            UserPoolId=jane.place.pool, Username="jane", Password="Temporary-7", Permanent=False
        )
        self.expect_a_choice(jane)
        with refused(*INVALID):
            jane.answer(asked)


class TestOwners:
    @pytest.mark.parametrize(
        "configuration",
        [{"UserVerification": "required"}, {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}],
    )
    def test_must_be_verified(self, jane: Holder, configuration: dict[str, str]) -> None:
        configure(jane.place, RelyingPartyId=RP_ID, **configuration)
        asked = jane.ask()
        assert options(asked)["userVerification"] == "required"
        jane.device.verifies = False
        with refused(*WRONG):
            jane.answer(asked)
        jane.device.verifies = True
        assert jane.answer(asked)["AuthenticationResult"]

    def test_need_not_be_verified(self, jane: Holder) -> None:
        jane.device.verifies = False
        assert jane.answer(jane.ask())["AuthenticationResult"]


class TestAttacks:
    @pytest.mark.parametrize(
        "attack",
        [
            {"origin": "https://evil.example"},
            {"origin": "http://auth.example.com"},
            {"origin": ""},
            {"crossOrigin": True},
            {"rp_id": "evil.example"},
            {"signed_by": make_key(ES256)[0]},
            {"type": "webauthn.create"},
            {"challenge": b64(bytes(32))},
            {"challenge": ""},
            {"user_handle": b"somebody else"},
            {"user_present": False},
        ],
        ids="-".join,
    )
    def test_attack_wrong_part(self, jane: Holder, attack: dict[str, Any]) -> None:
        with refused(*WRONG):
            jane.answer(jane.ask(), **attack)

    def test_attack_counter_going_backwards(self, jane: Holder) -> None:
        for _ in range(3):
            jane.answer(jane.ask())
        for count in (3, 2, 0):
            with refused(*WRONG):
                jane.answer(jane.ask(), count=count)
        assert jane.answer(jane.ask(), count=9)["AuthenticationResult"]
        with refused(*WRONG):
            jane.answer(jane.ask(), count=9)

    def test_attack_copies_of_an_authenticator_at_once(self, jane: Holder) -> None:
        asked = [jane.ask() for _ in range(4)]
        credentials = [jane.device.get(options(one), count=7) for one in asked]
        outcomes = at_once(
            *[lambda a=a, c=c: jane.give(a, c) for a, c in zip(asked, credentials, strict=True)]
        )
        assert len([outcome for outcome in outcomes if isinstance(outcome, dict)]) == 1

    def test_attack_passkey_of_another_user(self, jane: Holder) -> None:
        jane.place.person("eve")
        eve = Holder(jane.place, "eve")
        eve.register()
        asked = jane.ask()
        with refused(*WRONG):
            jane.give(asked, eve.device.get(options(asked), key=eve.device.keys[0]))
        # Nor with the victim's id over the attacker's key.
        stolen = eve.device.keys[0]
        stolen.id = jane.device.keys[0].id
        with refused(*WRONG):
            jane.give(asked, eve.device.get(options(asked), key=stolen))

    def test_attack_own_session_for_another_user(self, jane: Holder) -> None:
        jane.place.person("eve")
        eve = Holder(jane.place, "eve")
        eve.register()
        asked = eve.ask()
        credential = json.dumps(eve.device.get(options(asked)))
        with refused("CodeMismatchException", "Invalid code or auth state for the user."):
            jane.choosing.answer(asked, CREDENTIAL=credential)

    def test_attack_replayed_assertion(self, jane: Holder) -> None:
        asked = jane.ask()
        credential = jane.device.get(options(asked))
        assert jane.give(asked, credential)["AuthenticationResult"]
        with refused(*WRONG):  # the counter tells
            jane.give(asked, credential)
        with refused(*WRONG):
            jane.give(jane.ask(), credential)

    def test_attack_replay_where_nothing_counts(self, place: Place) -> None:
        jane = Holder(place, device=Authenticator(counts=False))
        jane.register()
        asked = jane.ask()
        credential = jane.device.get(options(asked))
        assert jane.give(asked, credential)["AuthenticationResult"]
        with refused(*ONCE):
            jane.give(asked, credential)
        with refused(*WRONG):
            jane.give(jane.ask(), credential)

    def test_attack_replay_at_once(self, place: Place) -> None:
        jane = Holder(place, device=Authenticator(counts=False))
        jane.register()
        asked = jane.ask()
        credential = jane.device.get(options(asked))
        outcomes = at_once(*[lambda: jane.give(asked, credential)] * 4)
        assert len([outcome for outcome in outcomes if isinstance(outcome, dict)]) == 1

    def test_attack_challenge_of_another_session(self, jane: Holder) -> None:
        first, second = jane.ask(), jane.ask()
        with refused(*WRONG):
            jane.give(second, jane.device.get(options(first)))

    def test_attack_expired_session(self, jane: Holder) -> None:
        asked = jane.ask()
        jane.place.server.clock.advance(181)
        with refused(*EXPIRED):
            jane.answer(asked)

    def test_attack_session_of_another_client(self, jane: Holder) -> None:
        other = Holder(jane.place.another_client(), device=jane.device)
        with refused(*INVALID):
            other.answer(jane.ask())

    def test_attack_session_of_another_challenge(self, jane: Holder) -> None:
        asked = jane.choosing.prefer("PASSWORD")
        credential = json.dumps(jane.device.get(options(jane.ask())))
        with refused(*INVALID):
            jane.choosing.answer(asked | {"ChallengeName": "WEB_AUTHN"}, CREDENTIAL=credential)
        with refused(*INVALID):
            jane.choosing.answer(jane.ask() | {"ChallengeName": "PASSWORD"}, PASSWORD="x")

    def test_attack_flood_of_wrong_answers_locks(self, jane: Holder) -> None:
        for _ in range(5):
            asked = jane.ask()
            with refused(*WRONG):
                jane.answer(asked, origin="https://evil.example")
        with refused(*EXCEEDED):
            jane.answer(asked)
        assert jane.place.plain()["AuthenticationResult"], "passwords count for themselves"
        jane.place.server.clock.advance(2)
        assert jane.answer(asked)["AuthenticationResult"]

    def test_no_answer_is_a_missing_parameter(self, jane: Holder) -> None:
        with refused("InvalidParameterException", "Missing required parameter CREDENTIAL"):
            jane.choosing.answer(jane.ask())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestGarbage:
    def refuse(self, jane: Holder, credential: Any) -> None:
        jane.place.server.clock.advance(1000)  # nobody is locked for longer
        with pytest.raises(ClientError) as refusal:
            jane.give(jane.ask(), credential)
        found = refusal.value.response["Error"]
        assert (found["Code"], found["Message"]) in (WRONG, GARBLED)

    @some
    @given(
        text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=100)
        | JSON.map(json.dumps)
    )
    def test_any_text(self, jane: Holder, text: str) -> None:
        self.refuse(jane, text)

    @some
    @given(
        name=st.sampled_from(
            ["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"]
        ),
        value=JSON,
    )
    def test_any_part_replaced(self, jane: Holder, name: str, value: Any) -> None:
        credential = jane.device.get(options(jane.ask()))
        parts = credential if name in credential else credential["response"]
        parts[name] = value
        self.refuse(jane, credential)

    @some
    @given(
        name=st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]),
        data=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
    )
    def test_any_bytes(self, jane: Holder, name: str, data: bytes) -> None:
        credential = jane.device.get(options(jane.ask()))
        credential["response"][name] = b64(data)
        self.refuse(jane, credential)

    @pytest.mark.parametrize("text", ["[" * 60_000, '{"a":' * 20_000, "9" * 60_000, "", "null", "{}"])
    def test_bombs(self, jane: Holder, text: str) -> None:
        with refused(*GARBLED):
            jane.give(jane.ask(), text)

    def test_oversized(self, jane: Holder) -> None:
        asked = jane.ask()
        credential = jane.device.get(options(asked))
        credential["response"]["signature"] = b64(b"s" * 70_000)
        with refused(*GARBLED):
            jane.give(asked, credential)


class TestHiding:
    """Who is not there is asked like who is: alike in content, shape and time."""

    @pytest.fixture
    def place(self, server: RunningServer) -> Place:
        made = passkey_place(server, client=HIDES)
        made.person()
        return made

    def nobodies(self, place: Place, count: int = 24) -> list[Holder]:
        return [Holder(place, f"nobody{number}") for number in range(count)]

    def asked(self, place: Place) -> list[tuple[Holder, dict[str, Any]]]:
        """Return those who are not there and are asked for a passkey."""
        all_ = [(one, one.ask()) for one in self.nobodies(place)]
        found = [(one, answer) for one, answer in all_ if answer["ChallengeName"] == "WEB_AUTHN"]
        assert 3 < len(found) < len(all_), "some have one and some have none"
        return found

    def test_a_made_up_challenge_looks_real_and_is_stable(self, place: Place, jane: Holder) -> None:
        real, ids = jane.ask(), set()
        for nobody, answer in self.asked(place):
            assert answer.keys() == real.keys()
            assert len(answer["Session"]) == len(real["Session"])
            made, again = options(answer), options(nobody.ask())
            assert made.keys() == options(real).keys()
            assert made.pop("challenge") != again.pop("challenge")
            assert made == again
            (credential,) = made["allowCredentials"]
            assert credential["transports"] in (["internal"], ["hybrid", "internal"])
            assert len(unb64(credential["id"])) in (16, 20, 32)
            ids.add(credential["id"])
        assert len(ids) > 3

    def test_attack_the_key_that_nobody_is_verified_with(self, place: Place) -> None:
        """Its private key is no secret: it is 1."""
        from cryptography.hazmat.primitives.asymmetric import ec

        one = ec.derive_private_key(1, ec.SECP256R1())
        for nobody, answer in self.asked(place)[:3]:
            made = options(answer)
            nobody.device.create(
                {"rp": {"id": RP_ID}, "user": {"id": "AA"}, "challenge": "AA"},
                credential_id=unb64(made["allowCredentials"][0]["id"]),
            )
            with refused(*WRONG):
                nobody.answer(answer, signed_by=one, user_handle=b"")

    def test_wrong_answers_lock_alike(self, place: Place, jane: Holder) -> None:
        nobody, answer = self.asked(place)[0]
        for one, asked in ((nobody, answer), (jane, jane.ask())):
            credential = jane.device.get(options(jane.ask()))
            for _ in range(5):
                with refused(*WRONG):
                    one.give(asked, credential)
            with refused(*EXCEEDED):
                one.give(asked, credential)

    def test_it_takes_as_long(self, place: Place, jane: Holder) -> None:
        nobody, answer = self.asked(place)[0]
        real = jane.ask()
        taken: dict[str, list[float]] = {"real": [], "made up": []}
        for _ in range(60):
            place.server.clock.advance(1000)
            real, answer = jane.ask(), nobody.ask()
            for name, one, asked in (("real", jane, real), ("made up", nobody, answer)):
                credential = jane.device.get(options(real), signed_by=make_key(ES256)[0])
                begun = time.perf_counter()
                with refused(*WRONG):
                    one.give(asked, credential)
                taken[name].append(time.perf_counter() - begun)
        middle = {name: sorted(times)[len(times) // 2] for name, times in taken.items()}
        assert middle["made up"] == pytest.approx(middle["real"], rel=0.35), middle


def test_nobody_is_offered_passkeys_where_there_are_none(server: RunningServer) -> None:
    place = passkey_place(server, rp_id=None, client=HIDES)
    for number in range(16):
        asked = Choosing(place, f"nobody{number}").begin()
        assert "WEB_AUTHN" not in asked["AvailableChallenges"]
