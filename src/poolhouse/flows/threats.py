"""Threat protection at work: what a pool in the mode ENFORCED refuses (digest «sign-in» §4.8).

Nothing is looked up for it in the store: pools and clients bring their risk configurations along.
"""

from poolhouse.access.caller import IamCaller
from poolhouse.domain import risk_config
from poolhouse.domain.auth_events import BLOCK, NO_RISK, Risk
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidPasswordException, NotAuthorizedException
from poolhouse.flows.call import AnyCall
from poolhouse.observe import Log

ENFORCED = "ENFORCED"
COMPROMISED = "Provided password cannot be used for security reasons."
_log = Log()


def refuse_address(call: AnyCall, pool: Pool, client: Client) -> None:
    """Refuse a request from an address in `BlockedIPRangeList`, whoever it is about.

    An administrator's own address is none of a user's: only what the administrator tells counts.

    Raises:
        NotAuthorizedException: it is in one.
    """
    told = call.for_user or not isinstance(call.caller, IamCaller)
    if (
        pool.threat_protection == ENFORCED
        and told
        and risk_config.blocks_address(pool, client, call.client_ip)
    ):
        raise NotAuthorizedException("Request not allowed due to security reasons.")


def intervenes(pool: Pool, client: Client) -> bool:
    """Tell whether a risk may keep a proven password from tokens: otherwise it is only recorded."""
    config = risk_config.effective(pool, client)
    return pool.threat_protection == ENFORCED and risk_config.TAKEOVER in config


def password_risk(call: AnyCall, pool: Pool, client: Client, password: str, event: str) -> Risk:
    """Return what is to be said of a plain password that is used or set.

    A list that cannot be read holds nothing: the log says so, and people still sign in.

    Args:
        call: the request.
        pool: the user's.
        client: the app client.
        password: as sent.
        event: `SIGN_IN`, `SIGN_UP` or `PASSWORD_CHANGE`.
    """
    if pool.threat_protection == "OFF":
        return NO_RISK
    config = risk_config.effective(pool, client)
    if event not in risk_config.compromised_events(config) or not _is_compromised(call, password):
        return NO_RISK
    blocks = pool.threat_protection == ENFORCED and risk_config.blocks_compromised(config)
    return Risk(BLOCK if blocks else NO_RISK.decision, compromised=True)


def new_password_risk(call: AnyCall, pool: Pool, client: Client, password: str, event: str) -> Risk:
    """Return what is to be said of a password that is set, where it may be; otherwise as `password_risk`.

    Raises:
        InvalidPasswordException: it is compromised, and such are refused.
    """
    risk = password_risk(call, pool, client, password, event)
    if risk.decision == BLOCK:
        raise InvalidPasswordException(COMPROMISED)
    return risk


def _is_compromised(call: AnyCall, password: str) -> bool:
    try:
        return call.services.passwords.compromised.holds(password)
    except OSError as error:
        _log.error("compromised_passwords_unreadable", reason=error.strerror)
        return False
