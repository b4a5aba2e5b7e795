"""Where pools' pages and OAuth endpoints are, and which pool a host name is of.

A custom domain is a host of its own. A prefix is one under `server.domain_suffix`; without that setting, all
prefixes are at the public URL, and the app client tells whose pages are asked for.
"""

from urllib.parse import urlsplit

from poolhouse.domain.pool import Pool
from poolhouse.flows import regions
from poolhouse.flows.call import AnyCall
from poolhouse.settings import Settings

REGISTRATION = "/oauth2/register"
"""The endpoint where app clients are registered."""


def base_url(settings: Settings, pool: Pool) -> str | None:
    """Return where a pool's pages and endpoints are, without a slash at its end.

    Scheme and port are the public URL's: the same server answers all of them.

    Returns:
        None for a pool without a domain, which has neither.
    """
    at_home = settings.region_url(pool.region)
    public = urlsplit(at_home)
    port = f":{public.port}" if public.port else ""
    if pool.custom_domain:
        return f"{public.scheme}://{pool.custom_domain.name}{port}"
    if pool.prefix_domain is None:
        return None
    if settings.server.domain_suffix:
        return f"{public.scheme}://{pool.prefix_domain.name}.{settings.server.domain_suffix.lower()}{port}"
    return at_home


def registration_url(settings: Settings, pool: Pool) -> str | None:
    """Return where applications register with a pool: where pools share an address, it names the pool.

    Returns:
        None for a pool that has no endpoints, or takes no registrations.
    """
    base = base_url(settings, pool)
    if base is None or not pool.registers_clients:
        return None
    return f"{base}{REGISTRATION}" + (f"/{pool.id}" if base == settings.region_url(pool.region) else "")


def serves(call: AnyCall, host: str, pool: Pool) -> bool:
    """Tell whether a pool has endpoints at a host: they are at all but other pools' own hosts.

    Args:
        call: the request.
        host: its Host header.
        pool: as the request's client names it.
    """
    settings = call.settings
    if not pool.domains or not regions.serves_users(settings, call.region, pool):
        return False
    if regions.is_secondary(settings, call.region, pool) and pool.custom_domain is None:
        return False  # a prefix domain is at home alone
    if host in {urlsplit(url).netloc for url in (settings.public_url, settings.region_url(call.region))}:
        return True
    other = pool_of_host(call, host)
    return other is None or other.id == pool.id


def pool_of_host(call: AnyCall, host: str) -> Pool | None:
    """Return the pool that a host is of; None where no single pool is.

    Args:
        call: the request.
        host: its Host header, port or not.
    """
    name = host.lower().rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host.lower()
    name = name.removesuffix(".")
    suffix = f".{call.settings.server.domain_suffix.lower()}"
    prefixed = len(suffix) > 1 and name.endswith(suffix)
    domain = name.removesuffix(suffix) if prefixed else name
    if prefixed == ("." in domain) or not domain.isascii() or not domain.isprintable():
        return None
    owner = call.store.peek(lambda tx: tx.domains.owner(domain))
    pool = call.config.pool(owner) if owner else None
    return pool if pool and any(each.name == domain for each in pool.domains) else None
