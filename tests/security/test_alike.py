"""PreventUserExistenceErrors=ENABLED: the same answer for the same work, whether or not a user is there.

Time is not measured, but what takes it: turns at the gate before heavy computing, and statements.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from poolhouse.keys.gate import Gate
from poolhouse.store.engine import Link
from security.conftest import Production
from support.sign_in import ALL_FLOWS, PASSWORD, Place, Srp

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


@pytest.fixture
def place(production: Production) -> Place:
    """A pool with jane, who is confirmed, and an account that waits for its code; nothing in the background."""
    production.server.application.background.stop()
    idp = production.client()
    pool = idp.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    place = Place(production.server, idp, pool, "").another_client(
        PreventUserExistenceErrors="ENABLED", ExplicitAuthFlows=ALL_FLOWS
    )
    place.person("jane", email="jane@example.com", email_verified="true")
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


@pytest.fixture
def work(production: Production, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what requests do, which they do all the same; other tests' servers may be at work, too."""
    counted: Counter[str] = Counter()
    engine = production.server.store._engine

    def watch(owner: type, name: str, label: str) -> None:
        method = getattr(owner, name)

        def counting(*args: Any, **options: Any) -> Any:
            mine = not isinstance(args[0], Link) or args[0]._compiled.__self__ is engine
            counted[label] += mine
            return method(*args, **options)

        monkeypatch.setattr(owner, name, counting)

    watch(Gate, "__enter__", "heavy")
    for name in ("all", "run", "many"):
        watch(Link, name, "statements")
    return counted


@pytest.mark.parametrize(("act", "known"), ACTS, ids=lambda part: getattr(part, "__name__", part))
def test_the_same_answer_for_the_same_work(place: Place, work: Counter[str], act: Act, known: str) -> None:
    def worked(name: str) -> tuple[Any, Counter[str]]:
        work.clear()
        seen = outcome(act, place, name)
        place.server.services.couriers.wait(10)
        return seen, Counter(work)

    assert worked("nobody") == worked(known)


def test_confirming_nobody_looks_like_confirming_who_has_no_code(place: Place) -> None:
    place.idp.admin_create_user(UserPoolId=place.pool, Username="codeless", MessageAction="SUPPRESS")
    assert outcome(confirm, place, "nobody")[1] == "ExpiredCodeException"
