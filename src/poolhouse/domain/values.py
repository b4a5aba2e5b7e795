"""Whether a value fits its attribute's type and constraints (digest «users» §§1.3, 1.6)."""

from datetime import datetime

from poolhouse.domain.pool import AttributeSchema
from poolhouse.domain.schema import BOOLEAN, DATE_TIME, NUMBER, STRING, parse_number


def value_problem(attribute: AttributeSchema, value: str) -> str | None:
    """Return why a value that is not blank does not fit its attribute's type and constraints, or None.

    The wording for strings is the service's; for other types no text is on record.
    """
    return _PROBLEMS[attribute.data_type](attribute, value)


def _string_problem(attribute: AttributeSchema, value: str) -> str | None:
    limits = attribute.string_constraints or {}
    if "MinLength" in limits and len(value) < int(limits["MinLength"]):
        return f"String must be no shorter than {limits['MinLength']} characters"
    if "MaxLength" in limits and len(value) > int(limits["MaxLength"]):
        return f"String must be no longer than {limits['MaxLength']} characters"
    return None


def _number_problem(attribute: AttributeSchema, value: str) -> str | None:
    number = parse_number(value)
    if number is None:
        return "Value must be a number"
    limits = attribute.number_constraints or {}
    least, greatest = (parse_number(limits.get(bound, "")) for bound in ("MinValue", "MaxValue"))
    if least is not None and number < least:
        return f"Number must be no less than {limits['MinValue']}"
    if greatest is not None and number > greatest:
        return f"Number must be no greater than {limits['MaxValue']}"
    return None


def _boolean_problem(_: AttributeSchema, value: str) -> str | None:
    return None if value.lower() in {"true", "false"} else "Value must be true or false"


def _date_time_problem(_: AttributeSchema, value: str) -> str | None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return "Value must be an ISO 8601 date-time"
    return None


_PROBLEMS = {
    STRING: _string_problem,
    NUMBER: _number_problem,
    BOOLEAN: _boolean_problem,
    DATE_TIME: _date_time_problem,
}


def stored_form(attribute: AttributeSchema, value: str) -> str:
    """Return a value that fits as it is stored: Booleans in lower case."""
    return value.lower() if attribute.data_type == BOOLEAN else value
