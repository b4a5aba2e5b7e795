"""Request rates by category, enforced where `limits.requests` is on.

Rates are those of one process: with several, each allows as much. What UpdateProvisionedLimit sets counts two
seconds later in every process.
"""

from collections.abc import Callable, Mapping

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from poolhouse.domain.request_rates import ANSWERS, ANSWERS_TIMES, CATEGORIES, DEFAULTS
from poolhouse.errors import TooManyRequestsException
from poolhouse.wire.operations import OPERATIONS
from poolhouse.world import Clock

_FRESH_SECONDS = 2.0
_READS = ("Describe", "Get", "List")


def rates(provisioned: Mapping[str, int]) -> dict[str, tuple[RateLimitItem, str]]:
    """Return operation → its rate and its category.

    Args:
        provisioned: requests a second of the categories that differ from their defaults.
    """
    requests = {**DEFAULTS, **provisioned}
    categories = {name: _remaining(name) for name in OPERATIONS}
    for category, (_, names) in CATEGORIES.items():
        categories |= dict.fromkeys(names, category)
    table: dict[str, tuple[RateLimitItem, str]] = {
        name: (RateLimitItemPerSecond(requests[category]), category) for name, category in categories.items()
    }
    answers = RateLimitItemPerSecond(requests["UserAuthentication"] * ANSWERS_TIMES)
    return table | dict.fromkeys(ANSWERS, (answers, "answers"))


def _remaining(operation: str) -> str:
    about = "Client" if "UserPoolClient" in operation else "Resource"
    return f"UserPool{about}{'Read' if operation.startswith(_READS) else 'Update'}"


class RateLimits:
    """Counts requests in windows of a second."""

    def __init__(self, provisioned: Callable[[], Mapping[str, int]], clock: Clock) -> None:
        """Begin with the rates of now.

        Args:
            provisioned: returns requests a second of the categories that differ from their defaults.
            clock: says when to ask again.
        """
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._provisioned = provisioned
        self._clock = clock
        self._read = clock.now()
        self._rates = rates(provisioned())

    def check(self, operation: str) -> None:
        """Count a request.

        Raises:
            TooManyRequestsException: its category has had its share of this second.
        """
        now = self._clock.now()
        if now >= self._read + _FRESH_SECONDS:
            self._read = now  # first, so that one thread asks
            self._rates = rates(self._provisioned())
        rate, category = self._rates[operation]
        if not self._limiter.hit(rate, category):
            raise TooManyRequestsException("Rate exceeded")
