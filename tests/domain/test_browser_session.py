"""For how long a browser's session stands in for a sign-in."""

from dataclasses import replace

import pytest

from poolhouse.domain import browser_session
from poolhouse.domain.user import Credential
from support.things import NOW, a_browser_session, a_client, a_pool

TRACKED = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 20}}
HOUR = 3600.0


@pytest.mark.parametrize(
    ("pool", "minutes", "life", "reused_for"),
    [
        ({}, 60, HOUR, HOUR),
        ({}, 5, HOUR, HOUR),  # dormant without tracking
        (TRACKED, 60, HOUR, HOUR),
        (TRACKED, 5, HOUR, 300),
        (TRACKED, 0, HOUR, 0),
        (TRACKED, 120, 2 * HOUR, 2 * HOUR),
    ],
)
def test_how_long(pool, minutes, life, reused_for):
    pool, client = a_pool(**pool), replace(a_client(), sso_minutes=minutes)
    assert browser_session.life(pool, client) == life
    session = a_browser_session(expires=NOW + life)
    assert not browser_session.is_reused(session, pool, client, None, NOW + reused_for)
    if reused_for:
        assert browser_session.is_reused(session, pool, client, None, NOW + reused_for - 0.001)


def test_a_client_that_reuses_for_longer_than_the_session_lives():
    session = a_browser_session(expires=NOW + HOUR)
    client = replace(a_client(), sso_minutes=120)
    assert not browser_session.is_reused(session, a_pool(**TRACKED), client, None, NOW + HOUR)


@pytest.mark.parametrize(("set_at", "reused"), [(NOW - 1, True), (NOW, True), (NOW + 1, False)])
def test_a_password_set_since_ends_it(set_at, reused):
    credential = Credential(b"", b"", "", False, set_at)
    found = browser_session.is_reused(a_browser_session(), a_pool(), a_client(), credential, NOW + 2)
    assert found is reused
