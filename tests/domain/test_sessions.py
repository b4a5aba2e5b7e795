"""Sessions: their ids, their order, and which of them make room."""

import re
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.sessions import TokenSession, latest_first, session_id, surplus


def session(number, last_active, created=0.0):
    family = str(UUID(int=number))
    return TokenSession("p", "s", family, "c", created, last_active, 9e9, "127.0.0.1", "unknown")


@given(st.uuids(), st.uuids())
def test_ids_have_the_services_form_and_are_as_unique_as_families(one, other):
    made = session_id("tkn", str(one))
    assert re.fullmatch(r"tkn[a-z0-9]{25}", made)
    assert UUID(int=int(made[3:], 36)) == one
    assert (made == session_id("tkn", str(other))) == (one == other)


def test_the_largest_number_fits():
    assert len(session_id("sso", "ffffffff-ffff-ffff-ffff-ffffffffffff")) == 28


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8), st.integers(1, 9))
def test_the_least_recently_used_make_room(times, limit):
    active = [session(n, float(last), float(created)) for n, (last, created) in enumerate(times)]
    gone = surplus(active, limit)
    kept = [each for each in active if each not in gone]
    assert len(kept) == min(len(active), limit - 1)
    assert all(a.last_active <= b.last_active for a in gone for b in kept)
    assert sorted(map(id, latest_first(active))) == sorted(map(id, active))
