"""What issuing and checking tokens takes, over a store of the test's: real parts, a scripted clock."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

from poolhouse.access.access_token import AccessTokens
from poolhouse.access.caller import Anonymous
from poolhouse.domain.claims import SELF_SERVICE_SCOPE
from poolhouse.domain.client import Client
from poolhouse.domain.keys import StoredKey
from poolhouse.domain.pool import Pool
from poolhouse.domain.tokens import TokenFamily
from poolhouse.domain.user import Status, User
from poolhouse.flows.addresses import Addresses
from poolhouse.flows.call import Call, Services
from poolhouse.keys.gate import Gate
from poolhouse.keys.passwords import Passwords
from poolhouse.keys.refresh_tokens import RefreshTokens
from poolhouse.keys.signing import SigningKeys, new_key
from poolhouse.keys.vault import Vault
from poolhouse.logs.destinations import Destinations
from poolhouse.messages.channels import Channels
from poolhouse.messages.couriers import Couriers
from poolhouse.settings import Server, Settings, Trigger
from poolhouse.settings import Triggers as TriggerSettings
from poolhouse.store import Store
from poolhouse.store.cache import ConfigCache
from poolhouse.triggers.invoke import Triggers
from poolhouse.world import Clock, SystemEntropy

POOL = "us-east-1_Ab12Cd34E"
OTHER_POOL = "us-east-1_Zz99Yy88X"
CLIENT = "client0"
SUB = "5c3f4f9e-0d2c-4b0e-8d53-3f6a1c1b2a01"
URL = "https://id.example.com"
VAULT = Vault.from_ring({"k1": b"k" * 32}, "k1")


@cache
def signing_keys(pool_id: str) -> tuple[StoredKey, ...]:
    """Return keys for a pool; making RSA keys takes a while, so they are made once a run."""
    return tuple(new_key(VAULT, SystemEntropy(), pool_id, use, 1.0) for use in ("id", "access"))


class Issuing:
    """A pool with a client and a user, and all that issues and checks their tokens."""

    def __init__(self, store: Store, clock: Clock, trigger: str = "") -> None:
        triggers = (Trigger(arn="*", kind="python", callable=trigger),) if trigger else ()
        self.settings = Settings(server=Server(public_url=URL), triggers=TriggerSettings(map=triggers))
        self.store, self.clock, self.entropy = store, clock, SystemEntropy()
        self.config = ConfigCache(store, clock)
        self.gate = Gate(1)
        self.signing = SigningKeys(store, VAULT, clock, self.entropy, self.gate)
        self.services = Services(
            settings=self.settings,
            store=store,
            config=self.config,
            clock=clock,
            entropy=self.entropy,
            vault=VAULT,
            passwords=Passwords(VAULT, ThreadPoolExecutor(1), self.settings.passwords, hashed=False),
            signing=self.signing,
            refresh_tokens=RefreshTokens(VAULT),
            triggers=Triggers(self.settings, clock, self.entropy),
            channels=Channels(self.settings, clock, self.entropy),
            couriers=Couriers(1),
            addresses=Addresses(0),
            logs=Destinations(self.settings, clock),
        )
        self.access_tokens = AccessTokens(self.settings, store, self.config, self.signing, clock)
        self.call = Call(Anonymous(), self.services, "127.0.0.1", "", "test")
        self.pool = self.add_pool(
            POOL,
            **(
                {
                    "LambdaConfig": {
                        "PreTokenGenerationConfig": {"LambdaArn": "arn:x", "LambdaVersion": "V2_0"}
                    }
                }
                if trigger
                else {}
            ),
        )
        self.client = self.add_client(CLIENT)
        self.user = self.add_user(SUB)

    def add_pool(self, pool_id: str, **config: object) -> Pool:
        pool = Pool(pool_id, "people", 1.0, 1.0, {}, config)

        def work(tx):
            tx.pools.add(pool)
            for key in signing_keys(pool_id):
                tx.signing_keys.add(key)

        self.store.write(work)
        return pool

    def add_client(self, client_id: str, pool_id: str = POOL, **config: object) -> Client:
        client = Client(pool_id, client_id, "web", 1.0, 1.0, config)
        self.store.write(lambda tx: tx.clients.add(client))
        return client

    def add_user(self, sub: str, pool_id: str = POOL) -> User:
        attributes = {"email": f"{sub}@example.com", "email_verified": "true"}
        user = User(pool_id, sub, f"name-{sub}", Status.CONFIRMED, True, 1.0, 1.0, attributes)
        self.store.write(lambda tx: tx.users.add(user))
        return user

    def change_user(self, **changes: object) -> None:
        def work(tx):
            tx.users.save(replace(tx.users.get(POOL, SUB), **changes))

        self.store.write(work)

    def family(self, family_id: str = "event-1", **changes: object) -> TokenFamily:
        """Store a family; refreshes of it come from nowhere."""
        now = self.clock.now()
        values = {
            "pool_id": POOL,
            "id": family_id,
            "sub": SUB,
            "client_id": CLIENT,
            "origin_jti": "origin-1",
            "scope": SELF_SERVICE_SCOPE,
            "auth_time": now,
            "expires": now + 3600,
            "refresh_id": "r1",
        }
        family = TokenFamily(**(values | changes))
        self.store.write(lambda tx: tx.families.add(family))
        return family

    def close(self) -> None:
        self.services.couriers.close(5)
        self.services.triggers.close()
        self.services.channels.close()
        self.services.logs.close()


@contextmanager
def issuing(store: Store, clock: Clock, trigger: str = "") -> Iterator[Issuing]:
    made = Issuing(store, clock, trigger)
    try:
        yield made
    finally:
        made.close()
