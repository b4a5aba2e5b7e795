"""A remembered device proves itself: in the place of a second factor, and last in a custom sign-in.

The named attacks begin where a user has met the first factor and must show the device.
"""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.sign_in.test_custom_auth import TRIGGERS, arn, begin, solve
from poolhouse.domain import srp as rules
from poolhouse.keys.signing import parse
from support.authenticator import PHONE, prefer, set_mfa
from support.devices import ASKING, MISSING, TRACKED, Gadget, a_gadget, new_gadget
from support.people import at_once, refused
from support.server import RunningServer
from support.sign_in import WRONG, Choosing, Place, make_place

SESSION = "NotAuthorizedException", "Invalid session for the user."
ONCE = "NotAuthorizedException", "Invalid session for the user, session can only be used once."
EXPIRED = "NotAuthorizedException", "Invalid session for the user, session is expired."
EXCEEDED = "NotAuthorizedException", "Password attempts exceeded"
NAME = "lenient"
"""Whom the triggers grant tokens at once."""


@pytest.fixture
def place(triggered: RunningServer) -> Place:
    made = make_place(triggered, LambdaConfig=TRIGGERS, **TRACKED)
    made.person(NAME)
    return made


@pytest.fixture
def gadget(place: Place) -> Gadget:
    return a_gadget(place, NAME)


def asked(gadget: Gadget) -> dict[str, Any]:
    """Meet the first factor; return DEVICE_SRP_AUTH."""
    answer = begin(gadget.place, gadget.name, DEVICE_KEY=gadget.key)
    assert answer["ChallengeName"] == "DEVICE_SRP_AUTH"
    return answer


def verify(gadget: Gadget, answers: dict[str, str], session: str | None = None) -> dict[str, Any]:
    return gadget.place.respond("DEVICE_PASSWORD_VERIFIER", session, answers)


