"""A program that writes as fast as it can and notes what it was promised; it is there to be killed.

Each line of the notes is written after the store has answered, in one `write` to a file, so that it survives
the program as the data should.
"""

import os
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from poolhouse.domain.user import Credential
from poolhouse.store import Conflict, StaleRow, Store, Tx, open_store
from support.scripted import ScriptedClock
from support.things import NOW, POOL, a_user

SHARED = "shared"
PRIZES = 5


def write(url: str, notes: Path, cycle: str, threads: int, parent: Connection) -> None:
    """Tell the parent, then write until killed, or until the parent answers."""
    stop = threading.Event()
    out = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(*words: object) -> None:
        os.write(out, (" ".join(map(str, words)) + "\n").encode())

    shared = f"{cycle}-{SHARED}"
    with closing(open_store(url, ScriptedClock())) as store:
        store.write(lambda tx: tx.users.add(a_user(shared, shared, name="0")))
        parent.send("ready")
        workers = [
            threading.Thread(target=_work, args=(store, note, cycle, number, stop))
            for number in range(threads)
        ]
        for worker in workers:
            worker.start()
        parent.recv()
        stop.set()
        for worker in workers:
            worker.join()


def _work(store: Store, note: Callable[..., None], cycle: str, thread: int, stop: threading.Event) -> None:
    turn = 0
    while not stop.is_set():
        turn += 1
        sub = f"{cycle}-{thread}-{turn}"
        for name, work in _units(cycle, thread, turn, sub).items():
            try:
                answer = store.write(work)
            except (Conflict, StaleRow):
                continue  # others were quicker; nothing was done
            except Exception as error:  # noqa: BLE001 (the server was away for too long: nobody knows)
                note("unknown", name, sub, type(error).__name__)
                continue
            note(name, sub, answer)


def _units(cycle: str, thread: int, turn: int, sub: str) -> dict[str, Callable[[Tx], object]]:
    return {
        "join": lambda tx: join(tx, sub),
        "bump": lambda tx: bump(tx, sub),
        "share": lambda tx: bump(tx, f"{cycle}-{SHARED}"),
        "claim": lambda tx: claim(tx, f"{cycle}-{turn % PRIZES}", sub),
        "spend": lambda tx: f"{turn} {tx.spent.spend(POOL, f'{cycle}-{turn}', NOW)}",
        "tick": lambda tx: tx.attempts.add(POOL, cycle, "tick", NOW),
        "leave": lambda tx: thread % 2 == 0 and turn % 5 == 0 and tx.users.delete(POOL, sub),
    }


def join(tx: Tx, sub: str) -> None:
    """Add a user with everything a user has."""
    tx.users.add(a_user(sub, sub, email=f"{sub}@example.com", name="0"))
    tx.aliases.hold(POOL, "username", sub, sub)
    tx.aliases.hold(POOL, "email", f"{sub}@example.com", sub)
    tx.credentials.put(POOL, sub, Credential(b"salt", b"verifier", "", False, NOW))


def bump(tx: Tx, sub: str) -> int:
    """Count one more in the user's name."""
    user = tx.users.get(POOL, sub)
    assert user is not None
    count = int(user.attributes["name"]) + 1
    tx.users.save(replace(user, attributes={**user.attributes, "name": str(count)}))
    return count


def claim(tx: Tx, prize: str, sub: str) -> str:
    """Take a name that everybody wants."""
    tx.aliases.hold(POOL, "preferred_username", prize, sub)
    return prize
