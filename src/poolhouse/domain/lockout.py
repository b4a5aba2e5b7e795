"""Lock-out after wrong passwords (digest «sign-in» §2.3); codes of MFA count separately by the same rule.

Addresses count by it too, with more failures that are free.
"""

from dataclasses import dataclass

FREE_FAILURES = 4
LONGEST_LOCK = 900.0
WRONG = "Incorrect username or password."
EXCEEDED = "Password attempts exceeded"
QUIET = 900.0


@dataclass(frozen=True, slots=True)
class Lockout:
    """A user's wrong answers in a row.

    Attributes:
        failures: how many counted.
        last_failure: when the last of them was, in seconds since the epoch.
    """

    failures: int
    last_failure: float
    version: int = 0


def lock_seconds(failures: int, free: int = FREE_FAILURES) -> float:
    """Return how long failure number `failures` locks: 1 s after the free ones, doubling to 15 minutes."""
    if failures <= free:
        return 0.0
    return min(2.0 ** min(failures - free - 1, 10), LONGEST_LOCK)


def locked(lockout: Lockout | None, now: float, free: int = FREE_FAILURES) -> bool:
    """Tell whether no answer counts now, right or wrong."""
    return lockout is not None and now < lockout.last_failure + lock_seconds(lockout.failures, free)


def failed(lockout: Lockout | None, now: float) -> Lockout:
    """Return the state after one more wrong answer; 15 quiet minutes have forgotten the earlier ones."""
    if lockout is None:
        return Lockout(1, now)
    if now >= lockout.last_failure + QUIET:
        return Lockout(1, now, lockout.version)
    return Lockout(lockout.failures + 1, now, lockout.version)
