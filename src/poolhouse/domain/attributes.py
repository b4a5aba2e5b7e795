"""What an attribute may hold, and what changing attributes does.

Rules and wording: digest «users» §§1.4 to 1.6 and 2.2 to 2.8; the order of the checks is §2.14's. Changes are
(name, value) pairs in the order sent; a blank value deletes, and of two with one name the last counts. Where
the app client is None, an administrator asks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from poolhouse.domain import second_factors
from poolhouse.domain.aliases import (
    EMAIL,
    PHONE,
    PREFERRED,
    check_not_an_alias,
    identifier_kinds,
    is_email,
    is_phone,
    normalise,
)
from poolhouse.domain.client import Client
from poolhouse.domain.codes import Code, CodePurpose, Delivery
from poolhouse.domain.deliveries import MEDIUM
from poolhouse.domain.pool import Pool
from poolhouse.domain.schema import SUB
from poolhouse.domain.user import Mfa, Status, User
from poolhouse.domain.values import stored_form, value_problem
from poolhouse.errors import InvalidParameterException, NotAuthorizedException

ADDRESSES = (EMAIL, PHONE)
VERIFY = {EMAIL: CodePurpose.VERIFY_EMAIL, PHONE: CodePurpose.VERIFY_PHONE}
UPDATE = {EMAIL: CodePurpose.UPDATE_EMAIL, PHONE: CodePurpose.UPDATE_PHONE}

_NEW_USER = "Attributes did not conform to the schema: "
_DELETION = "Invalid user attributes: "
_UNKNOWN = "Attribute does not exist in the schema."
_FIXED = "Attribute cannot be updated."
_KEPT = "Required attribute cannot be deleted."
_MISSING = "The attribute is required"
_ADDRESSLESS = {
    EMAIL: "Email is required to verify/un-verify an email",
    PHONE: "Phone Number is required to verify/un-verify a phone number",
}

Changes = Sequence[tuple[str, str | None]]


def flag(attribute: str) -> str:
    """Return the name of the attribute that says whether `attribute` is verified."""
    return f"{attribute}_verified"


def check_new_user_attributes(
    pool: Pool,
    client: Client | None,
    given: Changes,
    filled: Mapping[str, str],
    *,
    complete: bool = False,
) -> dict[str, str]:
    """Check the attributes that a user is created with, and return them as they are stored.

    Args:
        pool: the user's.
        client: SignUp's app client, which must be allowed to write each attribute; None for an administrator.
        given: `UserAttributes`.
        filled: what the username fills in, in a pool whose usernames are addresses (`email` or
            `phone_number`); it counts before what was given.
        complete: whether all required attributes must be there. Those that are immutable must be anyway: the
            user could not supply them later (digest «users» §1.4).

    Raises:
        InvalidParameterException: an attribute breaks a rule.
        NotAuthorizedException: the client may not write an attribute.
    """
    values = _values(given)
    _check_permission(pool, client, values)
    values |= filled
    clauses = [(name, why) for name, value in values.items() if (why := _misfit(pool, name, value))]
    present = {name: value for name, value in values.items() if value}
    wanted = (a.name for a in pool.schema.values() if a.required and (complete or not a.mutable))
    clauses += [(name, _MISSING) for name in wanted if name != SUB and name not in present]
    if clauses:
        raise InvalidParameterException(_NEW_USER + "".join(f"{name}: {why}\n" for name, why in clauses))
    _check_formats(pool, present)
    if client and PREFERRED in present:
        _check_preferred_username(pool)
    _check_flags(present, present)
    return {name: stored_form(pool.schema[name], value) for name, value in present.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update does.

    Attributes:
        user: the user as saved, but for the time of the change.
        send: the codes that are owed: what each proves, and where it goes.
        free: names, as (kind, normalised value), that nobody else may hold though this user does not take
            them yet.
        seize: kinds of names that pass from whoever holds them.
    """

    user: User
    send: tuple[tuple[CodePurpose, Delivery], ...] = ()
    free: tuple[tuple[str, str], ...] = ()
    seize: frozenset[str] = frozenset()


def plan_update(pool: Pool, client: Client | None, user: User, changes: Changes) -> Plan:
    """Decide what UpdateUserAttributes or AdminUpdateUserAttributes does.

    Args:
        pool: the user's.
        client: the app client of the user's token; None for an administrator.
        user: as stored.
        changes: `UserAttributes`.

    Raises:
        InvalidParameterException: a value is null, or breaks a rule of the schema.
        NotAuthorizedException: the client may not write an attribute.
    """
    values = _values(changes)
    _check_permission(pool, client, values)
    _refuse("", ((name, _obstacle(pool, name, value)) for name, value in values.items()))
    _check_formats(pool, values)
    if values.get(PREFERRED) and user.status == Status.UNCONFIRMED:
        _check_preferred_username(pool)
    _check_flags(values, {**user.attributes, **values})
    return _apply(pool, user, {name: stored_form(pool.schema[name], value) for name, value in values.items()})


def plan_delete(pool: Pool, client: Client | None, user: User, names: Iterable[str]) -> User:
    """Return the user without the named attributes; one that they do not have is no error.

    An address takes with it its flag and a change that waits.

    Raises:
        InvalidParameterException: an attribute is unknown, immutable or required.
        NotAuthorizedException: the client may not write an attribute.
    """
    values = _values([(name, "") for name in names])
    _check_permission(pool, client, values)
    _refuse(_DELETION, ((name, _obstacle(pool, name, "")) for name in values))
    return _apply(pool, user, values).user


