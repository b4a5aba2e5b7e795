"""One address that guesses over many names is locked out, whichever way it guesses; its neighbours are not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from poolhouse.flows.locked import lift, locked_out
from poolhouse.settings import Settings
from poolhouse.store import open_store
from support.refusals import refusal
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import PASSWORD, WRONG, Place, make_place

FREE = 6
EXCEEDED = ("NotAuthorizedException", "Password attempts exceeded")
ATTACKER, NEIGHBOUR = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def server(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[RunningServer]:
    """A server behind a proxy, to whom few wrong answers are free."""

    def change(settings: Settings) -> Settings:
        return msgspec.structs.replace(
            settings,
            server=msgspec.structs.replace(settings.server, trust_forwarded=True),
            limits=msgspec.structs.replace(settings.limits, address_failures=FREE),
        )

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as running:
        yield running


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = make_place(server, AutoVerifiedAttributes=["email"])
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


def at(place: Place, address: str, **client: Any) -> Place:
    """Return the place as it is seen from an address, through the proxy."""
    there = place.another_client(**client)
    there.idp = place.server.client()

    def forwarded(request: Any, **_: Any) -> None:
        request.headers["X-Forwarded-For"] = f"10.1.1.1, {address}"

    there.idp.meta.events.register("before-send.cognito-idp.*", lambda request, **_: forwarded(request))
    return there


def plainly(place: Place, name: str) -> Any:
    return place.plain(name, "Wrong-Horse-9")


def by_srp(place: Place, name: str) -> Any:
    srp = place.srp(name, "Wrong-Horse-9")
    return srp.answer(srp.claim(srp.start()))


def by_code(place: Place, name: str) -> Any:
    return place.idp.confirm_forgot_password(
        ClientId=place.client, Username=name, ConfirmationCode="000000", Password=PASSWORD
    )


def spray(place: Place, guess: Callable[[Place, str], Any]) -> None:
    """Guess at another name each time, until it is locked."""
    for number in range(FREE + 1):
        name = f"user{number}"
        if guess is by_code:
            place.idp.forgot_password(ClientId=place.client, Username=name)
        assert refusal(guess, place, name) != EXCEEDED


def follow(place: Place, address: str, name: str, code: str = "000000") -> tuple[int, str]:
    """Open a confirmation link, through the proxy; return the status and the page."""
    query = {"client_id": place.client, "user_name": name, "confirmation_code": code}
    forwarded = {"X-Forwarded-For": f"10.1.1.1, {address}"}
    page = httpx2.get(f"{place.server.url}/confirmUser", params=query, headers=forwarded)
    return page.status_code, page.text


def test_attack_guessing_in_confirmation_links(place: Place) -> None:
    names = [f"user{number}" for number in range(FREE + 2)]
    for name in names:
        place.idp.sign_up(
            ClientId=place.client,
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
        )
    for name in names[:-1]:
        status, text = follow(place, ATTACKER, name)
        assert (status, "is not valid" in text) == (400, True)
    right = place.server.code(f"{names[-1]}@example.com")
    status, text = follow(place, ATTACKER, names[-1], right)
    assert (status, "too many attempts" in text) == (400, True)
    assert refusal(plainly, at(place, ATTACKER), "jane") == EXCEEDED
    assert follow(place, NEIGHBOUR, names[-1], right)[0] == 200


@pytest.mark.parametrize("guess", [plainly, by_srp, by_code])
@pytest.mark.parametrize("hiding", ["ENABLED", "LEGACY"])
def test_attack_guessing_over_many_names(place: Place, guess: Any, hiding: str) -> None:
    attacker = at(place, ATTACKER, PreventUserExistenceErrors=hiding)
    if hiding == "LEGACY":
        for number in range(FREE + 1):
            place.person(f"user{number}", email=f"user{number}@example.com", email_verified="true")
    spray(attacker, guess)
    for each in (plainly, by_code):
        assert refusal(each, attacker, "jane") == EXCEEDED
    assert refusal(attacker.plain, "jane", PASSWORD) == EXCEEDED, "a right one is told nothing, too"
    assert at(place, NEIGHBOUR).plain("jane")["AuthenticationResult"]
    place.server.clock.advance(1)
    assert attacker.plain("jane")["AuthenticationResult"]


def test_each_further_failure_doubles_the_lock(place: Place) -> None:
    attacker = at(place, ATTACKER, PreventUserExistenceErrors="ENABLED")
    spray(attacker, plainly)
    for number, seconds in enumerate((1, 2, 4, 8)):
        place.server.clock.advance(seconds - 0.5)
        assert refusal(plainly, attacker, f"other{number}") == EXCEEDED
        place.server.clock.advance(0.5)
        assert refusal(plainly, attacker, f"other{number}") == WRONG


def test_attack_taking_the_count_back_with_an_account_of_one_s_own(place: Place) -> None:
    attacker = at(place, ATTACKER, PreventUserExistenceErrors="ENABLED")
    for number in range(FREE + 1):
        assert refusal(plainly, attacker, f"user{number}") == WRONG
        if number < FREE:
            assert attacker.plain("jane")["AuthenticationResult"]
    assert refusal(attacker.plain, "jane", PASSWORD) == EXCEEDED


def test_attack_a_network_of_addresses(place: Place) -> None:
    hosts = [
        at(place, f"2001:db8:1:2::{number:x}", PreventUserExistenceErrors="ENABLED")
        for number in range(FREE + 1)
    ]
    for number, host in enumerate(hosts):
        assert refusal(plainly, host, f"user{number}") == WRONG
    assert refusal(plainly, hosts[0], "jane") == EXCEEDED
    assert at(place, "2001:db8:1:3::1").plain("jane")["AuthenticationResult"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "nonsense"])
def test_this_machine_and_what_is_no_address_do_not_count(place: Place, address: str) -> None:
    here = at(place, address, PreventUserExistenceErrors="ENABLED")
    spray(here, plainly)
    assert here.plain("jane")["AuthenticationResult"]


def test_servers_that_speak_for_many_people_do_not_count(place: Place) -> None:
    backend = at(place, ATTACKER, PreventUserExistenceErrors="ENABLED", GenerateSecret=True)
    spray(backend, plainly)
    assert backend.plain("jane")["AuthenticationResult"]


def told(place: Place, address: str, name: str, password: str = PASSWORD) -> Any:
    """Sign in through a server that tells its user's address."""
    return place.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=place.client,
        AuthParameters={"USERNAME": name, "PASSWORD": password}
        | ({"SECRET_HASH": place.hash(name)} if place.secret else {}),
        UserContextData={"IpAddress": address},
    )


