"""Passwords that others know: refused where they are set, voided where they sign in, and only noted in AUDIT."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from poolhouse.settings import Settings
from poolhouse.store import open_store
from support.refusals import refusal
from support.risk import by_admin, configure, events, exceptions, on, protected, summary
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import PASSWORD, WRONG, Choosing, Place, make_place
from support.visitor import Visitor, hosted_place

KNOWN = "P@ssw0rd-1"
REFUSED = ("InvalidPasswordException", "Provided password cannot be used for security reasons.")
RESET = ("PasswordResetRequiredException", "Password reset required for the user")


@pytest.fixture
def server(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[RunningServer]:
    """A server with a list of one password."""
    digest = hashlib.sha1(KNOWN.encode(), usedforsecurity=False).hexdigest().upper()
    folder = tmp_path / "ranges"
    folder.mkdir()
    (folder / f"{digest[:5]}.txt").write_bytes(f"{'0' * 35}:3\r\n{digest[5:]}:42\r\n".encode())

    def change(settings: Settings) -> Settings:
        passwords = msgspec.structs.replace(settings.passwords, compromised=str(folder))
        return msgspec.structs.replace(settings, passwords=passwords)

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as running:
        yield running


def credentials(action: str = "BLOCK", *events: str) -> dict[str, Any]:
    filtered = {"EventFilter": list(events)} if events else {}
    return {"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": action}, **filtered}}


@pytest.fixture
def place(server: RunningServer) -> Place:
    """A pool that blocks; jane's password is known, sue's is not."""
    made = protected(server, AutoVerifiedAttributes=["email"])
    made.person("jane", KNOWN, email="jane@example.com", email_verified="true")
    made.person("sue", email="sue@example.com", email_verified="true")
    configure(made, **credentials())
    return made


def status(place: Place, name: str = "jane") -> str:
    return str(place.idp.admin_get_user(UserPoolId=place.pool, Username=name)["UserStatus"])


def plainly(place: Place) -> Any:
    return place.plain(password=KNOWN)


def as_admin(place: Place) -> Any:
    return by_admin(place, "203.0.113.7", password=KNOWN)


def by_choice(place: Place) -> Any:
    return Choosing(place).prefer("PASSWORD", PASSWORD=KNOWN)


@pytest.mark.parametrize("sign_in", [plainly, as_admin, by_choice], ids=lambda act: act.__name__)
def test_a_known_password_signs_nobody_in_and_is_void(place: Place, sign_in: Callable[[Place], Any]) -> None:
    assert refusal(sign_in, place) == RESET
    assert status(place) == "RESET_REQUIRED"
    (event,) = events(place)
    assert summary(event) == ("SignIn", "Fail", [("Password", "Success")])
    assert event["EventRisk"] == {"RiskDecision": "Block", "CompromisedCredentialsDetected": True}


def test_a_code_and_another_password_mend_it(place: Place) -> None:
    refusal(plainly, place)
    named = {"ClientId": place.client, "Username": "jane"}
    place.idp.forgot_password(**named)
    finish = place.idp.confirm_forgot_password
    code = place.server.code("jane@example.com")
    assert refusal(finish, **named, ConfirmationCode=code, Password=KNOWN) == REFUSED
    refused = events(place, kind="ForgotPassword")
    assert any(event["EventRisk"]["CompromisedCredentialsDetected"] for event in refused)
    finish(**named, ConfirmationCode=code, Password=PASSWORD)
    assert place.plain()["AuthenticationResult"]


def test_with_srp_nobody_knows_the_password(place: Place) -> None:
    srp = place.srp(password=KNOWN)
    assert srp.answer(srp.claim(srp.start()))["AuthenticationResult"]
    assert status(place) == "CONFIRMED"


def test_attack_whoever_guesses_from_the_list_keeps_nobody_out(place: Place) -> None:
    assert refusal(place.plain, "sue", KNOWN) == WRONG
    assert status(place, "sue") == "CONFIRMED"
    assert place.plain("sue")["AuthenticationResult"]


def test_attack_the_list_tells_nobody_who_exists(place: Place) -> None:
    hiding = place.another_client(PreventUserExistenceErrors="ENABLED")
    assert refusal(hiding.plain, "nobody", KNOWN) == refusal(hiding.plain, "sue", KNOWN) == WRONG


def test_attack_during_a_lock_it_is_neither_told_nor_voided(place: Place) -> None:
    for _ in range(6):
        refusal(place.plain, password="Wrong-Horse-9")
    assert refusal(plainly, place)[1] == "Password attempts exceeded"
    assert status(place) == "CONFIRMED"


def test_nobody_registers_with_it(place: Place) -> None:
    named = {"ClientId": place.client, "Username": "joe"}
    assert refusal(place.idp.sign_up, **named, Password=KNOWN) == REFUSED
    assert (
        refusal(place.idp.admin_get_user, UserPoolId=place.pool, Username="joe")[0] == "UserNotFoundException"
    )
    place.idp.sign_up(**named, Password=PASSWORD)


def test_nobody_changes_to_it(place: Place) -> None:
    token = place.plain("sue")["AuthenticationResult"]["AccessToken"]
    change = place.idp.change_password
    wrong = {"PreviousPassword": "Wrong-Horse-9", "ProposedPassword": KNOWN}
    assert refusal(change, AccessToken=token, **wrong) == WRONG
    assert refusal(change, AccessToken=token, **{**wrong, "PreviousPassword": PASSWORD}) == REFUSED
    assert [summary(event)[:2] for event in events(place, "sue", "PasswordChange")] == [
        ("PasswordChange", "Fail")
    ] * 2


def test_nobody_puts_it_in_an_administrator_s_place(place: Place) -> None:
    place.invite("joe")
    asked = place.plain("joe")
    answers = {"USERNAME": "joe", "NEW_PASSWORD": KNOWN}
    assert refusal(place.respond, asked["ChallengeName"], asked["Session"], answers) == REFUSED
    assert place.respond(
        asked["ChallengeName"], asked["Session"], {**answers, "NEW_PASSWORD": "Another-Horse-9"}
    )


def test_only_the_events_that_are_filtered_for(place: Place) -> None:
    configure(place, **credentials("BLOCK", "SIGN_UP"))
    assert plainly(place)["AuthenticationResult"]
    assert refusal(place.idp.sign_up, ClientId=place.client, Username="joe", Password=KNOWN) == REFUSED
    configure(place, **credentials("BLOCK", "SIGN_IN"))
    place.idp.sign_up(ClientId=place.client, Username="joe", Password=KNOWN)


@pytest.mark.parametrize("config", [credentials("NO_ACTION"), {}], ids=["NO_ACTION", "unconfigured"])
def test_without_blocking_it_is_noted(place: Place, config: dict[str, Any]) -> None:
    configure(place, **config)
    assert plainly(place)["AuthenticationResult"]
    (event,) = events(place)
    assert event["EventRisk"] == {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": True}


def test_audit_notes_it_and_decides_nothing(server: RunningServer) -> None:
    place = protected(server, "AUDIT")
    place.person("jane", KNOWN)
    configure(place, **credentials())
    assert plainly(place)["AuthenticationResult"]
    assert events(place)[0]["EventRisk"]["CompromisedCredentialsDetected"]
    place.idp.sign_up(ClientId=place.client, Username="joe", Password=KNOWN)
    assert events(place, "joe")[0]["EventRisk"]["CompromisedCredentialsDetected"]


def test_without_threat_protection_nothing_is_looked_up(server: RunningServer) -> None:
    place = make_place(server)
    place.person("jane", KNOWN)
    assert plainly(place)["AuthenticationResult"]
    place.idp.sign_up(ClientId=place.client, Username="joe", Password=KNOWN)


def test_a_skipped_range_lets_no_compromised_password_through(place: Place) -> None:
    configure(place, **credentials(), **exceptions(skipped=["0.0.0.0/0"]))
    assert refusal(plainly, place) == RESET


def test_pages_ask_for_another_password(server: RunningServer) -> None:
    place = hosted_place(server, **on("ENFORCED"), AutoVerifiedAttributes=["email"])
    place.person("jane", KNOWN, email="jane@example.com", email_verified="true")
    configure(place, **credentials())
    page = Visitor(place).sign_in(password=KNOWN)
    assert page.status_code == 200
    assert status(place) == "RESET_REQUIRED"


def test_a_list_that_is_gone_keeps_nobody_out_and_is_told_of(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "ranges"
    folder.rename(tmp_path / "elsewhere")
    assert plainly(place)["AuthenticationResult"]
    assert b"compromised_passwords_unreadable" in b"".join(place.server.log)
