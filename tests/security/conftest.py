"""A server as in production: every administrator's request is signed, passwords are hashed."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from argon2 import PasswordHasher

from poolhouse.cli.key import make_key
from poolhouse.keys.gate import Gate
from poolhouse.settings import Settings
from poolhouse.store import open_store
from poolhouse.store.engine import Link
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server


@dataclass
class Production:
    """A server without `--dev`, and an administrator of it.

    Attributes:
        url: of its database.
        key: the administrator's access key: its id and its secret.
    """

    server: RunningServer
    url: str
    key: tuple[str, str]

    def client(self, **options: Any) -> Any:
        """Return a boto3 client that signs with the key."""
        return self.server.client(**{"key": self.key[0], "secret": self.key[1], **options})


@pytest.fixture
def production(store_url: str, tmp_path: Path) -> Iterator[Production]:
    clock = ScriptedClock(float(int(time.time())))  # boto3 signs by the machine's clock

    def change(settings: Settings) -> Settings:
        cheap = msgspec.structs.replace(settings.passwords, memory_kib=64, passes=1)
        # Texts go nowhere: what is owed stays in the outbox.
        messages = msgspec.structs.replace(settings.messages, sms="none")
        return msgspec.structs.replace(settings, dev=False, passwords=cheap, messages=messages)

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        key = make_key(server.store, server.services.vault, name="admin", actions=("*",), pools=("*",))
        yield Production(server, store_url, key)


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
    watch(PasswordHasher, "verify", "hashes")
    watch(PasswordHasher, "hash", "hashes")
    for name in ("all", "run", "many"):
        watch(Link, name, "statements")
    return counted
