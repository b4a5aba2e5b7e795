"""A pool's schema: the built-in attributes, and what CreateUserPool and AddCustomAttributes add.

Rules and wording: digest «users» §§1.1, 1.3. Entries come in the wire's own form, as
`SchemaAttributeType` describes them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from poolhouse.domain.pool import AttributeSchema
from poolhouse.errors import InvalidParameterException

STRING, NUMBER, BOOLEAN, DATE_TIME = "String", "Number", "Boolean", "DateTime"
CUSTOM = "custom:"
DEVELOPER = "dev:custom:"
SUB = "sub"
LONGEST_VALUE = 2048
MOST_CUSTOM = 50
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


def _text(name: str, shortest: int = 0, longest: int = LONGEST_VALUE) -> AttributeSchema:
    constraints = {"MinLength": str(shortest), "MaxLength": str(longest)}
    return AttributeSchema(name, STRING, string_constraints=constraints)


_BUILT_IN = (
    replace(_text(SUB, 1), required=True, mutable=False),
    _text("name"),
    _text("given_name"),
    _text("family_name"),
    _text("middle_name"),
    _text("nickname"),
    _text("preferred_username"),
    _text("profile"),
    _text("picture"),
    _text("website"),
    _text("email"),
    AttributeSchema("email_verified", BOOLEAN),
    _text("gender"),
    _text("birthdate", 10, 10),
    _text("zoneinfo"),
    _text("locale"),
    _text("phone_number"),
    AttributeSchema("phone_number_verified", BOOLEAN),
    _text("address"),
    AttributeSchema("updated_at", NUMBER, number_constraints={"MinValue": "0"}),
)
STANDARD: Mapping[str, AttributeSchema] = {attribute.name: attribute for attribute in _BUILT_IN}
"""The 20 built-in attributes in the order in which the service lists them (digest «users» §1.1)."""


def build_schema(entries: Iterable[Mapping[str, Any]]) -> Mapping[str, AttributeSchema]:
    """Return the schema of a new pool.

    Args:
        entries: `CreateUserPool.Schema`. An entry that bears a built-in name adjusts that attribute, any
            other makes a custom one.

    Returns:
        Name → attribute: the built-in ones in their order, then the custom ones as given.

    Raises:
        InvalidParameterException: an entry is refused, in the words of digest «users» §1.3.
    """
    schema = dict(STANDARD)
    adjusted: set[str] = set()
    for entry in entries:
        name = _name(entry)
        if name not in STANDARD:
            _add(schema, entry)
        elif name in adjusted:
            raise InvalidParameterException(f"{name}: Existing attribute already has name {name}.")
        else:
            schema[name] = _adjust(STANDARD[name], entry)
            adjusted.add(name)
    return schema


def add_custom(
    schema: Mapping[str, AttributeSchema], entries: Iterable[Mapping[str, Any]]
) -> Mapping[str, AttributeSchema]:
    """Return `schema` with custom attributes added.

    Args:
        schema: the pool's.
        entries: `AddCustomAttributes.CustomAttributes`; each makes a custom attribute, whatever its name.

    Raises:
        InvalidParameterException: an entry is refused, in the words of digest «users» §1.3.
    """
    grown = dict(schema)
    for entry in entries:
        _add(grown, entry)
    return grown


def _adjust(standard: AttributeSchema, entry: Mapping[str, Any]) -> AttributeSchema:
    name = standard.name
    data_type = entry.get("AttributeDataType")
    if data_type not in {None, standard.data_type} or entry.get("DeveloperOnlyAttribute"):
        raise InvalidParameterException(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard "
            f"schema attribute {name}"
        )
    text, number = _constraints(standard, entry)
    if name == SUB:  # Its description may be sent back, but nothing about it can be chosen.
        return standard
    return replace(
        standard,
        required=bool(entry.get("Required")),
        mutable=entry.get("Mutable") is not False,
        string_constraints=text,
        number_constraints=number,
    )


def _name(entry: Mapping[str, Any]) -> str:
    """Return an entry's name, which the model lets a request leave out (the wording is a guess)."""
    if not entry.get("Name"):
        raise InvalidParameterException("Schema attribute name must not be empty.")
    return str(entry["Name"])


def _add(schema: dict[str, AttributeSchema], entry: Mapping[str, Any]) -> None:
    data_type = entry.get("AttributeDataType")
    if data_type not in {STRING, NUMBER, BOOLEAN, DATE_TIME}:
        raise InvalidParameterException(
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
        )
    if entry.get("Required"):
        raise InvalidParameterException("Required custom attributes are not supported currently.")
    developer_only = bool(entry.get("DeveloperOnlyAttribute"))
    bare = _name(entry)
    name = (DEVELOPER if developer_only else CUSTOM) + bare
    if name in schema:
        raise InvalidParameterException(f"{CUSTOM}{bare}: Existing attribute already has name {name}.")
    if len(schema) - len(STANDARD) >= MOST_CUSTOM:
        raise InvalidParameterException(f"A user pool can have at most {MOST_CUSTOM} custom attributes.")
    attribute = AttributeSchema(
        name, data_type, mutable=bool(entry.get("Mutable")), developer_only=developer_only
    )
    text, number = _constraints(attribute, entry)
    schema[name] = replace(attribute, string_constraints=text, number_constraints=number)


def _constraints(
    attribute: AttributeSchema, entry: Mapping[str, Any]
) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
    """Check both kinds of constraint and return them over the attribute's own; None for the wrong kind."""
    name, data_type = attribute.name, attribute.data_type
    text = _given(entry.get("StringAttributeConstraints"))
    number = _given(entry.get("NumberAttributeConstraints"))
    if text and data_type != STRING:
        raise _nonsense("StringAttributeConstraints", name)
    if number and data_type != NUMBER:
        raise _nonsense("NumberAttributeConstraints", name)
    text = {**(attribute.string_constraints or {}), **text}
    number = {**(attribute.number_constraints or {}), **number}
    _check_lengths(name, text)
    _check_range(name, number)
    return (text if data_type == STRING else None, number if data_type == NUMBER else None)


def _given(constraints: Mapping[str, str | None] | None) -> dict[str, str]:
    return {member: value for member, value in (constraints or {}).items() if value is not None}


def _check_lengths(name: str, given: Mapping[str, str]) -> None:
    if not all(value.isascii() and value.isdigit() and len(value) <= 10 for value in given.values()):
        raise _nonsense("StringAttributeConstraints", name)
    shortest, longest = (int(given.get(member, 0)) for member in ("MinLength", "MaxLength"))
    if max(shortest, longest) > LONGEST_VALUE:
        raise InvalidParameterException(
            f"user.{name}: String attributes cannot have a length of more than {LONGEST_VALUE}"
        )
    if "MaxLength" in given and longest < shortest:
        raise InvalidParameterException(f"user.{name}: Max length cannot be less than min length.")


def _check_range(name: str, given: Mapping[str, str]) -> None:
    bounds = {member: parse_number(value) for member, value in given.items()}
    if None in bounds.values():
        raise _nonsense("NumberAttributeConstraints", name)
    least, greatest = bounds.get("MinValue"), bounds.get("MaxValue")
    if least is not None and greatest is not None and greatest < least:
        raise InvalidParameterException(f"user.{name}: Max value cannot be less than min value.")


def _nonsense(member: str, name: str) -> InvalidParameterException:
    return InvalidParameterException(f"Invalid {member} for schema attribute {name}")


def parse_number(text: str) -> Decimal | None:
    """Read a decimal number as JSON and Java write it, or return None."""
    if not _NUMBER.match(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent out of all bounds
        return None
