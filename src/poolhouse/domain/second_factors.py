"""Which second factor a user is asked for: the tree of digest «sign-in» §4.1.

A factor is active where the user turned it on and it works here: the pool has it, and the user what it needs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from poolhouse.domain import mfa_config, passkeys
from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.challenges import State
from poolhouse.domain.deliveries import MECHANISMS
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Mfa, User
from poolhouse.errors import InvalidParameterException

SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP = "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"
ADDRESS: Mapping[str, str] = {SMS_MFA: PHONE, EMAIL_OTP: EMAIL}
"""The attribute that a factor sends to."""
ALL = (SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP)
CHALLENGE: Mapping[str, State] = {
    SMS_MFA: State.SMS_MFA,
    SOFTWARE_TOKEN_MFA: State.SOFTWARE_TOKEN_MFA,
    EMAIL_OTP: State.EMAIL_MFA,
}
_TURN_ON: Mapping[str, str] = {
    SMS_MFA: "User does not have a phone_number set to turn on SMS MFA",
    SOFTWARE_TOKEN_MFA: "User has not verified software token mfa",
    EMAIL_OTP: "User does not have an email set to turn on EMAIL_OTP MFA",
}


@dataclass(frozen=True, slots=True)
class Second:
    """What stands between a first factor and tokens.

    Attributes:
        state: the challenge: a factor, the choice of one, or its set-up.
        choices: the factor, or those to choose from or to set up; set-up of none is a dead end.
    """

    state: State
    choices: tuple[str, ...]


def enabled_in(pool: Pool) -> tuple[str, ...]:
    """Return the factors that the pool has."""
    has = {
        SMS_MFA: mfa_config.sms_enabled(pool.config),
        SOFTWARE_TOKEN_MFA: mfa_config.totp_enabled(pool.config),
        EMAIL_OTP: mfa_config.email_enabled(pool.config),
    }
    return tuple(factor for factor in ALL if has[factor])


def active(pool: Pool, user: User) -> tuple[str, ...]:
    """Return the factors that the user turned on and that work here.

    An app that is registered keeps working where the pool no longer has apps, if nothing else does: else a
    switch of the pool's would take the user's second factor away.
    """
    if pool.mfa == "OFF":
        return ()
    held = [factor for factor in user.mfa.enabled if _works(user, factor)]
    here = tuple(factor for factor in held if factor in enabled_in(pool))
    return here or tuple(factor for factor in held if factor == SOFTWARE_TOKEN_MFA)


def owed(pool: Pool, user: User, *, required: bool = False) -> Second | None:
    """Return the second factor that a sign-in owes, or None where it owes none.

    Args:
        pool: the user's.
        user: who signs in.
        required: whether whoever turned none on is asked all the same, in a pool where they are OPTIONAL.
    """
    turned_on = active(pool, user)
    if user.mfa.preferred in turned_on:
        return _asked([user.mfa.preferred])
    if pool.mfa == "OFF" or (pool.mfa == "OPTIONAL" and (turned_on or not required)):
        return _asked(turned_on)
    here = enabled_in(pool)
    found = [*turned_on]
    if user.mfa.software_token and SOFTWARE_TOKEN_MFA in here and SOFTWARE_TOKEN_MFA not in found:
        found.append(SOFTWARE_TOKEN_MFA)
    if not turned_on:
        found += [factor for factor in here if factor in ADDRESS and _eligible(pool, user, factor)]
    if found:
        return _asked(found)
    return Second(State.MFA_SETUP, tuple(factor for factor in here if _can_set_up(pool, user, factor)))


def passkey_is_two(pool: Pool, user: User) -> bool:
    """Tell whether a passkey counts as a second factor, too: pool and user have both said so."""
    return passkeys.multi_factor(pool) and user.mfa.passkeys


def passkey_suffices(pool: Pool, user: User) -> bool:
    """Tell whether a passkey alone signs the user in: no second factor is asked for after it."""
    return passkey_is_two(pool, user) or owed(pool, user) is None


def serving(pool: Pool, user: User) -> frozenset[str]:
    """Return the attributes that second factors send to: they recover no password («users» §2.9)."""
    second = owed(pool, user)
    if second is None or second.state is State.MFA_SETUP:
        return frozenset()
    return frozenset(ADDRESS[factor] for factor in second.choices if factor in ADDRESS)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a request says of one factor; None changes nothing."""

    enabled: bool | None
    preferred: bool | None