def prove(user: User, code: Code) -> User:
    """Return the user for whom `code` proved its address: stored if it was waiting, and verified."""
    attributes = {**user.attributes, code.attribute: code.value, flag(code.attribute): "true"}
    waited = code.purpose == UPDATE[code.attribute]
    pending = {name: value for name, value in user.pending.items() if not (waited and name == code.attribute)}
    return replace(user, attributes=attributes, pending=pending)


def _apply(pool: Pool, user: User, values: Mapping[str, str]) -> Plan:
    """Put `values` into the user, and see which addresses must be verified (digest «users» §2.4)."""
    attributes = {name: value for name, value in user.attributes.items() if values.get(name) != ""}
    attributes |= {name: value for name, value in values.items() if value and name not in ADDRESSES}
    # Whatever is said about an address ends the change that waits: another value replaces it, and the
    # current value (or a blank) takes it back.
    pending = {name: value for name, value in user.pending.items() if name not in values}
    # Somebody who is not confirmed has no token to verify with: nothing of theirs can wait.
    waits = frozenset() if user.status == Status.UNCONFIRMED else pool.verify_before_update
    verified = frozenset(a for a in ADDRESSES if values.get(flag(a)) == "true")
    send: list[tuple[CodePurpose, Delivery]] = []
    free: list[tuple[str, str]] = []
    for attribute in ADDRESSES:
        value = values.get(attribute)
        if value == "":
            attributes.pop(flag(attribute), None)
        if not value or value == user.attributes.get(attribute):
            continue
        delivery = Delivery(MEDIUM[attribute], attribute, value)
        if attribute in verified:
            attributes[attribute] = value
        elif attribute in waits:
            pending[attribute] = value
            # A flag sent beside it is said of the address that waits: the one in force keeps its own.
            if flag(attribute) in user.attributes:
                attributes[flag(attribute)] = user.attributes[flag(attribute)]
            else:
                attributes.pop(flag(attribute), None)
            send.append((UPDATE[attribute], delivery))
            if attribute in identifier_kinds(pool, user):
                free.append((attribute, normalise(pool, attribute, value)))
        else:
            attributes |= {attribute: value, flag(attribute): "false"}
            if attribute in pool.auto_verified:
                send.append((VERIFY[attribute], delivery))
    changed = replace(
        user, attributes=attributes, pending=pending, mfa=_without_addresses(pool, user, values)
    )
    return Plan(changed, tuple(send), tuple(free), verified & pool.alias_attributes)


def _without_addresses(pool: Pool, user: User, values: Mapping[str, str]) -> Mfa:
    """Return the user's second factors without those that send to an address that goes.

    Raises:
        InvalidParameterException: the pool requires a second factor, and asks for this one («users» §2.8).
    """
    gone = frozenset(a for a in ADDRESSES if values.get(a) == "" and user.attributes.get(a))
    if pool.mfa == "ON":
        for attribute in sorted(gone & second_factors.serving(pool, user)):
            raise InvalidParameterException(f"Cannot delete {attribute}: it is required for MFA.")
    return second_factors.without_addresses(user.mfa, gone)


def _values(changes: Changes) -> dict[str, str]:
    """Return name → value; the first checks are here, because they come before all others."""
    if any(name == SUB for name, _ in changes):
        raise InvalidParameterException("Cannot modify the non-mutable attribute sub")
    values: dict[str, str] = {}
    for name, value in changes:
        if value is None:
            raise InvalidParameterException(f"Attribute value for {name} must not be null")
        values[name] = value
    return values


def _check_permission(pool: Pool, client: Client | None, names: Iterable[str]) -> None:
    if client is None:
        return
    for name in names:
        known = pool.schema.get(name)
        if not client.may_write(name, required=known is not None and known.required):
            raise NotAuthorizedException("A client attempted to write unauthorized attribute")


def _obstacle(pool: Pool, name: str, value: str) -> str | None:
    """Return why a user's attribute cannot become `value`, or None."""
    known = pool.schema.get(name)
    if known and not known.mutable:
        return _FIXED
    if known and known.required and not value:
        return _KEPT
    return _misfit(pool, name, value)


def _misfit(pool: Pool, name: str, value: str) -> str | None:
    """Return why `value` does not fit the schema, or None; a blank is no value."""
    known = pool.schema.get(name)
    if known is None:
        return _UNKNOWN
    return value_problem(known, value) if value else None


def _refuse(prefix: str, findings: Iterable[tuple[str, str | None]]) -> None:
    """Refuse for every obstacle at once, each in a clause that ends its line."""
    clauses = "".join(f"user.{name}: {why}\n" for name, why in findings if why)
    if clauses:
        raise InvalidParameterException(prefix + clauses)


def _check_formats(pool: Pool, values: Mapping[str, str]) -> None:
    email, phone, preferred = (values.get(name) for name in (EMAIL, PHONE, PREFERRED))
    if email and not is_email(email):
        raise InvalidParameterException("Invalid email address format.")
    if phone and not is_phone(phone):
        raise InvalidParameterException("Invalid phone number format.")
    if preferred and PREFERRED in pool.alias_attributes:
        check_not_an_alias(pool, preferred)


def _check_preferred_username(pool: Pool) -> None:
    """Refuse a preferred username, as an alias, for a user who is not confirmed (AJS#1669)."""
    if PREFERRED in pool.alias_attributes:
        raise InvalidParameterException(
            "Preferred username cannot be provided for unconfirmed account, since user pool is configured "
            "for preferred username alias."
        )


def _check_flags(values: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Refuse a flag for an address that the user will not have."""
    for attribute in ADDRESSES:
        if values.get(flag(attribute)) and not after.get(attribute):
            raise InvalidParameterException(_ADDRESSLESS[attribute])
