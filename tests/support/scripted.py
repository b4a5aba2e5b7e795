"""A clock and a source of randomness that do as they are told."""

import random
import threading
import uuid


class ScriptedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._now = round(self._now + seconds, 3)


class ScriptedEntropy:
    """Randomness from a seed: the same in each run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def uuid(self) -> str:
        return str(uuid.UUID(bytes=self.bytes(16), version=4))

    def digits(self, count: int) -> str:
        return self.text(count, "0123456789")

    def bytes(self, count: int) -> bytes:
        with self._lock:
            return self._random.randbytes(count)

    def text(self, count: int, alphabet: str) -> str:
        with self._lock:
            return "".join(self._random.choice(alphabet) for _ in range(count))
