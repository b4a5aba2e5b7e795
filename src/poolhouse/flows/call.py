"""One call: who makes it, and all that a handler may reach. There are no globals beside it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from poolhouse.access.caller import Anonymous, IamCaller, UserCaller
from poolhouse.flows.addresses import Addresses
from poolhouse.flows.regions import RegionalConfig
from poolhouse.keys.passwords import Passwords
from poolhouse.keys.refresh_tokens import RefreshTokens
from poolhouse.keys.signing import SigningKeys
from poolhouse.keys.vault import Vault
from poolhouse.logs.destinations import Destinations
from poolhouse.messages.channels import Channels
from poolhouse.messages.couriers import Couriers
from poolhouse.settings import Settings
from poolhouse.store import Store
from poolhouse.store.cache import ConfigCache
from poolhouse.triggers.invoke import Triggers
from poolhouse.world import Clock, Entropy

C_co = TypeVar("C_co", bound=Anonymous | IamCaller | UserCaller, covariant=True)


@dataclass(frozen=True, slots=True)
class Services:
    """What a process has one of; built once, by `app.py`."""

    settings: Settings
    store: Store
    config: ConfigCache
    clock: Clock
    entropy: Entropy
    vault: Vault
    passwords: Passwords
    signing: SigningKeys
    refresh_tokens: RefreshTokens
    triggers: Triggers
    channels: Channels
    couriers: Couriers
    addresses: Addresses
    logs: Destinations


@dataclass(frozen=True, slots=True)
class Call(Generic[C_co]):
    """One request, authorised.

    Attributes:
        client_ip: the caller's address; or that of the user for whom a server calls, as it says.
        user_agent: the caller's User-Agent header, or "".
        for_user: whether `client_ip` is a user's whom a server told of.
        region: which of the deployment's regions it is for; "" where there is but one.
        user_s_agent: the User-Agent header of that user's device, where the server told of it, or "".
    """

    caller: C_co
    services: Services
    client_ip: str
    user_agent: str
    request_id: str
    for_user: bool = False
    region: str = ""
    user_s_agent: str = ""

    @property
    def settings(self) -> Settings:
        """The server's settings."""
        return self.services.settings

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    @property
    def config(self) -> ConfigCache | RegionalConfig:
        """Pools and clients, at most two seconds old, as the request's region has them."""
        config = self.services.config
        return RegionalConfig(config, self.services.settings, self.region) if self.region else config

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.services.clock

    @property
    def entropy(self) -> Entropy:
        """Randomness."""
        return self.services.entropy

    @property
    def vault(self) -> Vault:
        """What seals and opens secrets."""
        return self.services.vault


AnyCall = Call[Anonymous | IamCaller | UserCaller]
PublicCall = Call[Anonymous]
AdminCall = Call[IamCaller]
UserCall = Call[UserCaller]
