"""Sign-in names: which kinds a pool knows, how each compares, what a typed name may be.

The three modes of a pool (digest «users» §1.7): plain usernames; aliases that work once verified; or an
address as the username itself.
"""

import re

from poolhouse.domain.pool import Pool

USERNAME = "username"
EMAIL = "email"
PHONE = "phone_number"
PREFERRED = "preferred_username"

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\Z")
_PHONE = re.compile(r"\+[0-9]{1,15}\Z")


def is_email(text: str) -> bool:
    """Tell whether `text` looks like an address.

    The service's grammar is not published: one `@`, something on both sides, no white space, at most 2,048
    characters (digest «users» §1.1, a guess kept here alone).
    """
    return len(text) <= 2048 and _EMAIL.match(text) is not None


def is_phone(text: str) -> bool:
    """Tell whether `text` is a phone number: `+` and at most 15 digits (E.164; digest «users» §1.1)."""
    return _PHONE.match(text) is not None


def normalise(pool: Pool, kind: str, value: str) -> str:
    """Return `value` as it compares: without case in a case-insensitive pool, phone numbers apart."""
    return value if pool.case_sensitive or kind == PHONE else value.lower()


def lookup_kinds(pool: Pool, typed: str) -> tuple[str, ...]:
    """Return the kinds of name that `typed` may be in this pool, the likeliest first."""
    kinds = pool.username_attributes | pool.alias_attributes
    by_form = [
        kind
        for kind, fits in ((EMAIL, is_email(typed)), (PHONE, is_phone(typed)), (PREFERRED, True))
        if kind in kinds and fits
    ]
    return (*by_form, USERNAME) if pool.username_attributes else (USERNAME, *by_form)
