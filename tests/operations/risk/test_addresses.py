"""Blocked ranges: nobody comes through from there, whichever way; and nobody gets round them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from werkzeug.test import TestResponse

from poolhouse.settings import Settings
from poolhouse.store import open_store
from support.authenticator import set_mfa, with_app
from support.refusals import refusal
from support.risk import by_admin, configure, events, exceptions, on, protected
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import PASSWORD, Choosing, Place
from support.visitor import Visitor, forms, hosted_place

REFUSED = ("NotAuthorizedException", "Request not allowed due to security reasons.")
HERE, EVERYWHERE = ["127.0.0.0/8"], ["0.0.0.0/0", "::/0"]
ATTACKER, USER = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = protected(server, AutoVerifiedAttributes=["email"])
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


def sign_up(place: Place) -> Any:
    return place.idp.sign_up(ClientId=place.client, Username="sue", Password=PASSWORD)


def confirm(place: Place) -> Any:
    return place.idp.confirm_sign_up(ClientId=place.client, Username="jane", ConfirmationCode="1")


def resend(place: Place) -> Any:
    return place.idp.resend_confirmation_code(ClientId=place.client, Username="jane")


def forgot(place: Place) -> Any:
    return place.idp.forgot_password(ClientId=place.client, Username="jane")


def finish(place: Place) -> Any:
    return place.idp.confirm_forgot_password(
        ClientId=place.client, Username="jane", ConfirmationCode="1", Password=PASSWORD
    )


def srp(place: Place) -> Any:
    return place.srp().start()


def choice(place: Place) -> Any:
    return Choosing(place).begin()


def nobody(place: Place) -> Any:
    return place.plain("nobody")


@pytest.mark.parametrize(
    "act",
    [Place.plain, srp, choice, nobody, sign_up, confirm, resend, forgot, finish],
    ids=lambda act: act.__name__,
)
def test_a_blocked_address_gets_nothing(place: Place, act: Callable[[Place], Any]) -> None:
    configure(place, **exceptions(blocked=HERE))
    assert refusal(act, place) == REFUSED


def test_what_was_begun_elsewhere_does_not_go_on_from_there(place: Place) -> None:
    by_srp = place.srp()
    started = by_srp.start()
    configure(place, **exceptions(blocked=HERE))
    assert refusal(by_srp.answer, by_srp.claim(started)) == REFUSED
    configure(place)
    assert by_srp.answer(by_srp.claim(started))["AuthenticationResult"]


def test_it_is_recorded(place: Place) -> None:
    configure(place, **exceptions(blocked=HERE))
    refusal(place.plain)
    (event,) = events(place)
    assert event["EventResponse"] == "Fail"
    assert event["EventRisk"]["RiskDecision"] == "Block"


def test_pages_refuse_it_too(server: RunningServer) -> None:
    place = hosted_place(server, **on("ENFORCED"))
    place.person()
    configure(place, **exceptions(blocked=HERE))
    visitor = Visitor(place)

    def sign_in() -> TestResponse:
        form = forms(visitor.get("/login"))[0]
        typed = {**form.fields, "username": "jane", "password": PASSWORD}
        return visitor.post(form.action, typed, environ_base={"REMOTE_ADDR": "127.0.0.1"})

    page = sign_in()
    assert page.status_code == 200
    assert "This cannot be done here." in page.text
    configure(place)
    assert sign_in().status_code == 302


def test_audit_refuses_nobody(server: RunningServer) -> None:
    place = protected(server, "AUDIT")
    place.person()
    configure(place, **exceptions(blocked=EVERYWHERE))
    assert place.plain()["AuthenticationResult"]


def test_a_client_s_configuration_takes_the_place_of_the_pool_s(place: Place) -> None:
    other = place.another_client()
    configure(place, **exceptions(blocked=HERE))
    configure(other, of_client=True, **exceptions(blocked=["192.0.2.0/24"]))
    assert refusal(place.plain) == REFUSED
    assert other.plain()["AuthenticationResult"]


def test_blocked_wins_over_skipped(place: Place) -> None:
    configure(place, **exceptions(blocked=HERE, skipped=EVERYWHERE))
    assert refusal(place.plain) == REFUSED


def test_of_an_administrator_s_request_the_user_s_address_counts_and_not_their_own(place: Place) -> None:
    configure(place, **exceptions(blocked=[*HERE, "203.0.113.0/24"]))
    assert refusal(by_admin, place, ATTACKER) == REFUSED
    assert refusal(by_admin, place, f"::ffff:{ATTACKER}") == REFUSED
    assert by_admin(place, USER)["AuthenticationResult"]
    untold = place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
    )
    assert untold["AuthenticationResult"]


def test_attack_a_client_without_a_secret_tells_another_address(place: Place) -> None:
    configure(place, **exceptions(blocked=HERE))
    parameters = {"USERNAME": "jane", "PASSWORD": PASSWORD}
    named = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": place.client, "AuthParameters": parameters}
    assert refusal(place.idp.initiate_auth, **named, UserContextData={"IpAddress": USER}) == REFUSED


def test_a_client_with_a_secret_tells_its_user_s_address(place: Place) -> None:
    server_side = place.another_client(GenerateSecret=True, EnablePropagateAdditionalUserContextData=True)
    configure(place, **exceptions(blocked=["203.0.113.0/24"]))
    parameters = {"USERNAME": "jane", "PASSWORD": PASSWORD, "SECRET_HASH": server_side.hash("jane")}
    named = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": server_side.client, "AuthParameters": parameters}
    ask = place.idp.initiate_auth
    assert (
        refusal(ask, **named, UserContextData={"IpAddress": ATTACKER, "EncodedData": "AmazonCognito"})
        == REFUSED
    )
    assert ask(**named, UserContextData={"IpAddress": USER})["AuthenticationResult"]


def forwarding(idp: Any, addresses: str) -> None:
    """Have a client's requests name addresses in X-Forwarded-For."""

    def forward(request: Any, **_: Any) -> None:
        request.headers["X-Forwarded-For"] = addresses

    idp.meta.events.register("before-send.cognito-idp.*", forward)


def test_attack_x_forwarded_for_of_whom_nobody_trusts(place: Place) -> None:
    configure(place, **exceptions(blocked=HERE))
    forwarding(place.idp, USER)
    assert refusal(place.plain) == REFUSED


def test_attack_an_address_put_before_the_proxy_s_own_word(
    store_url: str, clock: ScriptedClock, tmp_path: Path
) -> None:
    def trust(settings: Settings) -> Settings:
        return msgspec.structs.replace(
            settings, server=msgspec.structs.replace(settings.server, trust_forwarded=True)
        )

    with running_server(open_store(store_url, clock), tmp_path, clock, trust) as server:
        place = protected(server)
        place.person()
        configure(place, **exceptions(blocked=["203.0.113.0/24"]))
        forwarding(place.idp, f"{USER}, {ATTACKER}")
        assert refusal(place.plain) == REFUSED


def test_attack_an_allowed_range_does_not_lift_mfa(place: Place) -> None:
    set_mfa(place, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
    with_app(place)
    configure(place, **exceptions(skipped=EVERYWHERE))
    assert place.plain()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert by_admin(place, USER)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
