"""Sign-in names: which kinds a pool knows, how each compares, what a typed name may be.

The three modes of a pool (digest «users» §1.7): plain usernames; aliases that work once verified; or an
address as the username itself.
"""

import re

from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import InvalidParameterException

USERNAME = "username"
EMAIL = "email"
PHONE = "phone_number"
PREFERRED = "preferred_username"

_NAMING = (EMAIL, f"{EMAIL}_verified", PHONE, f"{PHONE}_verified", PREFERRED)
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+\Z")
_PHONE = re.compile(r"\+[0-9]{1,15}\Z")


def is_email(text: str) -> bool:
    """Tell whether `text` looks like an address.

    The service's grammar is not published: one `@`, something on both sides, no white space or control
    character, at most 2,048 characters (digest «users» §1.1, a guess kept here alone).
    """
    return len(text) <= 2048 and _EMAIL.match(text) is not None


def is_phone(text: str) -> bool:
    """Tell whether `text` is a phone number: `+` and at most 15 digits (E.164; digest «users» §1.1)."""
    return _PHONE.match(text) is not None


def normalise(pool: Pool, kind: str, value: str) -> str:
    """Return `value` as it compares: without case in a case-insensitive pool, phone numbers apart."""
    return value if pool.case_sensitive or kind == PHONE else value.lower()


def stored_kind(pool: Pool, kind: str) -> str:
    """Return the kind under which the alias table holds names of a pool, which may have had new ones made."""
    return f"{kind}/{pool.naming}" if pool.naming else kind


def kind_of(stored: str) -> str:
    """Return the kind of name that a `stored_kind` is."""
    return stored.partition("/")[0]


def lookup_kinds(pool: Pool, typed: str) -> tuple[str, ...]:
    """Return the kinds of name that `typed` may be in this pool, the likeliest first."""
    kinds = pool.username_attributes | pool.alias_attributes
    by_form = [
        kind
        for kind, fits in ((EMAIL, is_email(typed)), (PHONE, is_phone(typed)), (PREFERRED, True))
        if kind in kinds and fits
    ]
    return (*by_form, USERNAME) if pool.username_attributes else (USERNAME, *by_form)


def check_username(pool: Pool, username: str) -> None:
    """Refuse a username of the wrong form for this pool (SignUp, AdminCreateUser; digest «users» §1.7).

    Raises:
        InvalidParameterException: an address is wanted and this is none, or it could be taken for an alias.
    """
    kinds = pool.username_attributes
    if kinds:
        fits = (EMAIL in kinds and is_email(username)) or (PHONE in kinds and is_phone(username))
        if not fits:
            wanted = "either an email or a phone number" if len(kinds) > 1 else _FORMS[next(iter(kinds))]
            raise InvalidParameterException(f"Username should be {wanted}.")
        return
    check_not_an_alias(pool, username)


_FORMS = {EMAIL: "an email", PHONE: "a phone number"}


def check_not_an_alias(pool: Pool, name: str) -> None:
    """Refuse a username or preferred username that could be taken for an alias of another kind.

    Raises:
        InvalidParameterException: it looks like an e-mail address or phone number that is an alias here.
    """
    for kind, fits, form in ((EMAIL, is_email, "email"), (PHONE, is_phone, "phone number")):
        if kind in pool.alias_attributes and fits(name):
            raise InvalidParameterException(
                f"Username cannot be of {form} format, since user pool is configured for {form} alias."
            )


def identifier_kinds(pool: Pool, user: User) -> frozenset[str]:
    """Return which attributes are this user's username: at most one of a pool's username attributes.

    In a pool that takes both, the other address is an ordinary attribute (digest «users» §1.7).
    """
    return pool.username_attributes & {user.identifier} if user.identifier else pool.username_attributes


def held_names(pool: Pool, user: User) -> list[tuple[str, str]]:
    """Return every name that finds this user, as (stored kind, normalised value).

    This is the one place that derives the rows of the alias table from a user: the username; in a pool whose
    usernames are addresses that address, verified or not; in a pool with aliases each verified address and
    the preferred username.
    """
    names = {USERNAME: user.username}
    names |= {kind: user.attributes.get(kind, "") for kind in identifier_kinds(pool, user)}
    for kind in pool.alias_attributes:
        if kind == PREFERRED or user.attributes.get(f"{kind}_verified") == "true":
            names[kind] = user.attributes.get(kind, "")
    return [(stored_kind(pool, kind), normalise(pool, kind, value)) for kind, value in names.items() if value]


def named_alike(before: User, after: User) -> bool:
    """Tell whether two versions of a user have the same names in any pool."""
    return (before.username, before.identifier) == (after.username, after.identifier) and all(
        before.attributes.get(name) == after.attributes.get(name) for name in _NAMING
    )
