"""Which values fit which types (digest «users» §§1.3, 1.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.pool import AttributeSchema
from poolhouse.domain.values import stored_form, value_problem


@pytest.mark.parametrize(
    ("data_type", "constraints", "value", "problem"),
    [
        ("Number", {}, "12.5", None),
        ("Number", {}, "-1e3", None),
        ("Number", {}, "twelve", "Value must be a number"),
        ("Number", {}, "NaN", "Value must be a number"),
        ("Number", {}, "1_000", "Value must be a number"),
        ("Number", {}, " 1", "Value must be a number"),
        ("Number", {}, "1e99999999999999999999", "Value must be a number"),
        ("Number", {"MinValue": "0"}, "-0.1", "Number must be no less than 0"),
        ("Number", {"MaxValue": "5"}, "5.1", "Number must be no greater than 5"),
        ("Number", {"MinValue": "0", "MaxValue": "5"}, "5", None),
        ("Boolean", {}, "true", None),
        ("Boolean", {}, "False", None),
        ("Boolean", {}, "yes", "Value must be true or false"),
        ("DateTime", {}, "2026-11-24T03:00:00Z", None),
        ("DateTime", {}, "2026-11-24T03:00:00.123+01:00", None),
        ("DateTime", {}, "yesterday", "Value must be an ISO 8601 date-time"),
    ],
)
def test_types(data_type, constraints, value, problem):
    assert (
        value_problem(AttributeSchema("custom:x", data_type, number_constraints=constraints), value)
        == problem
    )


@pytest.mark.parametrize(
    ("constraints", "value", "problem"),
    [
        ({}, "x" * 2048, None),
        ({"MinLength": "3"}, "éé", "String must be no shorter than 3 characters"),
        ({"MinLength": "3", "MaxLength": "3"}, "🦉🦉🦉", None),
        ({"MaxLength": "3"}, "abcd", "String must be no longer than 3 characters"),
    ],
)
def test_lengths_are_counted_in_characters(constraints, value, problem):
    assert (
        value_problem(AttributeSchema("custom:x", "String", string_constraints=constraints), value) == problem
    )


def test_booleans_are_stored_in_lower_case():
    assert stored_form(AttributeSchema("email_verified", "Boolean"), "TRUE") == "true"
    assert stored_form(AttributeSchema("name", "String"), "TRUE") == "TRUE"


@given(st.sampled_from(["String", "Number", "Boolean", "DateTime"]), st.text(min_size=1))
def test_any_text_has_an_answer(data_type, value):
    bounds = {"MinValue": "1", "MaxValue": "9"}
    limits = {"MinLength": "1", "MaxLength": "9"}
    attribute = AttributeSchema("custom:x", data_type, number_constraints=bounds, string_constraints=limits)
    assert value_problem(attribute, value) is None or value_problem(attribute, value)[0].isupper()


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_within_their_range_fit(number):
    bounds = {"MinValue": str(number), "MaxValue": str(number)}
    attribute = AttributeSchema("custom:x", "Number", number_constraints=bounds)
    assert value_problem(attribute, str(number)) is None
