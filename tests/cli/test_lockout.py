"""`poolhouse lockout list` and `lift`, beside a server or without one."""

from contextlib import suppress
from pathlib import Path

from botocore.exceptions import ClientError

from poolhouse.domain.lockout import Lockout
from poolhouse.store import open_store
from poolhouse.world import SystemClock
from support.authenticator import answer, mfa_place, signed_in, with_app
from support.process import poolhouse
from support.scripted import ScriptedClock
from support.server import running_server


def test_a_lock_is_listed_and_lifted(tmp_path: Path) -> None:
    place = ["--data", str(tmp_path / "data")]
    assert poolhouse("init", *place).returncode == 0
    assert poolhouse("lockout", "list", *place).stdout == "Nobody is locked out.\n"
    pool, subject = "us-east-1_Ab12Cd34E", "address/203.0.113.7"
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'poolhouse.db'}", SystemClock())
    locked = Lockout(150, SystemClock().now())
    store.write(lambda tx: tx.attempts.put_lockout(pool, subject, locked))
    store.close()
    assert poolhouse("lockout", "list", *place).stdout.startswith(
        f"{pool}  {subject}  failures=150  seconds="
    )
    lifted = poolhouse("lockout", "lift", pool, subject, *place)
    assert (lifted.returncode, lifted.stdout) == (0, f"{subject} is let in again.\n")
    again = poolhouse("lockout", "lift", pool, subject, *place)
    assert again.returncode == 1
    assert again.stderr.startswith("poolhouse: no wrong answers of address/203.0.113.7 are counted")


def test_wrong_codes_are_listed_apart_and_lifted_with_the_user(tmp_path: Path) -> None:
    place = ["--data", str(tmp_path / "data")]
    assert poolhouse("init", *place).returncode == 0
    clock = ScriptedClock(SystemClock().now())
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'poolhouse.db'}", clock)
    with running_server(store, tmp_path, clock) as server:
        made = mfa_place(server, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
        app = with_app(made)
        sub = made.idp.admin_get_user(UserPoolId=made.pool, Username="jane")["UserAttributes"][0]["Value"]
        for _ in range(8):  # five are free; the locks that follow are waited for
            clock.advance(60)
            asked = made.plain()
            with suppress(ClientError):
                answer(made, asked, SOFTWARE_TOKEN_MFA_CODE=app.wrong())
        asked = made.plain()  # the password's counter is another
        listed = poolhouse("lockout", "list", *place).stdout
        assert listed.startswith(f"{made.pool}  {sub}/mfa  failures=8  seconds="), listed
        assert poolhouse("lockout", "lift", made.pool, "jane", *place).stdout == "jane is let in again.\n"
        assert poolhouse("lockout", "list", *place).stdout == "Nobody is locked out.\n"
        assert signed_in(answer(made, asked, SOFTWARE_TOKEN_MFA_CODE=app.code()))
