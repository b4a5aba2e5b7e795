"""`poolhouse pool change`, beside a running server."""

import os
import signal
import subprocess
import sys
import time

import pytest

from poolhouse.domain.pool_change import Wish
from poolhouse.flows import pool_change
from poolhouse.store import open_store
from poolhouse.world import SystemClock
from support.folk import people
from support.process import poolhouse
from support.server import running_server


@pytest.fixture
def beside(tmp_path):
    """A server of the data folder that commands are given, and what to give them."""
    data = tmp_path / "data"
    assert poolhouse("init", "--data", str(data)).returncode == 0
    (tmp_path / "settings.toml").write_text("[beyond]\nliving_schema = true\n")
    clock = SystemClock()
    with running_server(open_store(f"sqlite:///{data}/poolhouse.db", clock), tmp_path, clock) as server:
        yield people(server), ["--data", str(data), "--config", str(tmp_path / "settings.toml")]


def test_it_is_asked_for_in_the_settings(beside):
    pool, place = beside
    refused = poolhouse("pool", "change", pool.pool, "--alias", "email", *place[:2])
    assert refused.returncode == 1
    assert "living_schema" in refused.stderr
    looked = poolhouse("pool", "change", pool.pool, "--alias", "email", "--dry-run", *place[:2])
    assert (looked.returncode, looked.stdout) == (0, "Nothing stands against it. Nothing was changed.\n")


def test_a_dry_run_lists_conflicts_and_nothing_changes(beside):
    pool, place = beside
    for name in ("Sue", "sue", "bob"):
        pool.create(name)
    wish = ["--case-insensitive", "--required", "given_name", "--show", "3"]
    before = pool.idp.describe_user_pool(UserPoolId=pool.pool)["UserPool"]
    for run in (["--dry-run"], []):
        found = poolhouse("pool", "change", pool.pool, *wish, *run, *place)
        assert found.returncode == 1
        assert len(found.stdout.splitlines()) == 4
        assert found.stdout.endswith("… and 1 more\n")
        assert "4 conflicts stand against it (3 lacking, 1 shared)" in found.stderr
    assert pool.idp.describe_user_pool(UserPoolId=pool.pool)["UserPool"] == before


def test_a_change_is_done_and_the_server_goes_by_it(beside):
    pool, place = beside
    pool.create("Sue", {"email": "sue@example.com", "email_verified": "true"})
    wish = ["--alias", "email", "--case-insensitive", "--required", "given_name", "--immutable", "nickname"]
    done = poolhouse("pool", "change", pool.pool, *wish, "--leave-lacking", *place)
    assert (done.returncode, done.stderr) == (0, "")
    found = pool.idp.admin_get_user(UserPoolId=pool.pool, Username="SUE@example.com")
    assert found["Username"] == "Sue"
    described = pool.idp.describe_user_pool(UserPoolId=pool.pool)["UserPool"]
    schema = {each["Name"]: each for each in described["SchemaAttributes"]}
    assert schema["given_name"]["Required"]
    assert not schema["nickname"]["Mutable"]
    again = poolhouse("pool", "change", pool.pool, *wish, *place)
    assert "is like that already" in again.stderr
    undone = poolhouse("pool", "change", pool.pool, "--alias", "none", "--optional", "given_name", *place)
    assert undone.returncode == 0
    assert "AliasAttributes" not in pool.idp.describe_user_pool(UserPoolId=pool.pool)["UserPool"]


def test_killed_it_goes_on_with_the_same_command(beside):
    pool, place = beside
    pool.create("Sue", {"email": "sue@example.com", "email_verified": "true"})
    store = pool.server.services.store
    command = [sys.executable, "-m", "poolhouse", "pool", "change", pool.pool, "--alias", "email", *place]
    killed = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        until = time.monotonic() + 60
        while not store.read(lambda tx: tx.pool_changes.get(pool.pool)):
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    other = poolhouse("pool", "change", pool.pool, "--alias", "phone_number", *place)
    assert "another change" in other.stderr
    assert poolhouse("pool", "change", pool.pool, "--alias", "email", *place).returncode == 0
    assert pool.idp.admin_get_user(UserPoolId=pool.pool, Username="sue@example.com")["Username"] == "Sue"


def test_what_was_cut_short_can_be_given_up(beside):
    pool, place = beside
    pool.create("Sue", {"email": "sue@example.com", "email_verified": "true"})
    store = pool.server.services.store
    pool_change.begin(store, pool.pool, Wish(aliases=("email",), required={}, mutable={}), 1.0)
    pool_change.build(store, pool.pool, 5, lambda _: None)
    done = poolhouse("pool", "change", pool.pool, "--abandon", *place)
    assert done.stdout == f"{pool.pool} is as it was.\n"
    assert store.read(lambda tx: tx.pool_changes.get(pool.pool)) is None
    assert poolhouse("pool", "change", pool.pool, "--abandon", *place).returncode == 1


def test_pools_that_are_not_there(beside):
    _, place = beside
    refused = poolhouse("pool", "change", "us-east-1_nothing00", "--alias", "email", *place)
    assert (refused.returncode, refused.stderr) == (
        1,
        "poolhouse: User pool us-east-1_nothing00 does not exist.\n",
    )