def told_by_admin(place: Place, address: str, name: str, password: str = PASSWORD) -> Any:
    return place.idp.admin_initiate_auth(
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthParameters={"USERNAME": name, "PASSWORD": password}
        | ({"SECRET_HASH": place.hash(name)} if place.secret else {}),
        ContextData={"IpAddress": address, "ServerName": "app", "ServerPath": "/", "HttpHeaders": []},
    )


TELLING = {"GenerateSecret": True, "EnablePropagateAdditionalUserContextData": True}


def plus(server: RunningServer) -> Place:
    made = make_place(server, AutoVerifiedAttributes=["email"], UserPoolTier="PLUS")
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


@pytest.mark.parametrize("tell", [told, told_by_admin])
def test_attack_guessing_through_a_server_that_tells_whom_it_speaks_for(
    server: RunningServer, tell: Any
) -> None:
    backend = plus(server).another_client(PreventUserExistenceErrors="ENABLED", **TELLING)
    for number in range(FREE + 1):
        assert refusal(tell, backend, ATTACKER, f"user{number}") == WRONG
    assert refusal(tell, backend, ATTACKER, "jane") == EXCEEDED
    assert refusal(plainly, at(backend, ATTACKER), "jane") == EXCEEDED, "whichever way it comes"
    assert tell(backend, NEIGHBOUR, "jane")["AuthenticationResult"]
    assert backend.plain("jane")["AuthenticationResult"]


@pytest.mark.parametrize(
    ("tier", "client"),
    [
        ("PLUS", {}),
        ("PLUS", {"GenerateSecret": True}),
        ("ESSENTIALS", TELLING),
    ],
)
def test_attack_another_s_address_told_by_who_may_not(
    server: RunningServer, tier: str, client: dict[str, Any]
) -> None:
    """It neither locks that other one out nor frees who tells it."""
    place = plus(server)
    place.idp.update_user_pool(UserPoolId=place.pool, UserPoolTier=tier)
    attacker = at(place, ATTACKER, PreventUserExistenceErrors="ENABLED", **client)
    for number in range(FREE + 1):
        assert refusal(told, attacker, NEIGHBOUR, f"user{number}", "Wrong-Horse-9") == WRONG
    public = {"PreventUserExistenceErrors": "ENABLED"}
    assert at(place, NEIGHBOUR, **public).plain("jane")["AuthenticationResult"]
    if not client:
        assert refusal(told, attacker, NEIGHBOUR, "jane") == EXCEEDED


def test_attack_an_address_told_with_a_wrong_secret(server: RunningServer) -> None:
    backend = plus(server).another_client(PreventUserExistenceErrors="ENABLED", **TELLING)
    thief = Place(server, backend.idp, backend.pool, backend.client, "not the secret")
    for number in range(FREE + 2):
        error, message = refusal(told, thief, NEIGHBOUR, f"user{number}")
        assert (error, message[:21]) == ("NotAuthorizedException", "Unable to verify secr")
    assert told(backend, NEIGHBOUR, "jane")["AuthenticationResult"]


@pytest.mark.parametrize("tell", [told, told_by_admin])
@pytest.mark.parametrize("address", ["nonsense", "203.0.113.7/24", "", "1" * 99])
def test_what_a_server_tells_that_is_no_address_counts_for_nothing(
    server: RunningServer, tell: Any, address: str
) -> None:
    backend = plus(server).another_client(PreventUserExistenceErrors="ENABLED", **TELLING)
    for number in range(FREE + 1):
        assert refusal(tell, backend, address, f"user{number}") == WRONG
    assert tell(backend, address, "jane")["AuthenticationResult"]


def test_operators_see_the_lock_and_lift_it(place: Place) -> None:
    attacker = at(place, ATTACKER, PreventUserExistenceErrors="ENABLED")
    spray(attacker, plainly)
    services = place.server.services
    (found,) = locked_out(services.store, services.settings, services.clock.now())
    assert (found.pool_id, found.subject, found.seconds) == (place.pool, f"address/{ATTACKER}", 1.0)
    assert b"poolhouse_locked_out 1.0" in place.server.application.requests.exposition()
    assert lift(services.store, place.pool, f"address/{ATTACKER}")
    assert attacker.plain("jane")["AuthenticationResult"]
    assert not lift(services.store, place.pool, f"address/{ATTACKER}")


def test_operators_lift_a_user_s_lock_by_name(place: Place) -> None:
    for _ in range(5):
        assert refusal(plainly, place, "jane") == WRONG
    assert refusal(place.plain) == EXCEEDED
    services = place.server.services
    assert len(locked_out(services.store, services.settings, services.clock.now())) == 1
    assert lift(services.store, place.pool, "jane")
    assert place.plain()["AuthenticationResult"]
