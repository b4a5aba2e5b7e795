"""`make bench-peers`: the same journey on other emulators and on Poolhouse, in one run, from outside.

The others are black boxes: installed into throw-away environments under build/peers, driven over HTTP only. All
are run as developers run them, which for Poolhouse is `--dev`: durable all the same. The calls carry a signature
that none of them checks.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.load import drive
from bench.population import PASSWORD
from bench.servers import UNCHECKED, Running, free_port, poolhouse, running

_MOTO, _MINISTACK, _COGNITO_LOCAL = "5.2.5", "1.5.33", "5.3.0"
_BUILD = Path("build/peers").absolute()
_USERS = 200
_SIGNED_IN = 8
_CALLERS = 8
_SECONDS = 4


def python_tool(name: str, requirement: str, tool: str) -> str:
    """Install a package into an environment of its own; return the path of its command."""
    home = _BUILD / name
    if not (home / "bin" / tool).exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(home / "bin/python"), "-m", "pip", "install", "-q", requirement], check=True)
    return str(home / "bin" / tool)


def npm_package(name: str, version: str) -> Path:
    """Install a package into a folder of its own; return the folder.

    Raises:
        RuntimeError: npm is not there.
    """
    home = _BUILD / name
    if not (home / "node_modules" / name).exists():
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("npm is not there")
        home.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--prefix", str(home), f"{name}@{version}"]
        subprocess.run(command, check=True)
    return home


@contextmanager
def _moto() -> Iterator[Running]:
    tool = python_tool("moto", f"moto[server,cognitoidp]=={_MOTO}", "moto_server")
    with TemporaryDirectory() as folder:
        port = free_port()
        with running([tool, "-p", str(port)], Path(folder), port) as server:
            yield server


@contextmanager
def _ministack() -> Iterator[Running]:
    tool = python_tool("ministack", f"ministack=={_MINISTACK}", "ministack")
    with TemporaryDirectory() as folder:
        port = free_port()
        with running([tool], Path(folder), port, environment={"GATEWAY_PORT": str(port)}) as server:
            yield server


@contextmanager
def _cognito_local() -> Iterator[Running]:
    tool = npm_package("cognito-local", _COGNITO_LOCAL) / "node_modules/.bin/cognito-local"
    with TemporaryDirectory() as folder:
        port = free_port()
        with running([str(tool)], Path(folder), port, environment={"PORT": str(port)}) as server:
            yield server


SERVERS: dict[str, Callable[[], Any]] = {
    "Poolhouse": poolhouse,
    f"moto {_MOTO}": _moto,
    f"ministack {_MINISTACK}": _ministack,
    f"cognito-local {_COGNITO_LOCAL}": _cognito_local,
}


def journey(server: Running) -> dict[str, str]:
    """Take the journey; return what each step did."""
    cells = {"ready after": f"{server.started_in * 1000:,.0f} ms"}
    pool = server.call("CreateUserPool", UNCHECKED, PoolName="bench", UsernameAttributes=["email"])[
        "UserPool"
    ]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = server.call(
        "CreateUserPoolClient", UNCHECKED, UserPoolId=pool, ClientName="bench", ExplicitAuthFlows=flows
    )["UserPoolClient"]["ClientId"]
    names = [f"user{number:04d}@example.com" for number in range(_USERS)]
    for name in names:
        attributes = [
            {"Name": "email", "Value": name},
            {"Name": "given_name", "Value": name[:8]},
        ]
        user = {"UserPoolId": pool, "Username": name}
        server.call("AdminCreateUser", UNCHECKED, **user, UserAttributes=attributes, MessageAction="SUPPRESS")
    for name in names[:_SIGNED_IN]:
        user = {"UserPoolId": pool, "Username": name}
        server.call("AdminSetUserPassword", UNCHECKED, **user, Password=PASSWORD, Permanent=True)
    sign_ins = [
        {
            "ClientId": client,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD},
        }
        for name in names[:_SIGNED_IN]
    ]
    tokens = [server.call("InitiateAuth", **body)["AuthenticationResult"]["AccessToken"] for body in sign_ins]
    page = {"UserPoolId": pool, "Limit": 60}
    runs: dict[str, tuple[str, list[dict[str, Any]], Callable[[], str]]] = {
        "password sign-in": ("InitiateAuth", sign_ins, lambda: ""),
        "UpdateUserAttributes": (
            "UpdateUserAttributes",
            [
                {"AccessToken": token, "UserAttributes": [{"Name": "nickname", "Value": f"n{number}"}]}
                for number in range(4)
                for token in tokens
            ],
            lambda: "",
        ),
        "GetUser": (
            "GetUser",
            [{"AccessToken": token} for token in tokens],
            lambda: _shows_nickname(server, tokens[0]),
        ),
        "ListUsers, page of 60": ("ListUsers", [page], lambda: _pages(server, page)),
        "ListUsers, equality": (
            "ListUsers",
            [{**page, "Filter": 'given_name = "user0007"'}],
            lambda: _finds(server, {**page, "Filter": 'given_name = "user0007"'}, 1),
        ),
        "ListUsers, prefix": (
            "ListUsers",
            [{**page, "Filter": 'email ^= "user00"'}],
            lambda: _finds(server, {**page, "Filter": 'email ^= "user00"'}, 60),
        ),
    }
    for what, (operation, bodies, check) in runs.items():
        cells[what] = _measure(server, operation, bodies, check)
    cells["memory at the end"] = f"{server.memory_mb():,.0f} MB"
    return cells


def _measure(server: Running, operation: str, bodies: list[dict[str, Any]], check: Callable[[], str]) -> str:
    print(f"  {operation} …", file=sys.stderr, flush=True)
    try:
        server.call(operation, UNCHECKED, **bodies[0])
        note = check()
    except (RuntimeError, OSError, KeyError) as error:
        return f"fails: {_short(error)}"
    seen = drive(server, operation, bodies, callers=_CALLERS, seconds=_SECONDS, headers=UNCHECKED)
    refused = f"{seen.errors} refused" if seen.errors else ""
    return ", ".join(filter(None, (f"{seen.per_second:,.0f}/s, p99 {seen.p99_ms:,.1f} ms", note, refused)))


def _shows_nickname(server: Running, token: str) -> str:
    shown = server.call("GetUser", AccessToken=token)["UserAttributes"]
    return "" if any(each["Name"] == "nickname" for each in shown) else "without what was updated"


def _pages(server: Running, page: dict[str, Any]) -> str:
    first = server.call("ListUsers", UNCHECKED, **page)
    if len(first["Users"]) != page["Limit"] or "PaginationToken" not in first:
        return f"{len(first['Users'])} users, no further page"
    return ""


def _finds(server: Running, question: dict[str, Any], wanted: int) -> str:
    found = len(server.call("ListUsers", UNCHECKED, **question)["Users"])
    return "" if found == wanted else f"finds {found} instead of {wanted}"


def _short(error: Exception) -> str:
    """Return an error's name on the wire, or its beginning."""
    text = str(error).partition(": ")[2]
    try:
        return str(json.loads(text)["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return (text or type(error).__name__)[:60].replace("\n", " ").replace("|", " ")


def main() -> None:
    """Take the journey on each server, and print the table."""
    table: dict[str, dict[str, str]] = {}
    for name, start in SERVERS.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            with start() as server:
                table[name] = journey(server)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            table[name] = {"ready after": f"the journey ends: {error!s:.80}"}
    questions = list(dict.fromkeys(question for cells in table.values() for question in cells))
    print("| |" + "|".join(table) + "|\n|---|" + "---|" * len(table))
    for question in questions:
        print(f"| {question} |" + "|".join(cells.get(question, "") for cells in table.values()) + "|")


if __name__ == "__main__":
    main()
