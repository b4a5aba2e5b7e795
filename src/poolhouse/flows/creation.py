"""Making a user: the name it is stored and found under, and the one unit of work that writes it.

Sign-up, AdminCreateUser and migration come here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from poolhouse.domain.aliases import EMAIL, PHONE, USERNAME, is_email, normalise, stored_kind
from poolhouse.domain.pool import Pool
from poolhouse.domain.srp import SALT_BYTES
from poolhouse.domain.user import Credential, User
from poolhouse.errors import InvalidParameterException, UsernameExistsException
from poolhouse.flows import aliases
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx

_SUB_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Identity:
    """Under which name a new user is stored, and by which it is found from the start.

    Attributes:
        username: as stored; where an address is the username it is the `sub` (digest «users» §1.7).
        kind: the kind of name that must be unique.
        value: that name, normalised.
        attributes: what the name fills in.
    """

    username: str
    kind: str
    value: str
    attributes: Mapping[str, str]

    @property
    def identifier(self) -> str:
        """The user's `identifier`: which attribute is the username, or "" where none is."""
        return "" if self.kind == USERNAME else self.kind


def identify(pool: Pool, typed: str, sub: str) -> Identity:
    """Return the identity of a new user.

    Args:
        pool: the pool.
        typed: `Username` as sent, its form checked.
        sub: the new user's.

    A case-insensitive pool keeps the username in lower case (digest «users» §1.7).
    """
    if not pool.username_attributes:
        stored = normalise(pool, USERNAME, typed)
        return Identity(stored, USERNAME, stored, {})
    kind = EMAIL if is_email(typed) else PHONE
    return Identity(sub, kind, normalise(pool, kind, typed), {kind: typed})


def refuse_taken(tx: Tx, pool: Pool, identity: Identity, *, wording: str) -> None:
    """Refuse a name that somebody holds. The table's key decides between two who ask at once.

    A name that is another user's `sub` counts as held: administrators may name users by it.

    Raises:
        UsernameExistsException: the name is held.
    """
    kind = stored_kind(pool, identity.kind)
    if tx.aliases.owner(pool.id, kind, identity.value) is not None or is_a_sub(tx, pool, identity):
        raise taken(identity.kind, wording)


def is_a_sub(tx: Tx, pool: Pool, identity: Identity) -> bool:
    """Tell whether a new user's name is the `sub` of another."""
    may_be = identity.kind == USERNAME and len(identity.value) == _SUB_LENGTH
    return may_be and tx.users.get(pool.id, identity.value.lower()) is not None


def taken(kind: str, wording: str) -> UsernameExistsException:
    """Return the error for a name that is held.

    Args:
        kind: which kind of name.
        wording: the operation's text for plain usernames.
    """
    return UsernameExistsException(
        wording if kind == USERNAME else f"An account with the given {kind} already exists."
    )


def require_passwordless(pool: Pool, attributes: Mapping[str, str]) -> None:
    """Refuse a user without a password where one is needed (digest «users» §3.1, §3.5).

    Raises:
        InvalidParameterException: the pool has no one-time codes as a first factor, or the user has no
            address for them. The text is that of the days when a password was required.
    """
    if not passwordless(pool, attributes):
        raise InvalidParameterException(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: "
            "Member must not be null"
        )


def passwordless(pool: Pool, attributes: Mapping[str, str]) -> bool:
    """Tell whether a user of these attributes can sign in by a code that is sent to them."""
    factors = (("EMAIL_OTP", EMAIL), ("SMS_OTP", PHONE))
    return any(factor in pool.first_factors and attributes.get(address) for factor, address in factors)


def credential(
    call: AnyCall, pool: Pool, user: User, password: str, *, temporary: bool = False
) -> Credential | None:
    """Return what a new user's password, its policy checked, is stored as. It hashes: no transaction is open.

    Args:
        call: the request.
        pool: the pool.
        user: the new user.
        password: empty for a user without one.
        temporary: set by an administrator for one sign-in.
    """
    if not password:
        return None
    made = call.services.passwords.make(pool, user.username, password, call.entropy.bytes(SALT_BYTES))
    return made.credential(call.clock.now(), temporary=temporary)


def create(
    tx: Tx,
    pool: Pool,
    user: User,
    identity: Identity,
    credential: Credential | None,
    *,
    wording: str,
    seize: Collection[str] = (),
) -> None:
    """Write a new user with all names it is found by.

    Args:
        tx: the unit of work.
        pool: the pool.
        user: the new user.
        identity: the user's own name.
        credential: what proves the password; None for a user without one.
        wording: the operation's text for a plain username that is held.
        seize: kinds of aliases that are taken from whoever holds them.

    Raises:
        UsernameExistsException: somebody holds the name, or an alias that this user comes with (the
            operations that create users know no AliasExistsException; digest «users» §3.5).
    """
    refuse_taken(tx, pool, identity, wording=wording)
    aliases.settle(
        tx, pool, None, user, now=user.created, seize=seize, refused=lambda kind: taken(kind, wording)
    )
    tx.users.add(user)
    if credential is not None:
        tx.credentials.put(pool.id, user.sub, credential)
