"""A sign-in between its factors outlives a restart, and goes on in another process; a code counts in one alone."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from poolhouse.store import open_store
from support.authenticator import Authenticator, answer, mfa_place, prefer, set_mfa, signed_in, with_app
from support.people import at_once
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import Place

Start = Callable[[], AbstractContextManager[RunningServer]]


@pytest.fixture
def start(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Start:
    """Starts a server over the one database."""
    return lambda: running_server(open_store(store_url, clock), tmp_path, clock)


@pytest.fixture
def place(start: Start) -> Iterator[Place]:
    with start() as server:
        yield mfa_place(server, "OPTIONAL", "SMS_MFA", "SOFTWARE_TOKEN_MFA")


def at(server: RunningServer, place: Place) -> Place:
    """Return the same pool, as another process serves it."""
    return replace(place, server=server, idp=server.client())


def test_a_session_outlives_a_restart(start: Start) -> None:
    with start() as server:
        before = mfa_place(server, "OPTIONAL", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
        app = with_app(before)
        prefer(before, "SMS_MFA")
        asked = before.plain()
    with start() as server:
        after = at(server, before)
        chosen = answer(after, asked, ANSWER="SOFTWARE_TOKEN_MFA")
    with start() as server:
        assert signed_in(answer(at(server, before), chosen, SOFTWARE_TOKEN_MFA_CODE=app.code()))


def test_another_process_goes_on(start: Start, place: Place) -> None:
    with start() as server:
        other = at(server, place)
        place.person("guest")
        set_mfa(place, "ON", "SOFTWARE_TOKEN_MFA")
        server.clock.advance(3)  # what a process knows of a pool is two seconds old at most
        begun = other.idp.associate_software_token(Session=place.plain("guest")["Session"])
        app = Authenticator(begun["SecretCode"], server.clock)
        verify = place.idp.verify_software_token
        session = verify(Session=begun["Session"], UserCode=app.code())["Session"]
        assert signed_in(other.respond("MFA_SETUP", session, {"USERNAME": "guest"}))


def test_attack_a_code_in_two_processes_at_the_same_moment(start: Start, place: Place) -> None:
    app = with_app(place)
    with start() as server:
        other = at(server, place)
        sign_ins = [(one, one.plain()) for one in (place, other) * 3]
        code = app.code()
        results = at_once(
            *(lambda o=one, a=asked: answer(o, a, SOFTWARE_TOKEN_MFA_CODE=code) for one, asked in sign_ins)
        )
    told = Counter("in" if isinstance(r, dict) else r.response["Error"]["Code"] for r in results)
    assert told == {"in": 1, "ExpiredCodeException": 5}


def test_attack_guesses_in_two_processes(start: Start, place: Place) -> None:
    app = with_app(place)
    with start() as server:
        other = at(server, place)
        sign_ins = [(one, one.plain()) for one in (place, other) * 5]
        wrong = app.wrong()
        results = at_once(
            *(lambda o=one, a=asked: answer(o, a, SOFTWARE_TOKEN_MFA_CODE=wrong) for one, asked in sign_ins)
        )
    told = Counter(r.response["Error"]["Code"] for r in results)
    assert told == {"CodeMismatchException": 5, "NotAuthorizedException": 5}
