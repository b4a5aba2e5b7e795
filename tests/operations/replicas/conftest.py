"""A deployment of two regions on one server: the host, or the signature, tells which one is meant."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from poolhouse.settings import Region, Settings
from poolhouse.store import open_store
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import Place, make_place

HOME, AWAY = "us-east-1", "eu-west-1"


def two_regions(settings: Settings) -> Settings:
    hosts = {HOME: "127.0.0.1", AWAY: "localhost"}
    regions = tuple(Region(name, f"http://{host}:{settings.server.port}") for name, host in hosts.items())
    return msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, regions=regions))


@pytest.fixture
def server(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(open_store(store_url, clock), tmp_path, clock, two_regions) as running:
        yield running


@pytest.fixture
def away(server: RunningServer) -> Any:
    """A boto3 client of the other region."""
    return server.client(url=f"http://localhost:{urlsplit(server.url).port}", region=AWAY)


@pytest.fixture
def place(server: RunningServer) -> Place:
    """A pool at home, with jane and a client."""
    made = make_place(server, AutoVerifiedAttributes=["email"])
    made.person(email="jane@example.com", email_verified="true")
    return made


@pytest.fixture
def there(place: Place, away: Any) -> Place:
    """The same pool's replica, switched on."""
    place.idp.create_user_pool_replica(UserPoolId=place.pool, RegionName=AWAY)
    place.idp.update_user_pool_replica(UserPoolId=place.pool, RegionName=AWAY, Status="ACTIVE")
    return replace(place, idp=away)
