"""What people of a pool call themselves when they sign in."""

from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.pool import Pool
from poolhouse.pages.language import N_

_BY_ADDRESS = {
    frozenset({EMAIL}): N_("Email address"),
    frozenset({PHONE}): N_("Phone number"),
    frozenset({EMAIL, PHONE}): N_("Email address or phone number"),
}
_BY_ALIAS = {
    frozenset({EMAIL}): N_("Username or email address"),
    frozenset({PHONE}): N_("Username or phone number"),
    frozenset({EMAIL, PHONE}): N_("Username, email address or phone number"),
}
USERNAME = N_("Username")


def at_sign_in(pool: Pool) -> str:
    """Return the label of the name at sign-in, marked for translation."""
    if pool.username_attributes:
        return _BY_ADDRESS[pool.username_attributes]
    return _BY_ALIAS.get(pool.alias_attributes & {EMAIL, PHONE}, USERNAME)


def at_sign_up(pool: Pool) -> str:
    """Return the label of the name at sign-up, marked for translation."""
    return _BY_ADDRESS.get(pool.username_attributes, USERNAME)


def input_type(pool: Pool) -> str:
    """Return the type of the field for the name: addresses of one kind have a keyboard of their own."""
    return {frozenset({EMAIL}): "email", frozenset({PHONE}): "tel"}.get(pool.username_attributes, "text")
