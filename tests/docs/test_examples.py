"""The examples in the documents run as they stand, but for the server's address."""

import re
import sys
import time
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec import structs

from domain.test_images import PNG, svg
from poolhouse.outbound import webhook
from poolhouse.settings import LogDestination, Logs, Settings, Trigger
from poolhouse.store import open_store
from support.authenticator import Authenticator, set_mfa
from support.devices import TRACKED
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import PASSWORD, make_place
from support.visitor import Visitor, hosted_place

_ROOT = Path(__file__).parents[2]


def blocks(document: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (_ROOT / document).read_text(), re.DOTALL)


@pytest.fixture
def clock() -> ScriptedClock:
    """pycognito brings the machine's own time with it."""
    return ScriptedClock(round(time.time(), 3))


def run(server: RunningServer, document: str, **names: Any) -> dict[str, Any]:
    """Run a document's Python, a block after another; return what it leaves behind."""

    def typed(_prompt: str) -> str:
        mail = server.mails()[-1]
        return re.findall(r"\b\d{6}\b", mail["body"])[-1]

    names |= {"input": typed}
    for block in blocks(document):
        here = block.replace("http://localhost:9229", server.url).replace('Code="123456"', 'Code=input("")')
        exec(compile(here, document, "exec"), names)  # noqa: S102
    return names


def test_readme(server: RunningServer) -> None:
    left = run(server, "README.md")
    assert server.mails("sue@example.com")
    assert left["idp"].admin_get_user(UserPoolId=left["pool"]["Id"], Username="sue")


def test_logs_sent_on(store_url: str, clock: ScriptedClock, tmp_path: Path) -> None:
    entries = tomllib.loads(blocks("docs/how-to/log-delivery.md", "toml")[0])["logs"]["map"]
    mapped = tuple(LogDestination(**entry) for entry in entries)

    def with_destinations(settings: Settings) -> Settings:
        return structs.replace(settings, logs=Logs(map=mapped))

    with running_server(open_store(store_url, clock), tmp_path, clock, with_destinations) as server:
        left = run(server, "docs/how-to/log-delivery.md")
        asked = left["idp"].get_log_delivery_configuration(UserPoolId=left["pool"]["Id"])
        assert len(asked["LogDeliveryConfiguration"]["LogConfigurations"]) == 1


def test_first_steps(server: RunningServer) -> None:
    left = run(server, "docs/tutorial/first-steps.md")
    attributes = left["idp"].get_user(AccessToken=left["tokens"]["AccessToken"])["UserAttributes"]
    told = {attribute["Name"]: attribute["Value"] for attribute in attributes}
    assert told.pop("sub")
    assert told == {
        "email": "sue.new@example.com",
        "email_verified": "true",
        "custom:department": "Research",
    }


def test_boto3(server: RunningServer) -> None:
    idp = server.client()
    pool = idp.create_user_pool(
        PoolName="mine",
        Schema=[{"Name": "department", "AttributeDataType": "String", "Mutable": True}],
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )["UserPool"]["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    idp.admin_create_user(UserPoolId=pool, Username="sue", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="sue", Password="Correct-Horse-7", Permanent=True)
    left = run(server, "docs/how-to/boto3.md", client_id=client, pool_id=pool)
    assert len(left["answer"]["CodeDeliveryDetailsList"]) == 1


def test_second_factors(server: RunningServer) -> None:
    place = make_place(server)
    place.person("sue")

    def app(secret: str) -> str:
        server.clock.advance(30)
        return Authenticator(secret, server.clock).code()

    names = {
        "idp": place.idp,
        "pool_id": place.pool,
        "client_id": place.client,
        "username": "sue",
        "password": PASSWORD,
        "access_token": place.plain("sue")["AuthenticationResult"]["AccessToken"],
        "app": app,
    }
    *signed_up, setting_up = blocks("docs/how-to/mfa.md")
    for block in signed_up:
        exec(block, names)  # noqa: S102
    assert names.pop("tokens")["IdToken"]
    set_mfa(place, "ON", "SOFTWARE_TOKEN_MFA")
    place.person("new")
    names |= {"username": "new", "asked": place.plain("new")}
    exec(setting_up, names)  # noqa: S102
    assert names["done"]["AuthenticationResult"]["IdToken"]


def test_challenges_of_your_own(
    store_url: str, clock: ScriptedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions, *steps = blocks("docs/how-to/custom-challenges.md")
    module = ModuleType("our_challenges")
    exec(functions, module.__dict__)  # noqa: S102
    sent: list[str] = []
    module.__dict__["send"] = lambda _user, code: sent.append(code)
    monkeypatch.setitem(sys.modules, "our_challenges", module)
    mapped = tomllib.loads(blocks("docs/how-to/custom-challenges.md", "toml")[0])["triggers"]["map"]

    def with_functions(settings: Settings) -> Settings:
        triggers = structs.replace(settings.triggers, map=tuple(Trigger(**entry) for entry in mapped))
        return structs.replace(settings, triggers=triggers)

    with running_server(open_store(store_url, clock), tmp_path, clock, with_functions) as server:

        def sign_in(name: str, *answers: str) -> dict[str, Any]:
            typed = iter(answers)
            names["input"] = lambda _hint: next(typed, "") or sent[-1]
            exec(steps[1].replace('"sue"', repr(name)), names)  # noqa: S102
            return names["tokens"]

        names: dict[str, Any] = {"idp": server.client()}
        exec(steps[0], names)  # noqa: S102
        assert sign_in("sue", "wrong")["IdToken"]
        for name in ("sue", "nobody"):
            with pytest.raises(names["idp"].exceptions.NotAuthorizedException):
                sign_in(name, *["12345"] * 3)
        assert len(sent) == 2


def test_devices(server: RunningServer) -> None:
    place = make_place(server, **TRACKED)
    place.person("sue", "Correct-Horse-7")
    run(server, "docs/how-to/devices.md", idp=place.idp, client_id=place.client, pool_id=place.pool)
    assert place.idp.admin_list_devices(UserPoolId=place.pool, Username="sue")["Devices"] == []


def test_a_webhooks_receiver() -> None:
    names: dict[str, Any] = {}
    exec(blocks("docs/how-to/triggers.md")[-1], names)  # noqa: S102
    secret, body = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", b'{"triggerSource": "PreSignUp_SignUp"}'
    headers = webhook.headers(webhook.key(secret), "id", int(time.time()), body)
    assert names["is_genuine"](headers, body, secret)
    assert not names["is_genuine"](headers, body + b" ", secret)
    stale = webhook.headers(webhook.key(secret), "id", int(time.time()) - 301, body)
    assert not names["is_genuine"](stale, body, secret)


def test_branding_and_terms(server: RunningServer) -> None:
    place = hosted_place(server)
    domain = place.idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]["Domain"]
    names = {"idp": place.idp, "pool_id": place.pool, "client_id": place.client, "domain": domain}
    drawing = svg("<g/>")
    run(server, "docs/how-to/branding.md", **names, logo=drawing, background=drawing, picture=PNG)
    run(server, "docs/how-to/terms.md", **names)
    assert "#14532d" in Visitor(place).get("/login").text
    assert "https://example.com/de/terms-of-use" in Visitor(place).get("/signup", lang="de").text
