"""Where a message goes: the address that the pool's settings and the user's attributes lead to.

Also the made-up addresses that are answered for users that are not there (digest «users» §3.7).
"""

from collections.abc import Collection, Iterable, Sequence

from poolhouse.domain.aliases import EMAIL, PHONE, is_email, is_phone
from poolhouse.domain.codes import Delivery
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User

MEDIUM = {PHONE: "SMS", EMAIL: "EMAIL"}
MECHANISMS = {"verified_email": EMAIL, "verified_phone_number": PHONE}


def is_verified(user: User, attribute: str) -> bool:
    """Tell whether the user has a value of `attribute` and proved it."""
    return bool(user.attributes.get(attribute)) and user.attributes.get(f"{attribute}_verified") == "true"


def to_attribute(user: User, attribute: str) -> Delivery:
    """Return the delivery to the value that the user has of `attribute`."""
    return Delivery(MEDIUM[attribute], attribute, user.attributes[attribute])


def verification(pool: Pool, user: User) -> Delivery | None:
    """Return where a sign-up code goes, or None where there is nothing to verify.

    Of several auto-verified attributes the phone number gets the code, and nothing else does (digest
    «users» §3.1).
    """
    for attribute in (PHONE, EMAIL):
        unproved = user.attributes.get(attribute) and not is_verified(user, attribute)
        if attribute in pool.auto_verified and unproved:
            return to_attribute(user, attribute)
    return None


def recovery_attributes(pool: Pool) -> Sequence[str]:
    """Return the attributes that recover a password, the first choice first (digest «users» §3.9).

    Without a setting it is the phone number, then the e-mail address; `admin_only` leaves none.
    """
    if pool.recovery_mechanisms is None:
        return (PHONE, EMAIL)
    return [MECHANISMS[name] for name in pool.recovery_mechanisms if name in MECHANISMS]


def plausible_recovery(pool: Pool) -> Sequence[str]:
    """Return the attributes by which a user that is not there would recover a password, the likeliest first.

    They are those that the pool's users verify or sign in with; in a pool without, the e-mail address.
    """
    verified = pool.auto_verified | pool.username_attributes | pool.alias_attributes
    usable = _reachable(pool)
    return [a for a in usable if a in verified] or [a for a in (EMAIL, PHONE) if a in usable]


def _reachable(pool: Pool) -> Sequence[str]:
    """Return the attributes that recover a password and that the pool can send to (a guess)."""
    return [a for a in recovery_attributes(pool) if a != PHONE or pool.sends_texts]


def recovery(pool: Pool, user: User, serving: Collection[str]) -> Delivery | None:
    """Return where a password-reset code goes, or None where the user proved no address that counts.

    Args:
        pool: the user's.
        user: who forgot the password.
        serving: the attributes that serve as second factor, and so recover nothing.
    """
    proved = (a for a in _reachable(pool) if is_verified(user, a) and a not in serving)
    return next((to_attribute(user, a) for a in proved), None)


def invitation(user: User, mediums: Iterable[str]) -> tuple[Delivery, ...]:
    """Return where an invitation goes.

    Args:
        user: just created, or invited again.
        mediums: `DesiredDeliveryMediums`; empty means SMS.

    A medium whose attribute is missing is skipped; if that leaves none, whatever address there is serves
    (digest «users» §3.5, a guess).
    """
    wanted = set(mediums) or {"SMS"}
    present = [attribute for attribute in (PHONE, EMAIL) if user.attributes.get(attribute)]
    chosen = [attribute for attribute in present if MEDIUM[attribute] in wanted] or present[:1]
    return tuple(to_attribute(user, attribute) for attribute in chosen)


def simulated(usable: Sequence[str], typed: str, digest: bytes) -> Delivery:
    """Return a delivery for somebody who is not there, the same each time.

    Args:
        usable: attributes to which the pool would send, the first choice first.
        typed: the name as typed; an address among the usable kinds is answered as itself.
        digest: at least 8 bytes made of the pool's seed and the name.
    """
    kinds = usable or (EMAIL,)
    for kind, fits in ((EMAIL, is_email(typed)), (PHONE, is_phone(typed))):
        if fits and kind in kinds:
            return Delivery(MEDIUM[kind], kind, typed)
    if kinds[0] == PHONE:
        return Delivery("SMS", PHONE, f"+1555{int.from_bytes(digest[:4]) % 10_000_000:07}")
    local, host = (chr(ord("a") + byte % 26) for byte in digest[:2])
    return Delivery("EMAIL", EMAIL, f"{local}@{host}.invalid")
