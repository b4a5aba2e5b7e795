"""The composition root: settings → store, keys, services → one WSGI application.

What a process has one of is built here, once, and handed down; nothing below reaches for a global.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poolhouse import observe
from poolhouse.access.access_token import AccessTokens
from poolhouse.access.neighbours import Neighbours
from poolhouse.access.sigv4 import SigV4
from poolhouse.edge.aws_json import Api
from poolhouse.edge.dev import guarded
from poolhouse.edge.health import Health
from poolhouse.edge.wsgi import Edge
from poolhouse.flows.addresses import Addresses
from poolhouse.flows.call import Services
from poolhouse.flows.locked import locked_out
from poolhouse.keys.cores import Cores
from poolhouse.keys.gate import Gate
from poolhouse.keys.passwords import Passwords, hashing_threads
from poolhouse.keys.refresh_tokens import RefreshTokens
from poolhouse.keys.signing import SigningKeys
from poolhouse.keys.vault import Vault
from poolhouse.logs.destinations import Destinations
from poolhouse.messages.channels import Channels
from poolhouse.messages.couriers import Couriers
from poolhouse.oauth.discovery import Discovery
from poolhouse.oauth.mounts import mounts as endpoints
from poolhouse.pages.mounts import mounts
from poolhouse.settings import Settings
from poolhouse.store import Store
from poolhouse.store.cache import ConfigCache
from poolhouse.triggers.invoke import Triggers
from poolhouse.wire.constraints import SENSITIVE_MEMBERS
from poolhouse.work import runner
from poolhouse.world import Clock, Entropy, MovableClock, SystemClock, SystemEntropy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from poolhouse.edge.limits import RateLimits


_COURIERS_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Application:
    """A process's parts, and the WSGI callable in front of them."""

    services: Services
    wsgi: "WSGIApplication"
    background: runner.Runner
    requests: observe.Requests

    def close(self) -> None:
        """Stop the background's threads, then close what is open, the store last."""
        self.background.stop()
        self.requests.close()
        close(self.services)


def close(services: Services) -> None:
    """Close what services hold open, the store last; messages that are on their way get some seconds."""
    services.couriers.close(_COURIERS_SECONDS)
    services.passwords.close()
    services.triggers.close()
    services.channels.close()
    services.logs.close()
    services.store.close()


def make_services(
    settings: Settings, store: Store, vault: Vault, *, clock: Clock, entropy: Entropy, cores: Cores
) -> Services:
    """Make what a process has one of, of a server or a command that calls operations; `close` closes it."""
    # Two queues: a signature must not wait behind password hashes, which take a hundred times as long.
    # Each leaves a core for the rest.
    slots = max(1, (cores.count - 1) // settings.server.processes)
    hashing, signatures = hashing_threads(slots, cores), Gate(slots)
    return Services(
        settings=settings,
        store=store,
        config=ConfigCache(store, clock),
        clock=clock,
        entropy=entropy,
        vault=vault,
        passwords=Passwords(vault, hashing, settings.passwords, hashed=not settings.dev),
        signing=SigningKeys(store, vault, clock, entropy, signatures),
        refresh_tokens=RefreshTokens(vault),
        triggers=Triggers(settings, clock, entropy),
        channels=Channels(settings, clock, entropy),
        couriers=Couriers(max(1, settings.server.threads // 4)),
        addresses=Addresses(settings.limits.address_failures),
        logs=Destinations(settings, clock),
    )


def build(
    settings: Settings,
    store: Store,
    vault: Vault,
    *,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    cores: Cores | None = None,
    log: Callable[[bytes], object] | None = None,
    strict: bool = False,
) -> Application:
    """Put the server together and start its background work.

    Args:
        settings: read once.
        store: open, its schema up to date; closed by `Application.close`.
        vault: the key ring, opened.
        clock: the machine's by default; a test scripts it.
        entropy: the operating system's by default.
        cores: what the process may use; as the system likes by default.
        log: takes each line of the log, instead of standard error.
        strict: for tests: an undeclared error of an operation is a bug.
    """
    observe.configure(SENSITIVE_MEMBERS, log)
    clock = clock or (MovableClock() if settings.dev else SystemClock())
    entropy = entropy or SystemEntropy()
    cores = cores or Cores.undivided()
    services = make_services(settings, store, vault, clock=clock, entropy=entropy, cores=cores)
    requests = observe.Requests(log)
    requests.gauge(
        "poolhouse_outbox_messages",
        "Messages that wait to be sent.",
        lambda: store.read(lambda tx: tx.outbox.count()),
    )
    requests.gauge(
        "poolhouse_log_events",
        "Log events that wait to be delivered.",
        lambda: store.read(lambda tx: tx.logs.count()),
    )
    requests.gauge(
        "poolhouse_log_queues_failing",
        "Pools' logs, by source, whose last delivery failed.",
        lambda: store.read(lambda tx: tx.logs.failing()),
    )
    requests.gauge(
        "poolhouse_locked_out",
        "Users and addresses that are locked out after wrong answers.",
        lambda: len(locked_out(store, settings, clock.now())),
    )
    access_tokens = AccessTokens(settings, store, services.config, services.signing, clock)
    limits = _limits(settings, store, clock)
    api = Api(
        services,
        access_token=access_tokens.authorise,
        signature=SigV4(settings, store, vault, clock).authorise,
        limits=limits,
        strict=strict,
    )
    edge = Edge(
        api,
        health=Health(store.ping, requests),
        discovery=Discovery(settings, services.config, services.signing),
        requests=requests,
        clock=clock,
        entropy=entropy,
        server=settings.server,
        mounts={
            **mounts(services, limits.check if limits else None),
            **endpoints(
                services,
                access_tokens.authorise,
                access_tokens.pool_of,
                limits.check if limits else None,
            ),
        },
    )
    wsgi: WSGIApplication = guarded(edge, Neighbours(settings)) if settings.dev else edge
    return Application(services, wsgi, runner.start(services), requests)


def _limits(settings: Settings, store: Store, clock: Clock) -> "RateLimits | None":
    if not settings.limits.requests:
        return None
    from poolhouse.edge.limits import RateLimits  # noqa: PLC0415 (slow to import, and off unless asked for)

    return RateLimits(lambda: store.peek(lambda tx: tx.provisioned_limits.all()), clock)
