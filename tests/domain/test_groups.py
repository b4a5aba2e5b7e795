"""What tokens say of groups: precedence and roles (digest «users» §6.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.claims import Groups
from poolhouse.domain.groups import Group, of_tokens

A, B = "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"


def group(name, precedence=None, role=None):
    return Group("us-east-1_A", name, f"id of {name}", 1.0, 1.0, None, role, precedence)


@pytest.mark.parametrize(
    ("groups", "names", "roles", "preferred"),
    [
        ([], [], [], None),
        ([group("x")], ["x"], [], None),
        ([group("x", role=A)], ["x"], [A], A),
        ([group("x", 1, A), group("y", 0, B)], ["y", "x"], [B, A], B),
        ([group("x", None, A), group("y", 2**31 - 1, B)], ["y", "x"], [B, A], B),
        ([group("x", 1, A), group("y", 1, A)], ["x", "y"], [A], A),
        ([group("x", 1, A), group("y", 1, B)], ["x", "y"], [A, B], None),
        ([group("x", None, A), group("y", None, B)], ["x", "y"], [A, B], None),
        ([group("x", 1, A), group("y", 1, B), group("z", 0)], ["z", "x", "y"], [A, B], None),
        ([group("x", 0), group("y", 1, B)], ["x", "y"], [B], B),
        ([group("x", 1), group("y", 1, B)], ["x", "y"], [B], B),
        ([group("x", 2, A), group("y", 1, B), group("z", 1, B)], ["y", "z", "x"], [B, A], B),
    ],
)
def test_precedence(groups, names, roles, preferred):
    assert of_tokens(groups) == Groups(names, roles, preferred)
    assert of_tokens(reversed(groups)) == Groups(names, roles, preferred)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=3),
        st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from([A, B])),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_they_are_found_counts_for_nothing(found, random):
    groups = [group(name, *rest) for name, rest in found.items()]
    said = of_tokens(groups)
    random.shuffle(groups)
    assert of_tokens(groups) == said
    assert sorted(said.names) == sorted(found)
    assert set(said.roles) == {role for _, role in found.values() if role}
    assert said.preferred_role in (None, *said.roles)
