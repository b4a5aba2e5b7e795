"""USER_AUTH: which first factors a user may choose from (digest «sign-in» §2.10)."""

from poolhouse.domain import passkeys, second_factors
from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.challenges import CHOSEN
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User

_PASSWORDS = ("PASSWORD_SRP", "PASSWORD")
_ADDRESSES = {"EMAIL_OTP": EMAIL, "SMS_OTP": PHONE}
_FREE = frozenset({Status.CONFIRMED, Status.UNCONFIRMED, Status.RESET_REQUIRED})


def offered(pool: Pool, user: User, *, password: bool, passkey: bool) -> tuple[str, ...]:
    """Return the first factors that a user has and the pool allows, in the service's order.

    Who must choose a password can prove nothing else, nothing is sent to who is disabled, and before a second
    factor only passwords serve, and passkeys that are two factors themselves. Somebody with no factor is
    offered passwords, of which none is right: no list is ever empty.

    Args:
        pool: the pool.
        user: who signs in.
        password: whether there is a password.
        passkey: whether there is a passkey of the pool's relying party.
    """
    held = set(_PASSWORDS) if password else set()
    if user.enabled and user.status in _FREE:
        if second_factors.owed(pool, user) is None:
            held |= {factor for factor, address in _ADDRESSES.items() if user.attributes.get(address)}
        if passkey and second_factors.passkey_suffices(pool, user):
            held.add(passkeys.WEB_AUTHN)
    return _ordered(pool, held)


def configured(pool: Pool, user: User, *, password: bool, passkey: bool) -> tuple[str, ...]:
    """Return what a user can prove, first and second factors alike, as GetUserAuthFactors names it.

    Args:
        pool: the pool.
        user: the user.
        password: whether there is a password.
        passkey: whether there is a passkey of the pool's relying party.
    """
    second = second_factors.enabled_in(pool)
    usable = {
        "PASSWORD": password,
        "EMAIL_OTP": "EMAIL_OTP" in pool.first_factors or second_factors.EMAIL_OTP in second,
        "SMS_OTP": "SMS_OTP" in pool.first_factors or second_factors.SMS_MFA in second,
        passkeys.WEB_AUTHN: passkey and passkeys.allowed(pool),
        "SOFTWARE_TOKEN": user.mfa.software_token,
    }
    held = {name for name, address in _ADDRESSES.items() if user.attributes.get(address)}
    return tuple(name for name, here in usable.items() if here and (name not in _ADDRESSES or name in held))


def made_up(pool: Pool, digest: bytes) -> tuple[str, ...]:
    """Return what somebody who is not there would be offered: any of it may be some user's, too.

    Args:
        pool: the pool. Where it takes users over, their passwords come with them.
        digest: at least 4 bytes, made of the pool's seed and the name.
    """
    held = set(_PASSWORDS) if digest[0] % 2 or pool.lambda_config.get("UserMigration") else set()
    held |= {factor for factor, byte in zip(_ADDRESSES, digest[1:], strict=False) if byte % 2}
    held |= {passkeys.WEB_AUTHN} if digest[3] % 2 else set()
    return _ordered(pool, held)


def _ordered(pool: Pool, held: set[str]) -> tuple[str, ...]:
    allowed = pool.first_factors.union(_PASSWORDS)
    if passkeys.relying_party(pool) is None or (pool.mfa == "ON" and not passkeys.multi_factor(pool)):
        allowed -= {passkeys.WEB_AUTHN}
    return tuple(name for name in CHOSEN if name in held & allowed) or _PASSWORDS