def test_a_custom_sign_in_asks_the_device_last(place: Place, gadget: Gadget) -> None:
    first = asked(gadget)
    assert first["ChallengeParameters"] == {}
    client = gadget.srp()
    second = gadget.begin(client, first)
    assert second["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    parameters = second["ChallengeParameters"]
    assert parameters.keys() == {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "DEVICE_KEY"}
    assert (parameters["USERNAME"], parameters["DEVICE_KEY"]) == (NAME, gadget.key)
    assert "Session" not in second
    tokens = verify(gadget, gadget.claim(client, second))["AuthenticationResult"]
    assert "NewDeviceMetadata" not in tokens
    assert parse(tokens["AccessToken"]).claims["device_key"] == gadget.key


def test_a_riddle_and_then_the_device(place: Place) -> None:
    place.person("jane")
    gadget = a_gadget(place)
    riddle = begin(place, DEVICE_KEY=gadget.key)
    tokens = solve(place, riddle["Session"])["AuthenticationResult"]
    assert tokens["NewDeviceMetadata"], "the answer names no device"
    riddle = begin(place)
    answers = {"USERNAME": "jane", "ANSWER": "mountain", "DEVICE_KEY": gadget.key}
    first = place.respond("CUSTOM_CHALLENGE", riddle["Session"], answers)
    assert gadget.prove(first)["AccessToken"]


def test_the_triggers_of_a_device_s_sign_in(triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
    more = {"PreTokenGeneration": arn("record"), "PostAuthentication": arn("record")}
    place = make_place(triggered, LambdaConfig=TRIGGERS | more, **TRACKED)
    place.person(NAME)
    gadget = a_gadget(place, NAME)
    assert [event["request"]["newDeviceUsed"] for event in fired if "newDeviceUsed" in event["request"]] == [
        True
    ]
    fired.clear()
    gadget.prove(asked(gadget))
    sources = [event["triggerSource"] for event in fired]
    assert sources == [
        "DefineAuthChallenge_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_AuthenticateDevice",
    ]
    assert fired[1]["request"]["newDeviceUsed"] is False


@pytest.mark.parametrize("why", ["unconfirmed", "not remembered", "no secret", "not asked for"])
def test_devices_that_do_not_stand_in(triggered: RunningServer, why: str) -> None:
    settings = {} if why == "not asked for" else ASKING["DeviceConfiguration"]
    tracked = {"DeviceConfiguration": settings or {"ChallengeRequiredOnNewDevice": False}}
    place = make_place(triggered, LambdaConfig=TRIGGERS, **tracked)
    place.person(NAME)
    gadget = new_gadget(place, NAME)
    if why == "unconfirmed":
        with refused(*MISSING):
            begin(place, NAME, DEVICE_KEY=gadget.key)
        return
    if why == "no secret":
        place.idp.confirm_device(AccessToken=gadget.tokens["AccessToken"], DeviceKey=gadget.key)
        place.idp.update_device_status(
            AccessToken=gadget.tokens["AccessToken"],
            DeviceKey=gadget.key,
            DeviceRememberedStatus="remembered",
        )
    else:
        gadget.confirm()
    tokens = begin(place, NAME, DEVICE_KEY=gadget.key)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in tokens
    assert parse(tokens["AccessToken"]).claims["device_key"] == gadget.key


def test_attack_another_device_s_secret(place: Place, gadget: Gadget) -> None:
    """Whoever knows the user's password, and has a device of another secret."""
    client = gadget.srp()
    second = gadget.begin(client, asked(gadget))
    gadget.secret = base64.b64encode(bytes(40)).decode()
    with refused(*WRONG):
        verify(gadget, gadget.claim(client, second))


def test_a_wrong_signature_leaves_the_challenge_good(place: Place, gadget: Gadget) -> None:
    client = gadget.srp()
    answers = gadget.claim(client, gadget.begin(client, asked(gadget)))
    for signature in ("", "AAAA", "not base64 ÿ"):
        with refused(*WRONG):
            verify(gadget, {**answers, "PASSWORD_CLAIM_SIGNATURE": signature})
    assert verify(gadget, answers)["AuthenticationResult"]


def test_attack_guessing_a_device_s_secret(place: Place, gadget: Gadget) -> None:
    client = gadget.srp()
    answers = gadget.claim(client, gadget.begin(client, asked(gadget)))
    for _ in range(5):
        with refused(*WRONG):
            verify(gadget, {**answers, "PASSWORD_CLAIM_SIGNATURE": "AAAA"})
    with refused(*EXCEEDED):
        verify(gadget, answers)
    assert place.plain(NAME)["AuthenticationResult"], "the password is not locked with it"
    place.server.clock.advance(2)
    assert verify(gadget, answers)["AuthenticationResult"]


def test_attack_an_answer_again(place: Place, gadget: Gadget) -> None:
    first, client = asked(gadget), gadget.srp()
    second = gadget.begin(client, first)
    twin = gadget.begin(client, first)
    answers, others = gadget.claim(client, second), gadget.claim(client, twin)
    assert verify(gadget, answers)["AuthenticationResult"]
    with refused(*ONCE):
        verify(gadget, answers)
    with refused(*ONCE):
        verify(gadget, others)
    again = gadget.claim(client, gadget.begin(client, first))
    with refused(*ONCE):
        verify(gadget, again)


def test_attack_an_answer_many_times_at_once(place: Place, gadget: Gadget) -> None:
    client = gadget.srp()
    answers = gadget.claim(client, gadget.begin(client, asked(gadget)))
    results = at_once(*[lambda: verify(gadget, answers)] * 8)
    assert sum(not isinstance(each, ClientError) for each in results) == 1


@pytest.mark.parametrize("public", ["0", f"{rules.N:x}", f"{2 * rules.N:x}", "xyz", "-2"])
def test_attack_a_public_value_that_makes_the_secret_zero(place: Place, gadget: Gadget, public: str) -> None:
    first = asked(gadget)
    with refused("InvalidParameterException", "Invalid SRP_A."):
        gadget.begin(gadget.srp(), first, SRP_A=public)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_attack_a_time_stamp_of_another_time(triggered: RunningServer, seconds: int) -> None:
    place = make_place(triggered, client={"AuthSessionValidity": 15}, LambdaConfig=TRIGGERS, **TRACKED)
    place.person(NAME)
    gadget = a_gadget(place, NAME)
    client = gadget.srp()
    second = gadget.begin(client, asked(gadget))
    triggered.clock.advance(seconds)
    answers = gadget.claim(client, second)
    triggered.clock.advance(-seconds)
    with refused(*WRONG):
        verify(gadget, answers)


def test_attack_a_time_stamp_that_was_not_signed(place: Place, gadget: Gadget) -> None:
    client = gadget.srp()
    second = gadget.begin(client, asked(gadget))
    old = gadget.claim(client, second)
    place.server.clock.advance(1)
    with refused(*WRONG):
        verify(gadget, {**old, "TIMESTAMP": gadget.claim(client, second)["TIMESTAMP"]})
    text = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
    with refused("InvalidParameterException", text):
        verify(gadget, {**old, "TIMESTAMP": "2026-11-05T03:07:09Z"})


def test_attack_a_secret_block_of_another_sign_in(place: Place, gadget: Gadget) -> None:
    one, other = gadget.srp(), gadget.srp()
    answers = gadget.claim(one, gadget.begin(one, asked(gadget)))
    swapped = gadget.claim(other, gadget.begin(other, asked(gadget)))
    block = answers["PASSWORD_CLAIM_SECRET_BLOCK"]
    with refused(*WRONG):
        verify(gadget, {**swapped, "PASSWORD_CLAIM_SECRET_BLOCK": block})


def test_attack_a_secret_block_of_another_user(place: Place, gadget: Gadget) -> None:
    """Eve has a device of her own, and names somebody else."""
    place.person("eve")
    eves = a_gadget(place, "eve")
    riddle = begin(place, "eve")
    solved = {"USERNAME": "eve", "ANSWER": "mountain", "DEVICE_KEY": eves.key}
    client = eves.srp()
    second = eves.begin(client, place.respond("CUSTOM_CHALLENGE", riddle["Session"], solved))
    answers = eves.claim(client, second)
    with refused(*WRONG):
        verify(eves, {**answers, "USERNAME": NAME})
    with refused(*MISSING):
        verify(eves, {**answers, "DEVICE_KEY": gadget.key})
    assert verify(eves, answers)["AuthenticationResult"]


@pytest.mark.parametrize("same_pool", [True, False])
def test_attack_a_session_or_block_of_another_client_or_pool(
    triggered: RunningServer, place: Place, gadget: Gadget, same_pool: bool
) -> None:
    other = place.another_client() if same_pool else make_place(triggered, LambdaConfig=TRIGGERS, **TRACKED)
    if not same_pool:
        other.person(NAME)
    first, client = asked(gadget), gadget.srp()
    second = gadget.begin(client, first)
    answers = gadget.claim(client, second)
    gadget.place = other
    with refused(*SESSION):
        gadget.begin(client, first)
    with refused(*WRONG):
        verify(gadget, answers)


@pytest.mark.parametrize("block", ["", "AAAA", "%%%%", base64.b64encode(bytes(600)).decode()])
def test_attack_a_secret_block_that_is_made_up(place: Place, gadget: Gadget, block: str) -> None:
    client = gadget.srp()
    answers = gadget.claim(client, gadget.begin(client, asked(gadget)))
    with refused(*WRONG):
        verify(gadget, {**answers, "PASSWORD_CLAIM_SECRET_BLOCK": block})


def test_attack_blocks_of_passwords_and_devices_swapped(place: Place, gadget: Gadget) -> None:
    password = place.srp(NAME)
    started = password.start()
    claimed = password.claim(started)
    client = gadget.srp()
    second = gadget.begin(client, asked(gadget))
    answers = gadget.claim(client, second)
    with refused(*WRONG):
        verify(gadget, {**answers, "PASSWORD_CLAIM_SECRET_BLOCK": claimed["PASSWORD_CLAIM_SECRET_BLOCK"]})
    with refused(*WRONG):
        password.answer({**claimed, "PASSWORD_CLAIM_SECRET_BLOCK": answers["PASSWORD_CLAIM_SECRET_BLOCK"]})


def test_attack_answers_out_of_order(place: Place, gadget: Gadget) -> None:
    """Who has the device, but not the password, gets nowhere."""
    client = gadget.srp()
    with refused(*SESSION):
        gadget.begin(client, {})
    with refused(*SESSION):
        gadget.begin(client, {"Session": "A" * 40})
    first = asked(gadget)
    with refused(*SESSION):
        gadget.begin(client, {})
    claim = {"PASSWORD_CLAIM_SIGNATURE": "AAAA", "PASSWORD_CLAIM_SECRET_BLOCK": first["Session"]}
    timed = {"TIMESTAMP": "Thu Nov 5 03:07:09 UTC 2026", "USERNAME": NAME, "DEVICE_KEY": gadget.key}
    with refused(*WRONG):
        verify(gadget, claim | timed, first["Session"])
    with refused(*SESSION):
        place.respond("CUSTOM_CHALLENGE", first["Session"], {"USERNAME": NAME, "ANSWER": "mountain"})


def test_attack_a_riddle_s_session_for_the_device(place: Place) -> None:
    place.person("jane")
    gadget = a_gadget(place)
    riddle = begin(place, DEVICE_KEY=gadget.key)
    with refused(*SESSION):
        gadget.begin(gadget.srp(), riddle)


@pytest.mark.parametrize("missing", ["USERNAME", "DEVICE_KEY", "SRP_A"])
def test_an_answer_that_lacks_something(place: Place, gadget: Gadget, missing: str) -> None:
    answers = {"USERNAME": NAME, "DEVICE_KEY": gadget.key, "SRP_A": "1f"}
    del answers[missing]
    with refused("InvalidParameterException", f"Missing required parameter {missing}"):
        place.respond("DEVICE_SRP_AUTH", asked(gadget)["Session"], answers)


def test_attack_another_user_s_session(place: Place, gadget: Gadget) -> None:
    place.person("eve")
    first = asked(gadget)
    mismatch = "CodeMismatchException", "Invalid code or auth state for the user."
    with refused(*mismatch):
        gadget.begin(gadget.srp(), first, USERNAME="eve")


def test_attack_another_device_s_key(place: Place, gadget: Gadget) -> None:
    """The sign-in named one device; another of the same user, or of somebody else, does not answer for it."""
    place.person("eve")
    mine, eves = a_gadget(place, NAME), a_gadget(place, "eve")
    first, client = asked(gadget), gadget.srp()
    for key in (mine.key, eves.key, "us-east-1_0a"):
        with refused(*MISSING):
            gadget.begin(client, first, DEVICE_KEY=key)
    answers = gadget.claim(client, gadget.begin(client, first))
    for key in (mine.key, eves.key, "us-east-1_0a"):
        with refused(*MISSING):
            verify(gadget, {**answers, "DEVICE_KEY": key})
    assert verify(gadget, answers)["AuthenticationResult"]


def forget(gadget: Gadget) -> None:
    gadget.place.idp.forget_device(AccessToken=gadget.tokens["AccessToken"], DeviceKey=gadget.key)


def distrust(gadget: Gadget) -> None:
    gadget.place.idp.update_device_status(
        AccessToken=gadget.tokens["AccessToken"],
        DeviceKey=gadget.key,
        DeviceRememberedStatus="not_remembered",
    )


@pytest.mark.parametrize("change", [forget, distrust])
def test_attack_a_device_forgotten_midway(place: Place, gadget: Gadget, change: Any) -> None:
    first, client = asked(gadget), gadget.srp()
    answers = gadget.claim(client, gadget.begin(client, first))
    change(gadget)
    with refused(*MISSING):
        gadget.begin(client, first)
    with refused(*MISSING):
        verify(gadget, answers)


def test_a_challenge_that_has_expired(place: Place, gadget: Gadget) -> None:
    first, client = asked(gadget), gadget.srp()
    second = gadget.begin(client, first)
    place.server.clock.advance(180)
    with refused(*EXPIRED):
        gadget.begin(client, first)
    with refused(*EXPIRED):
        verify(gadget, gadget.claim(client, second))


class TestInThePlaceOfASecondFactor:
    """MFA by SMS; the password proven by SRP, as pycognito does it, or sent plainly."""

    @pytest.fixture
    def place(self, server: RunningServer) -> Place:
        made = make_place(server, **TRACKED)
        set_mfa(made, "OPTIONAL", "SMS_MFA")
        made.person("jane", phone_number=PHONE, phone_number_verified="true")
        return made

    @pytest.fixture
    def gadget(self, place: Place) -> Gadget:
        """A device from before the user turned MFA on."""
        made = a_gadget(place)
        prefer(place, "SMS_MFA")
        return made

    @pytest.mark.parametrize("hidden", [False, True])
    def test_a_remembered_device_spares_the_code(self, place: Place, gadget: Gadget, hidden: bool) -> None:
        if hidden:
            gadget.place = place = place.another_client(PreventUserExistenceErrors="ENABLED")
        assert place.plain()["ChallengeName"] == "SMS_MFA"
        first = place.plain(DEVICE_KEY=gadget.key)
        assert first["ChallengeName"] == "DEVICE_SRP_AUTH"
        tokens = gadget.prove(first)
        assert parse(tokens["AccessToken"]).claims["device_key"] == gadget.key
        assert "NewDeviceMetadata" not in tokens
        assert len(place.server.texts(PHONE)) == 1

    def test_without_mfa_the_device_is_not_asked(self, place: Place) -> None:
        gadget = a_gadget(place)
        tokens = place.plain(DEVICE_KEY=gadget.key)["AuthenticationResult"]
        assert parse(tokens["AccessToken"]).claims["device_key"] == gadget.key

    def test_a_device_does_not_spare_setting_a_factor_up(self, place: Place) -> None:
        """It was confirmed before the pool required a second factor."""
        place.person("john")
        gadget = a_gadget(place, "john")
        set_mfa(place, "ON", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
        assert place.plain("john", DEVICE_KEY=gadget.key)["ChallengeName"] == "MFA_SETUP"

    @pytest.mark.parametrize("change", [forget, distrust])
    def test_a_device_remembered_no_more(self, place: Place, gadget: Gadget, change: Any) -> None:
        change(gadget)
        if change is forget:
            with refused(*MISSING):
                place.plain(DEVICE_KEY=gadget.key)
            return
        first = place.plain(DEVICE_KEY=gadget.key)
        assert first["ChallengeName"] == "SMS_MFA"
        answers = {"USERNAME": "jane", "SMS_MFA_CODE": place.server.code(PHONE)}
        tokens = place.respond("SMS_MFA", first["Session"], answers)["AuthenticationResult"]
        assert parse(tokens["AccessToken"]).claims["device_key"] == gadget.key, "known all the same"
        assert "NewDeviceMetadata" not in tokens

    def test_a_new_device_after_the_code(self, place: Place, gadget: Gadget) -> None:
        first = place.plain()
        answers = {"USERNAME": "jane", "SMS_MFA_CODE": place.server.code(PHONE)}
        tokens = place.respond("SMS_MFA", first["Session"], answers)["AuthenticationResult"]
        assert tokens["NewDeviceMetadata"]["DeviceKey"] != gadget.key

    def test_a_pool_that_wants_the_code_all_the_same(self, server: RunningServer) -> None:
        place = make_place(server, DeviceConfiguration={"ChallengeRequiredOnNewDevice": False})
        set_mfa(place, "OPTIONAL", "SMS_MFA")
        place.person("jane", phone_number=PHONE, phone_number_verified="true")
        gadget = a_gadget(place)
        prefer(place, "SMS_MFA")
        assert place.plain(DEVICE_KEY=gadget.key)["ChallengeName"] == "SMS_MFA"

    def test_a_temporary_password_first_and_then_the_device(self, place: Place, gadget: Gadget) -> None:
        place.idp.admin_set_user_password(
            UserPoolId=place.pool, Username="jane", Password="Tempora-Horse-9", Permanent=False
        )
        first = place.plain(password="Tempora-Horse-9", DEVICE_KEY=gadget.key)
        assert first["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        answers = {"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-9"}
        second = place.respond("NEW_PASSWORD_REQUIRED", first["Session"], answers)
        assert gadget.prove(second)["AccessToken"]

    @pytest.mark.parametrize("start", ["PASSWORD", "PASSWORD_SRP"])
    def test_choice_based_sign_in(self, place: Place, gadget: Gadget, start: str) -> None:
        choosing = Choosing(place)
        if start == "PASSWORD":
            first = choosing.prefer("PASSWORD", PASSWORD="Correct-Horse-9", DEVICE_KEY=gadget.key)
        else:
            client = place.srp()
            begun = choosing.prefer("PASSWORD_SRP", SRP_A=client.get_auth_params()["SRP_A"])
            first = client.answer(client.claim(begun, DEVICE_KEY=gadget.key), Session=begun["Session"])
        assert first["ChallengeName"] == "DEVICE_SRP_AUTH"
        assert gadget.prove(first)["AccessToken"]

    def proven(self, place: Place, gadget: Gadget) -> tuple[Any, dict[str, Any]]:
        """Prove the password by SRP; return the client, and DEVICE_SRP_AUTH."""
        client = place.srp()
        first = client.answer(client.claim(client.start(), DEVICE_KEY=gadget.key))
        assert first["ChallengeName"] == "DEVICE_SRP_AUTH"
        return client, first

    def test_a_client_that_hands_no_session_back(self, place: Place, gadget: Gadget) -> None:
        password, _ = self.proven(place, gadget)
        client = gadget.srp()
        client.small_a_value, client.large_a_value = password.small_a_value, password.large_a_value
        for _ in range(2):
            answers = gadget.claim(client, gadget.begin(client, {}))
        assert verify(gadget, answers)["AuthenticationResult"]
        with refused(*SESSION):
            gadget.begin(client, {})

    def test_attack_a_device_s_secret_alone(self, place: Place, gadget: Gadget) -> None:
        """Whoever has the device's secret waits until its user has proven the password."""
        thief = gadget.srp()
        with refused(*SESSION):
            gadget.begin(thief, {})
        password, first = self.proven(place, gadget)
        with refused(*SESSION):
            gadget.begin(thief, {})
        with refused("InvalidParameterException", "Invalid SRP_A."):
            gadget.begin(thief, {}, SRP_A="0")
        assert gadget.prove(first)["AccessToken"]
        thief.small_a_value, thief.large_a_value = password.small_a_value, password.large_a_value
        with refused(*SESSION):
            gadget.begin(thief, {})

    def test_attack_a_kept_challenge_of_another_client_user_or_time(
        self, place: Place, gadget: Gadget
    ) -> None:
        place.person("eve")
        password, _ = self.proven(place, gadget)
        client = gadget.srp()
        client.small_a_value, client.large_a_value = password.small_a_value, password.large_a_value
        gadget.place = place.another_client()
        with refused(*SESSION):
            gadget.begin(client, {})
        gadget.place = place
        for name in ("eve", "nobody"):
            with refused(*SESSION):
                gadget.begin(client, {}, USERNAME=name)
        place.server.clock.advance(180)
        with refused(*EXPIRED):
            gadget.begin(client, {})

    def test_attack_a_password_from_before_it_was_changed(self, place: Place, gadget: Gadget) -> None:
        first = place.plain(DEVICE_KEY=gadget.key)
        place.server.clock.advance(1)
        place.idp.admin_set_user_password(
            UserPoolId=place.pool, Username="jane", Password="Another-Horse-9", Permanent=True
        )
        with refused(*SESSION):
            gadget.prove(first)

    def test_attack_a_code_s_session_for_the_device(self, place: Place, gadget: Gadget) -> None:
        asked_for_code = place.plain()
        with refused(*SESSION):
            gadget.begin(gadget.srp(), asked_for_code)

    def test_attack_the_device_s_session_for_a_code(self, place: Place, gadget: Gadget) -> None:
        first = place.plain(DEVICE_KEY=gadget.key)
        with refused(*SESSION):
            place.respond("SMS_MFA", first["Session"], {"USERNAME": "jane", "SMS_MFA_CODE": "123456"})

    def test_a_client_with_a_secret(self, place: Place, gadget: Gadget) -> None:
        gadget.place = secret = place.another_client(GenerateSecret=True)
        first = secret.plain(DEVICE_KEY=gadget.key)
        hashed = {"SECRET_HASH": secret.hash("jane")}
        client = gadget.srp()
        with refused("NotAuthorizedException"):
            gadget.begin(client, first)
        with refused("NotAuthorizedException"):
            gadget.begin(client, first, SECRET_HASH=secret.hash("eve"))
        answers = gadget.claim(client, gadget.begin(client, first, **hashed), **hashed)
        with refused("NotAuthorizedException"):
            verify(gadget, {**answers, "SECRET_HASH": secret.hash("eve")})
        assert verify(gadget, answers)["AuthenticationResult"]
