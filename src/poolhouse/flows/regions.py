"""Regions of one deployment: which of them a request is for, and what a pool is there.

`server.regions` names them; without it there is one, and nothing here does anything. A signed request names
its region in its signature, any other by the host it was sent to. A pool is at home in the region that its id
begins with; elsewhere it is there as far as it has a replica.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from poolhouse.domain import replicas
from poolhouse.domain.pool import Pool
from poolhouse.settings import Settings
from poolhouse.store.cache import ConfigCache

_MAKES_USERS = "UserMigration"


def of_request(settings: Settings, environ: Mapping[str, Any]) -> str:
    """Return the region of a request that is not signed; "" where there is but one.

    Args:
        settings: the server's.
        environ: the request's, of WSGI.
    """
    if not settings.server.regions:
        return ""
    host = environ.get("HTTP_HOST", "")
    named = (region.name for region in settings.server.regions if urlsplit(region.public_url).netloc == host)
    return next(named, settings.server.region)


def home(settings: Settings, pool: Pool) -> str:
    """Return the region where a pool is the primary: its id's, if that is one of the deployment's."""
    return pool.region if pool.region in settings.region_names else settings.server.region


def is_secondary(settings: Settings, region: str, pool: Pool) -> bool:
    """Tell whether a pool is not at home in a region; in a deployment of one region all are."""
    return bool(region) and home(settings, pool) != region


def serves_users(settings: Settings, region: str, pool: Pool) -> bool:
    """Tell whether users may come to a pool in a region."""
    if not is_secondary(settings, region, pool):
        return True
    replica = pool.replica(region)
    return replica is not None and replica.status == replicas.ACTIVE


def refuse_secondary(settings: Settings, region: str, pool: Pool) -> None:
    """Refuse what is done at a pool's home alone.

    Raises:
        OperationNotEnabledException: this is another region.
    """
    if is_secondary(settings, region, pool):
        raise replicas.not_here()


class RegionalConfig:
    """The configuration in memory as a region has it: pools with their replica's own members.

    A replica takes over no users: they would be new.
    """

    def __init__(self, config: ConfigCache, settings: Settings, region: str) -> None:
        self._config = config
        self._settings = settings
        self._region = region
        self.client = config.client
        self.custom_scopes = config.custom_scopes
        self.forget = config.forget

    def pool(self, pool_id: str) -> Pool | None:
        """Return the pool; None where it has no replica here."""
        pool = self._config.pool(pool_id)
        return None if pool is None else self.seen(pool)

    def seen(self, pool: Pool) -> Pool | None:
        """Return a pool as it is here; None where it is not."""
        if not is_secondary(self._settings, self._region, pool):
            return pool
        if pool.replica(self._region) is None:
            return None
        here = pool.at(self._region)
        triggers = {name: arn for name, arn in here.lambda_config.items() if name != _MAKES_USERS}
        return replace(here, config={**here.config, "LambdaConfig": triggers})