def prefer(
    pool: Pool,
    user: User,
    settings: Mapping[str, Setting],
    *,
    passkey_mfa: bool | None = None,
    admin: bool,
) -> Mfa:
    """Return a user's second factors after SetUserMFAPreference (digest «sign-in» §4.4).

    Args:
        pool: the user's.
        user: as stored.
        settings: by factor, those that the request names.
        passkey_mfa: whether a passkey is to count as a second factor too; None changes nothing.
        admin: whether an administrator asks, who may turn factors off where the pool requires one.

    Raises:
        InvalidParameterException: the user lacks what a factor needs, or the pool has it not; two are
            preferred, or one that is turned off; or a factor may not be turned off.
    """
    mfa = user.mfa
    if sum(bool(setting.preferred) for setting in settings.values()) > 1:
        raise InvalidParameterException("Only one MFA method can be preferred.")
    for factor, setting in settings.items():
        was = factor in mfa.enabled
        if setting.enabled and not was:
            _check_turn_on(pool, user, factor)
        if setting.enabled is False and was and pool.mfa == "ON" and not admin:
            raise InvalidParameterException("MFA is required by the user pool and cannot be turned off.")
        mfa = _switched(mfa, factor, on=was if setting.enabled is None else setting.enabled)
        if setting.preferred and factor not in mfa.enabled:
            raise InvalidParameterException(f"{factor} must be enabled to be the preferred MFA method.")
        if setting.preferred:
            mfa = replace(mfa, preferred=factor)
        elif setting.preferred is False and mfa.preferred == factor:
            mfa = replace(mfa, preferred="")
    return mfa if passkey_mfa is None else _switch_passkeys(pool, mfa, on=passkey_mfa)


def _switch_passkeys(pool: Pool, mfa: Mfa, *, on: bool) -> Mfa:
    if on and not passkeys.multi_factor(pool):
        raise InvalidParameterException("Passkey MFA is not enabled for the user pool.")
    if on and not mfa.enabled:
        raise InvalidParameterException("User must have another MFA method enabled to turn on passkey MFA")
    return replace(mfa, passkeys=on)


def set_up(mfa: Mfa, factor: str) -> Mfa:
    """Return a user's second factors once one was set up in a sign-in: it is turned on."""
    return _switched(mfa, factor, on=True)


def without_software_token(mfa: Mfa) -> Mfa:
    """Return a user's second factors without the authenticator app."""
    return replace(_switched(mfa, SOFTWARE_TOKEN_MFA, on=False), software_token=False)


def without_addresses(mfa: Mfa, gone: Iterable[str]) -> Mfa:
    """Return a user's second factors without those that send to attributes that are gone."""
    lost = {*gone}
    for factor, attribute in ADDRESS.items():
        if attribute in lost:
            mfa = _switched(mfa, factor, on=False)
    return mfa


def _switched(mfa: Mfa, factor: str, *, on: bool) -> Mfa:
    enabled = tuple(known for known in ALL if (on if known == factor else known in mfa.enabled))
    preferred = mfa.preferred if mfa.preferred in enabled else ""
    return replace(mfa, enabled=enabled, preferred=preferred, passkeys=mfa.passkeys and bool(enabled))


def _check_turn_on(pool: Pool, user: User, factor: str) -> None:
    if not _works(user, factor):
        raise InvalidParameterException(_TURN_ON[factor])
    if factor not in enabled_in(pool):
        raise InvalidParameterException(f"{factor} is not enabled for the user pool.")


def _works(user: User, factor: str) -> bool:
    """Tell whether the user has what a factor needs; an address need not be verified."""
    if factor == SOFTWARE_TOKEN_MFA:
        return user.mfa.software_token
    return bool(user.attributes.get(ADDRESS[factor]))


def _eligible(pool: Pool, user: User, factor: str) -> bool:
    """Tell whether a factor serves a user who turned none on."""
    return _works(user, factor) and not _recovers(pool, factor)


def _can_set_up(pool: Pool, user: User, factor: str) -> bool:
    return not _works(user, factor) and not _recovers(pool, factor)


def _recovers(pool: Pool, factor: str) -> bool:
    """Tell whether a factor sends to the address that the pool's setting recovers passwords by, first."""
    first = (pool.recovery_mechanisms or ("",))[0]
    return factor in ADDRESS and MECHANISMS.get(first) == ADDRESS[factor]


def _asked(factors: Iterable[str]) -> Second | None:
    choices = tuple(factor for factor in ALL if factor in {*factors})
    if len(choices) > 1:
        return Second(State.SELECT_MFA_TYPE, choices)
    return Second(CHALLENGE[choices[0]], choices) if choices else None
