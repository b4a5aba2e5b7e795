"""Lock-out after wrong passwords (digest «sign-in» §2.3); codes of MFA count separately by the same rule."""

from dataclasses import dataclass

FREE_FAILURES = 4
LONGEST_LOCK = 900.0
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


def lock_seconds(failures: int) -> float:
    """Return how long failure number `failures` locks: 1 s from the fifth, then doubling to 15 minutes."""
    if failures <= FREE_FAILURES:
        return 0.0
    return min(2.0 ** min(failures - FREE_FAILURES - 1, 10), LONGEST_LOCK)


def locked(lockout: Lockout | None, now: float) -> bool:
    """Tell whether no answer counts now, right or wrong."""
    return lockout is not None and now < lockout.last_failure + lock_seconds(lockout.failures)


def failed(lockout: Lockout | None, now: float) -> Lockout:
    """Return the state after one more wrong answer; 15 quiet minutes have forgotten the earlier ones."""
    if lockout is None:
        return Lockout(1, now)
    if now >= lockout.last_failure + QUIET:
        return Lockout(1, now, lockout.version)
    return Lockout(lockout.failures + 1, now, lockout.version)
