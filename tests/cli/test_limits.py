"""`poolhouse limits show` and `lift`, beside a server."""

import pytest

from poolhouse.domain.lockout import Lockout
from poolhouse.store import open_store
from poolhouse.world import SystemClock
from support.folk import people
from support.process import poolhouse
from support.refusals import refusal
from support.scripted import ScriptedClock
from support.server import running_server


@pytest.fixture
def beside(tmp_path):
    place = ["--data", str(tmp_path / "data")]
    assert poolhouse("init", *place).returncode == 0
    clock = ScriptedClock(SystemClock().now())
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'poolhouse.db'}", clock)
    with running_server(store, tmp_path, clock) as server:
        yield people(server, AutoVerifiedAttributes=["email"]), place


def test_used_limits_are_shown_and_lifted(beside):
    pool, place = beside
    pool.sign_up("sue", email="sue@example.com")
    resend = {"ClientId": pool.client, "Username": "sue"}
    for _ in range(5):
        pool.idp.resend_confirmation_code(**resend)
    exceeded = "LimitExceededException", "Attempt limit exceeded, please try after some time."
    assert refusal(pool.idp.resend_confirmation_code, **resend) == exceeded
    shown = poolhouse("limits", "show", pool.pool, "sue", *place)
    assert "ResendConfirmationCode  6 of 5  over the limit\n" in shown.stdout
    assert "ConfirmSignUp  0 of 15\n" in shown.stdout
    lifted = poolhouse("limits", "lift", pool.pool, "sue", *place)
    assert (lifted.returncode, lifted.stdout) == (0, "sue has all limits again.\n")
    pool.idp.resend_confirmation_code(**resend)
    assert "ResendConfirmationCode  1 of 5\n" in poolhouse("limits", "show", pool.pool, "sue", *place).stdout


def test_wrong_passwords_are_shown_and_forgotten(beside):
    pool, place = beside
    sub = pool.confirmed("sue")["Attributes"][0]["Value"]
    store = pool.server.services.store
    store.write(lambda tx: tx.attempts.put_lockout(pool.pool, sub, Lockout(20, SystemClock().now())))
    assert "wrong answers  20  locked for " in poolhouse("limits", "show", pool.pool, "sue", *place).stdout
    assert poolhouse("limits", "lift", pool.pool, sub, *place).returncode == 0
    assert "wrong answers" not in poolhouse("limits", "show", pool.pool, sub, *place).stdout


@pytest.mark.parametrize("command", ["show", "lift"])
def test_who_is_not_there(beside, command):
    pool, place = beside
    nobody = poolhouse("limits", command, pool.pool, "nobody", *place)
    assert (nobody.returncode, nobody.stderr) == (1, "poolhouse: User does not exist.\n")
    nowhere = poolhouse("limits", command, "us-east-1_nothing00", "sue", *place)
    assert nowhere.stderr == "poolhouse: User pool us-east-1_nothing00 does not exist.\n"
