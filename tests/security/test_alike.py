"""PreventUserExistenceErrors=ENABLED: the same answer for the same work, whether or not a user is there.

Time is not measured, but what takes it: turns at the gate before heavy computing, and statements.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from webauthn.helpers import base64url_to_bytes as unb64

from security.conftest import Production
from support.authenticator import MAILS
from support.passkeys import FACTORS, RP_ID, Holder, configure, options
from support.risk import on
from support.security_key import ES256, Key, make_key
from support.sign_in import ALL_FLOWS, PASSWORD, Choosing, Place, Srp

Act = Callable[[Place, str], Any]
WRONG = "Wrong-Horse-9"


def plain(place: Place, name: str) -> Any:
    return place.plain(name, WRONG)


def plain_by_admin(place: Place, name: str) -> Any:
    return place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": WRONG},
    )


def srp_begun(place: Place, name: str) -> Any:
    return _srp(place, name).start()


def srp_answered(place: Place, name: str) -> Any:
    srp = _srp(place, name)
    return srp.answer(srp.claim(srp.start()))


def _srp(place: Place, name: str) -> Srp:
    return place.srp(name, WRONG)


def custom(place: Place, name: str) -> Any:
    return place.idp.initiate_auth(
        ClientId=place.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": name}
    )


def confirm(place: Place, name: str) -> Any:
    return place.idp.confirm_sign_up(ClientId=place.client, Username=name, ConfirmationCode="none")


def forgot(place: Place, name: str) -> Any:
    return place.idp.forgot_password(ClientId=place.client, Username=name)


def forgot_finished(place: Place, name: str) -> Any:
    return place.idp.confirm_forgot_password(
        ClientId=place.client, Username=name, ConfirmationCode="none", Password=PASSWORD
    )


def forgot_then_finished(place: Place, name: str) -> Any:
    forgot(place, name)
    return forgot_finished(place, name)


def resend(place: Place, name: str) -> Any:
    return place.idp.resend_confirmation_code(ClientId=place.client, Username=name)


def choice(place: Place, name: str) -> Any:
    return Choosing(place, name).begin()


def chosen_password(place: Place, name: str) -> Any:
    return Choosing(place, name).prefer("PASSWORD", PASSWORD=WRONG)


def choice_then_password(place: Place, name: str) -> Any:
    way = Choosing(place, name)
    return way.choose(way.begin(), "PASSWORD", PASSWORD=WRONG)


def chosen_srp(place: Place, name: str) -> Any:
    srp = _srp(place, name)
    asked = Choosing(place, name).prefer("PASSWORD_SRP", SRP_A=srp.get_auth_params()["SRP_A"])
    return srp.answer(srp.claim(asked), Session=asked["Session"])


def chosen_code(place: Place, name: str) -> Any:
    return Choosing(place, name).prefer("EMAIL_OTP")


def choice_then_code(place: Place, name: str) -> Any:
    way = Choosing(place, name)
    return way.choose(way.begin(), "EMAIL_OTP")


def wrong_code(place: Place, name: str) -> Any:
    way = Choosing(place, name)
    return way.answer(way.prefer("EMAIL_OTP"), EMAIL_OTP_CODE="none")


def chosen_passkey(place: Place, name: str) -> Any:
    return Choosing(place, name).prefer("WEB_AUTHN")


def wrong_passkey(place: Place, name: str) -> Any:
    """Answer with a key of one's own under the id that is asked for."""
    holder = Holder(place, name)
    asked = holder.ask()
    wanted = unb64(options(asked)["allowCredentials"][0]["id"])
    key = Key(wanted, make_key(ES256)[0], RP_ID, b"")
    return holder.give(asked, holder.device.get(options(asked), key=key))


def somebody_of_none(place: Place, factor: str) -> str:
    """Return a name that is nobody's, and for which a factor is made up."""
    names = (f"nobody{number}" for number in range(64))
    return next(name for name in names if factor in choice(place, name)["AvailableChallenges"])


