"""Tokens that may be used once, and were."""

from sqlalchemy.dialects.postgresql import insert

from poolhouse.store.documents import values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Expiry
from poolhouse.store.tables import spent
from poolhouse.store.text import key_text

_SPEND = Statement(insert(spent).values(values_of(spent)).on_conflict_do_nothing())
_EXPIRY = Expiry(spent, "expires")


class Spent:
    """Token ids by primary key: of two who spend one, one hears True."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def spend(self, pool_id: str, token_id: str, expires: float) -> bool:
        """Use the token up; False if it was used before.

        Args:
            pool_id: the pool.
            token_id: names the token.
            expires: when the token is worthless anyway and need not be remembered; seconds since the epoch.
        """
        return self._link.run(_SPEND, pool_id=pool_id, token_id=key_text(token_id), expires=expires) == 1

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Forget at most `limit` tokens that expired before `before`; return how many."""
        return _EXPIRY.sweep(self._link, pool_id, before, limit)
