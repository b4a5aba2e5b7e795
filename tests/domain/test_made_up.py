"""Made-up answers: stable, of the right form, and a pool's own."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import made_up, srp

SEED = bytes(range(32))


@given(st.text(max_size=128))
def test_the_same_name_has_the_same_answers(name: str) -> None:
    made = made_up.identifier(SEED, name)
    assert made == made_up.identifier(SEED, name) != made_up.identifier(SEED[::-1], name)
    assert made_up.salt(SEED, made) == made_up.salt(SEED, made) != made_up.salt(SEED[::-1], made)


def test_forms_are_those_of_a_stored_user() -> None:
    made = made_up.identifier(SEED, "nobody")
    assert uuid.UUID(made).version == 4
    assert str(uuid.UUID(made)) == made
    assert len(made_up.salt(SEED, made)) == srp.SALT_BYTES
    assert 0 < made_up.verifier(SEED, made) < srp.N
