"""The how-to's functions decrypt what a custom sender is told: in Python, and in Node with AWS's own client."""

import base64
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from docs.test_examples import blocks
from poolhouse.settings import SenderKey, Settings, Trigger, Triggers
from poolhouse.store import open_store
from support.node import FOLDER, NODE
from support.scripted import ScriptedClock
from support.senders import KEY
from support.server import running_server

PAGE = "docs/how-to/custom-senders.md"
RUN = """
import { handler } from "./handler.mjs";
console.log(JSON.stringify(await handler(JSON.parse(process.argv[2]))));
"""


def test_the_how_to(
    store_url: str, clock: ScriptedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up, function = blocks(PAGE)
    settings = tomllib.loads(blocks(PAGE, "toml")[0])["triggers"]
    file = tmp_path / "sender.key"
    file.write_text(base64.b64encode(KEY).decode())
    file.chmod(0o600)
    (key,) = settings["keys"]
    monkeypatch.setenv("KEY_ARN", key["arn"])
    monkeypatch.setenv("SENDER_KEY", file.read_text())
    module = ModuleType("our_sender")
    exec(function, module.__dict__)  # noqa: S102
    sent: list[tuple[str, str]] = []
    module.__dict__["send_mail"] = lambda *message: sent.append(message)
    events: list[dict[str, Any]] = []
    python = module.__dict__["handler"]
    module.__dict__["handler"] = lambda event: [events.append(event), python(event)][1]
    monkeypatch.setitem(sys.modules, "our_sender", module)

    def change(given: Settings) -> Settings:
        triggers = Triggers(
            map=tuple(Trigger(**entry) for entry in settings["map"]),
            keys=(SenderKey(arn=key["arn"], file=str(file)),),
        )
        return msgspec.structs.replace(given, triggers=triggers)

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        names: dict[str, Any] = {}
        exec(set_up.replace("http://localhost:9229", server.url), names)  # noqa: S102
        idp, pool = server.client(), names["pool"]["Id"]
        client = idp.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]["ClientId"]
        idp.admin_create_user(
            UserPoolId=pool,
            Username="jane",
            UserAttributes=[{"Name": "email", "Value": "jane@example.com"}],
            TemporaryPassword="Correct<&>Horse-9",
        )
        idp.sign_up(
            ClientId=client,
            Username="joan",
            Password="Correct-Horse-9",
            UserAttributes=[{"Name": "email", "Value": "joan@example.com"}],
        )
        server.services.couriers.wait(10)
        assert dict(sent)["jane@example.com"] == "Correct<&>Horse-9"
        (event,) = [event for event in events if event["userName"] == "joan"]
        by_node = in_node(tmp_path, event)
        assert by_node == {"to": "joan@example.com", "code": dict(sent)["joan@example.com"]}
        idp.confirm_sign_up(ClientId=client, Username="joan", ConfirmationCode=by_node["code"])


def in_node(folder: Path, event: dict[str, Any]) -> dict[str, str]:
    (handler,) = blocks(PAGE, "js")
    (folder / "handler.mjs").write_text(handler)
    (folder / "run.mjs").write_text(RUN)
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    ran = subprocess.run(
        [NODE, "run.mjs", json.dumps(event)],
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answer: dict[str, str] = json.loads(ran.stdout)
    return answer