def outcome(act: Act, place: Place, name: str) -> tuple[int, str, str, frozenset[str], frozenset[str]]:
    """Return status, error, message, and the members of the answer and of what is inside."""
    try:
        answer = act(place, name)
    except ClientError as failed:
        answer = failed.response
    error = answer.get("Error", {})
    inside = {
        key for member in answer.values() if isinstance(member, dict) for key in member if member is not error
    }
    inside -= set(answer["ResponseMetadata"])
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status, error.get("Code", ""), error.get("Message", ""), frozenset(answer), frozenset(inside)


@pytest.fixture(params=[{}, on("ENFORCED")], ids=["plain", "protected"])
def place(production: Production, request: pytest.FixtureRequest) -> Place:
    """A pool with jane, who is confirmed, and an account that waits for its code; nothing in the background.

    Without threat protection and with.
    """
    production.server.application.background.stop()
    idp = production.client()
    pool = idp.create_user_pool(
        PoolName="people",
        AutoVerifiedAttributes=["email"],
        Policies=FACTORS,
        EmailConfiguration=MAILS,
        **request.param,
    )["UserPool"]["Id"]
    place = Place(production.server, idp, pool, "").another_client(
        PreventUserExistenceErrors="ENABLED", ExplicitAuthFlows=ALL_FLOWS
    )
    place.person("jane", email="jane@example.com", email_verified="true")
    configure(place, RelyingPartyId=RP_ID)
    Holder(place).register()
    place.person("disabled", email="disabled@example.com", email_verified="true")
    place.idp.admin_disable_user(UserPoolId=pool, Username="disabled")
    place.idp.sign_up(
        ClientId=place.client,
        Username="waiting",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "waiting@example.com"}],
    )
    for act in (plain, srp_answered):  # signing keys and connections are made at first need
        outcome(act, place, "warm-up")
    return place


ACTS: list[tuple[Act, str]] = [
    (plain, "jane"),
    (plain, "disabled"),
    (plain, "waiting"),
    (plain_by_admin, "jane"),
    (srp_begun, "jane"),
    (srp_answered, "jane"),
    (srp_answered, "disabled"),
    (custom, "jane"),
    (forgot, "jane"),
    (forgot, "disabled"),
    (forgot_finished, "jane"),
    (forgot_finished, "disabled"),
    (forgot_then_finished, "jane"),
    (forgot_then_finished, "disabled"),
    (resend, "waiting"),
    (resend, "jane"),
]

CHOSEN: list[tuple[Act, str]] = [
    (choice, "PASSWORD"),
    (chosen_password, "PASSWORD"),
    (choice_then_password, "PASSWORD"),
    (chosen_srp, "PASSWORD_SRP"),
    (chosen_code, "EMAIL_OTP"),
    (choice_then_code, "EMAIL_OTP"),
    (wrong_code, "EMAIL_OTP"),
    (chosen_passkey, "WEB_AUTHN"),
    (wrong_passkey, "WEB_AUTHN"),
]
"""What is done in USER_AUTH, and the factor that it takes."""


@pytest.mark.parametrize(("act", "known"), ACTS, ids=lambda part: getattr(part, "__name__", part))
def test_the_same_answer_for_the_same_work(place: Place, work: Counter[str], act: Act, known: str) -> None:
    assert worked(place, work, act, "nobody") == worked(place, work, act, known)


@pytest.mark.parametrize(("act", "factor"), CHOSEN, ids=lambda part: getattr(part, "__name__", part))
def test_the_same_in_a_sign_in_by_choice(place: Place, work: Counter[str], act: Act, factor: str) -> None:
    nobody = somebody_of_none(place, factor)
    made_up, real = (worked(place, work, act, name) for name in (nobody, "jane"))
    assert made_up == real
    assert real[0][1] in {"", "NotAuthorizedException", "CodeMismatchException"}


def worked(place: Place, work: Counter[str], act: Act, name: str) -> tuple[Any, Counter[str]]:
    """Return what came of it, and what was done for it."""
    work.clear()
    seen = outcome(act, place, name)
    place.server.services.couriers.wait(10)
    return seen, Counter(work)


def test_confirming_nobody_looks_like_confirming_who_has_no_code(place: Place) -> None:
    place.invite("codeless")
    assert outcome(confirm, place, "nobody")[1] == "ExpiredCodeException"
