"""How many of a thing an account or a pool may have (digest «users» §7.10).

Each has the number that the service gives an account, and the highest that it raises it to. What has no other
number than the model's is checked with the thing itself: custom attributes, passkeys, styles, secrets, tags.
"""

from enum import Enum

from poolhouse.errors import LimitExceededException

OFF, RAISED = "off", "raised"
_ACCOUNT, _POOL = "An account", "A user pool"


class Quota(Enum):
    """Whose, of what, by default, and when raised; None where the service says no number."""

    POOLS = (_ACCOUNT, "user pools", 1_000, 10_000)
    CUSTOM_DOMAINS = (_ACCOUNT, "custom domains", 4, None)
    CLIENTS = (_POOL, "app clients", 1_000, 10_000)
    GROUPS = (_POOL, "groups", 10_000, 10_000)
    RESOURCE_SERVERS = (_POOL, "resource servers", 25, 300)
    TERMS = (_POOL, "terms documents", 40, 40)
    IMPORT_JOBS = (_POOL, "user import jobs", 1_000, 1_000)

    def most(self, setting: str) -> int | None:
        """Return how many there may be, None for any number.

        Args:
            setting: `limits.quotas`.
        """
        default: int
        raised: int | None
        _, _, default, raised = self.value
        if setting == OFF:
            return None
        return raised if setting == RAISED else default

    def check_another(self, count: int, setting: str) -> None:
        """Check that there may be one more beside so many.

        Raises:
            LimitExceededException: there may not (the text is a guess).
        """
        whose, what, _, _ = self.value
        most = self.most(setting)
        if most is not None and count >= most:
            raise LimitExceededException(f"{whose} can have at most {most:,} {what}.")
