"""Lock-out: 1 s from the fifth failure, doubling to 15 minutes, forgotten after 15 quiet minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.lockout import QUIET, Lockout, failed, lock_seconds, locked


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (14, 512), (15, 900), (16, 900), (10**9, 900)],
)
def test_seconds_of_each_failure(failures: int, seconds: float) -> None:
    assert lock_seconds(failures) == seconds


def test_a_lock_ends_when_its_time_has_run() -> None:
    state = Lockout(6, 100.0)
    assert locked(state, 101.999)
    assert not locked(state, 102.0)
    assert not locked(None, 0.0)


@given(st.lists(st.floats(min_value=0, max_value=899), max_size=30))
def test_failures_without_a_quiet_quarter_of_an_hour_add_up(pauses: list[float]) -> None:
    now, state = 1000.0, None
    for pause in pauses:
        now += pause
        state = failed(state, now)
    assert (state.failures if state else 0) == len(pauses)


def test_fifteen_quiet_minutes_forget_and_keep_the_row() -> None:
    assert failed(Lockout(9, 100.0, version=3), 100.0 + QUIET) == Lockout(1, 100.0 + QUIET, version=3)
    assert failed(Lockout(9, 100.0, version=3), 99.9 + QUIET) == Lockout(10, 99.9 + QUIET, version=3)
