"""What must not sign anybody in: one test for each attack."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from poolhouse.domain import srp as rules
from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, make_place

NEW = {"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-9"}
SESSION = "NotAuthorizedException", "Invalid session for the user."
ONCE = "NotAuthorizedException", "Invalid session for the user, session can only be used once."
EXPIRED = "NotAuthorizedException", "Invalid session for the user, session is expired."


@pytest.mark.parametrize("public", ["0", f"{rules.N:x}", f"{2 * rules.N:x}", "xyz", "-2"])
def test_a_public_value_that_makes_the_secret_zero(server: RunningServer, public: str) -> None:
    """With A ≡ 0 modulo N everybody knows S = 0."""
    place = make_place(server)
    place.person()
    srp = place.srp()
    assert refusal(lambda: srp.start(SRP_A=public)) == ("InvalidParameterException", "Invalid SRP_A.")


def test_a_password_verifier_answer_again(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    answers = srp.claim(srp.start())
    assert srp.answer(answers)["AuthenticationResult"]
    assert refusal(lambda: srp.answer(answers)) == ONCE


def test_a_password_verifier_answer_many_times_at_once(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    answers = srp.claim(srp.start())

    def answer(_: int) -> bool:
        try:
            return bool(srp.answer(answers)["AuthenticationResult"])
        except ClientError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(answer, range(8))) == 1


def test_a_wrong_signature_leaves_the_challenge_good(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    answers = srp.claim(srp.start())
    for signature in ("", "AAAA", base64.b64encode(bytes(32)).decode(), "not base64 ÿ"):
        assert refusal(lambda s=signature: srp.answer({**answers, "PASSWORD_CLAIM_SIGNATURE": s})) == WRONG
    assert srp.answer(answers)["AuthenticationResult"]


def test_a_secret_block_of_another_sign_in(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    one, other = place.srp(), place.srp()
    answers, swapped = one.claim(one.start()), other.claim(other.start())
    swapped["PASSWORD_CLAIM_SECRET_BLOCK"] = answers["PASSWORD_CLAIM_SECRET_BLOCK"]
    assert refusal(lambda: one.answer(swapped)) == WRONG


def test_a_secret_block_of_another_user(server: RunningServer) -> None:
    """Eve knows her own password and names Jane."""
    place = make_place(server)
    place.person()
    place.person("eve", "Evil-Horse-9")
    eve = place.srp("eve", "Evil-Horse-9")
    answers = eve.claim(eve.start(), USERNAME="jane")
    assert refusal(lambda: eve.answer(answers)) == WRONG


@pytest.mark.parametrize("same_pool", [True, False])
def test_a_secret_block_of_another_client_or_pool(server: RunningServer, same_pool: bool) -> None:
    place = make_place(server)
    other = place.another_client() if same_pool else make_place(server)
    place.person()
    if not same_pool:
        other.person()
    srp = place.srp()
    answers = srp.claim(srp.start())
    assert refusal(lambda: srp.answer(answers, ClientId=other.client)) == WRONG


@pytest.mark.parametrize("block", ["", "AAAA", "%%%%", base64.b64encode(bytes(600)).decode()])
def test_a_secret_block_that_is_made_up(server: RunningServer, block: str) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    answers = srp.claim(srp.start())
    assert refusal(lambda: srp.answer({**answers, "PASSWORD_CLAIM_SECRET_BLOCK": block})) == WRONG


def test_a_session_in_the_place_of_a_secret_block_and_the_reverse(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    srp = place.srp()
    started = srp.start()
    answers = srp.claim(started)
    session = place.plain()["Session"]
    assert refusal(lambda: srp.answer({**answers, "PASSWORD_CLAIM_SECRET_BLOCK": session})) == WRONG
    block = answers["PASSWORD_CLAIM_SECRET_BLOCK"]
    assert refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", block, NEW)) == SESSION


def test_a_secret_block_that_has_expired(server: RunningServer) -> None:
    place = make_place(server, client={"AuthSessionValidity": 5})
    place.person()
    srp = place.srp()
    started = srp.start()
    server.clock.advance(299)
    in_time = srp.claim(started)
    server.clock.advance(1)
    assert refusal(lambda: srp.answer(in_time)) == EXPIRED


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_time_stamp_of_another_time(server: RunningServer, seconds: int) -> None:
    place = make_place(server, client={"AuthSessionValidity": 15})
    place.person()
    srp = place.srp()
    started = srp.start()
    server.clock.advance(seconds)
    answers = srp.claim(started)
    server.clock.advance(-seconds)
    assert refusal(lambda: srp.answer(answers)) == WRONG


def test_a_time_stamp_of_another_form(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    answers = srp.claim(srp.start(), TIMESTAMP="2026-11-05T03:07:09Z")
    text = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
    assert refusal(lambda: srp.answer(answers)) == ("InvalidParameterException", text)


def test_a_time_stamp_that_was_not_signed(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    started = srp.start()
    old = srp.claim(started)
    server.clock.advance(1)
    new = srp.claim(started)
    assert refusal(lambda: srp.answer({**old, "TIMESTAMP": new["TIMESTAMP"]})) == WRONG


def test_answers_out_of_order(server: RunningServer) -> None:
    """Whoever has not proven the temporary password has no session for the new one."""
    place = make_place(server)
    place.invite()
    srp = place.srp()
    srp.start()
    missing = "InvalidParameterException", "Missing required parameter Session"
    assert refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", None, NEW)) == missing
    assert refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", "A" * 40, NEW)) == SESSION


def test_a_second_answer_to_new_password_required(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    session = place.plain()["Session"]
    assert place.respond("NEW_PASSWORD_REQUIRED", session, NEW)["AuthenticationResult"]
    again = {**NEW, "NEW_PASSWORD": "Third-Horse-9"}
    assert refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", session, again)) == ONCE
    assert place.plain(password="Another-Horse-9")["AuthenticationResult"]


def test_a_session_from_before_an_administrator_changed_the_password(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    session = place.plain()["Session"]
    server.clock.advance(1)
    place.idp.admin_set_user_password(
        UserPoolId=place.pool, Username="jane", Password="Fresh-Horse-9", Permanent=False
    )
    assert refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", session, NEW)) == SESSION


def test_the_session_of_another_user(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    place.invite("eve", "Evil-Horse-9")
    session = place.plain("eve", "Evil-Horse-9")["Session"]
    mismatch = "CodeMismatchException", "Invalid code or auth state for the user."
    assert refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", session, NEW)) == mismatch


def test_the_session_of_another_client(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    other = place.another_client()
    session = place.plain()["Session"]
    assert refusal(lambda: other.respond("NEW_PASSWORD_REQUIRED", session, NEW)) == SESSION


def test_a_session_that_has_expired(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    session = place.plain()["Session"]
    server.clock.advance(180)
    assert refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", session, NEW)) == EXPIRED


def test_a_session_for_another_challenge(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    session = place.plain()["Session"]
    answers = {"USERNAME": "jane", "ANSWER": "x"}
    assert refusal(lambda: place.respond("CUSTOM_CHALLENGE", session, answers)) == SESSION


@pytest.mark.parametrize("name", ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "DEVICE_SRP_AUTH", "ADMIN_NO_SRP_AUTH"])
def test_a_challenge_outside_the_table(server: RunningServer, name: str) -> None:
    place = make_place(server)
    place.invite()
    session = place.plain()["Session"]
    answers = {
        "USERNAME": "jane",
        "SMS_MFA_CODE": "123456",
        "SOFTWARE_TOKEN_MFA_CODE": "123456",
        "DEVICE_KEY": "us-east-1_0a",
        "SRP_A": "1f",
        "ANSWER": "x",
    }
    assert refusal(lambda: place.respond(name, session, answers)) == SESSION


def test_a_password_longer_than_any(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    for password in (PASSWORD + "x" * 300, "x" * 100_000):
        assert refusal(lambda p=password: place.plain(password=p)) == WRONG


def test_a_new_password_longer_than_any(server: RunningServer) -> None:
    place = make_place(server)
    place.invite()
    session = place.plain()["Session"]
    answers = {**NEW, "NEW_PASSWORD": "Aa1!" + "x" * 253}
    code, _ = refusal(lambda: place.respond("NEW_PASSWORD_REQUIRED", session, answers))
    assert code == "InvalidPasswordException"


@pytest.mark.parametrize(
    "name", ["x" * 1000, "jane ", " jane", "jane\n", "' OR 1=1 --", "jane\u200b", "JANE"]
)
def test_names_that_are_nobody_s(server: RunningServer, name: str) -> None:
    place = make_place(server)
    place.person()
    unknown = "UserNotFoundException", "User does not exist."
    assert refusal(lambda: place.plain(name)) == unknown


def test_a_federated_looking_user_without_a_password(server: RunningServer) -> None:
    """A user that has no password cannot be signed in with an empty one."""
    place = make_place(server)
    place.person()
    assert refusal(lambda: place.plain(password="")) == WRONG


STRANGE = [
    "",
    " ",
    "x" * 100_000,
    "\ud7ff\uffff🐎",
    "٣٤٥",
    "-1",
    "0x1",
    "null",
    "{}",
    "\r\n",
    "A=" * 9,
    "1" * 5000,
]


@pytest.mark.parametrize("hides", ["LEGACY", "ENABLED"])
def test_strange_values_are_refused_in_the_service_s_words(server: RunningServer, hides: str) -> None:
    """And no answer is larger than a name could make it."""
    place = make_place(server, client={"PreventUserExistenceErrors": hides})
    place.person()
    srp = place.srp()
    begin = srp.get_auth_params()
    answers = srp.claim(srp.start())

    def start(**changed: str) -> tuple[int, int]:
        """Return the status, and the size of the block."""
        try:
            answer = srp.start(**changed)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"], 0
        return 200, len(answer["ChallengeParameters"]["SECRET_BLOCK"])

    for value in STRANGE:
        for name in begin:
            status, size = start(**{name: value})
            assert status in {200, 400}
            assert size < 8192
        for name in answers:
            code, _ = refusal(lambda n=name, v=value: srp.answer({**answers, n: v}))
            assert code in {"NotAuthorizedException", "InvalidParameterException"}
        server.clock.advance(1)
