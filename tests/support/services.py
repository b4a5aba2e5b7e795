"""A process's services over a test's store, for tests of flows, pages and background work."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from poolhouse.access.caller import Anonymous
from poolhouse.flows.addresses import Addresses
from poolhouse.flows.call import Call, Services
from poolhouse.keys.gate import Gate
from poolhouse.keys.passwords import Passwords
from poolhouse.keys.refresh_tokens import RefreshTokens
from poolhouse.keys.signing import SigningKeys
from poolhouse.keys.vault import Vault
from poolhouse.logs.destinations import Destinations
from poolhouse.messages.channels import Channels
from poolhouse.messages.couriers import Couriers
from poolhouse.settings import Messages, Server, Settings
from poolhouse.settings import Triggers as TriggerSettings
from poolhouse.store import Store
from poolhouse.store.cache import ConfigCache
from poolhouse.triggers.invoke import Triggers
from poolhouse.world import SystemEntropy
from support.scripted import ScriptedClock


@contextmanager
def services(
    store: Store,
    clock: ScriptedClock,
    folder: Path,
    *,
    messages: Messages | None = None,
    triggers: TriggerSettings | None = None,
    dev: bool = True,
) -> Iterator[Services]:
    entropy = SystemEntropy()
    settings = Settings(
        server=Server(public_url="https://id.example.com"),
        messages=messages or Messages(email="folder", sms="folder"),
        triggers=triggers or TriggerSettings(),
        dev=dev,
        data=str(folder),
    )
    vault = Vault.from_ring({"k1": bytes(32)}, "k1")
    gate = Gate(1)
    made = Services(
        settings=settings,
        store=store,
        config=ConfigCache(store, clock),
        clock=clock,
        entropy=entropy,
        vault=vault,
        passwords=Passwords(vault, ThreadPoolExecutor(1), settings.passwords, hashed=False),
        signing=SigningKeys(store, vault, clock, entropy, gate),
        refresh_tokens=RefreshTokens(vault),
        triggers=Triggers(settings, clock, entropy),
        channels=Channels(settings, clock, entropy),
        couriers=Couriers(2),
        addresses=Addresses(0),
        logs=Destinations(settings, clock),
    )
    try:
        yield made
    finally:
        made.couriers.close(5)
        made.triggers.close()
        made.channels.close()
        made.logs.close()


def call(made: Services) -> Call[Anonymous]:
    return Call(Anonymous(), made, client_ip="127.0.0.1", user_agent="", request_id="test")
