"""`poolhouse lockout list` and `lift`, beside a server or without one."""

from pathlib import Path

from poolhouse.domain.lockout import Lockout
from poolhouse.store import open_store
from poolhouse.world import SystemClock
from support.process import poolhouse


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
