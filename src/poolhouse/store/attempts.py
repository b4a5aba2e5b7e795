"""Counters of attempts in windows of time, and lock-outs after wrong passwords."""

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.lockout import Lockout
from poolhouse.store.documents import same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Expiry
from poolhouse.store.refusals import StaleRow
from poolhouse.store.tables import attempts, lockouts
from poolhouse.store.text import key_text

_COUNT = Statement(select(attempts.c.n).where(*same_key(attempts)))
_SINCE = Statement(
    select(attempts.c.kind, attempts.c.n)
    .where(
        attempts.c.pool_id == bindparam("pool_id"),
        attempts.c.subject == bindparam("subject"),
        attempts.c.window_start >= bindparam("since"),
    )
    .order_by(attempts.c.kind)
)
_insert = insert(attempts).values(values_of(attempts))
_ADD = Statement(
    _insert.on_conflict_do_update(
        index_elements=list(attempts.primary_key.columns), set_={"n": attempts.c.n + _insert.excluded.n}
    ).returning(attempts.c.n)
)
_CLEAR = Statement(
    delete(attempts).where(
        attempts.c.pool_id == bindparam("pool_id"),
        attempts.c.subject == bindparam("subject"),
        attempts.c.kind == bindparam("kind"),
    )
)
_LOCKOUT = Statement(
    select(lockouts.c.failures, lockouts.c.last_failure, lockouts.c.version).where(*same_key(lockouts))
)
_LOCK = Statement(insert(lockouts).values(values_of(lockouts)).on_conflict_do_nothing())
_RELOCK = Statement(
    update(lockouts)
    .where(*same_key(lockouts), lockouts.c.version == bindparam("stale"))
    .values({name: bindparam(name) for name in ("failures", "last_failure", "version")})
)
_UNLOCK = Statement(delete(lockouts).where(*same_key(lockouts)))
_RECENT = Statement(
    select(lockouts.c.pool_id, lockouts.c.subject, lockouts.c.failures, lockouts.c.last_failure)
    .where(lockouts.c.last_failure >= bindparam("since"), lockouts.c.failures > bindparam("failures"))
    .order_by(lockouts.c.pool_id, lockouts.c.subject)
    .limit(bindparam("limit")),
    across_pools=True,
)
_COUNTERS_EXPIRY = Expiry(attempts, "window_start")
_LOCKOUTS_EXPIRY = Expiry(lockouts, "last_failure")


class Attempts:
    """How often somebody tried: the subject is a `sub`, a typed name or an address."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def count(self, pool_id: str, subject: str, kind: str, window_start: float) -> int:
        """Return the count of the window that began at `window_start`."""
        row = self._link.one(
            _COUNT, pool_id=pool_id, subject=key_text(subject), kind=kind, window_start=window_start
        )
        return row[0] if row else 0

    def add(self, pool_id: str, subject: str, kind: str, window_start: float, n: int = 1) -> int:
        """Add `n` to the window's count and return it, in one statement."""
        (count,) = self._link.returning(
            _ADD, pool_id=pool_id, subject=key_text(subject), kind=kind, window_start=window_start, n=n
        )
        return int(count)

    def clear(self, pool_id: str, subject: str, kind: str) -> None:
        """Forget the counts of all windows."""
        self._link.run(_CLEAR, pool_id=pool_id, subject=key_text(subject), kind=kind)

    def since(self, pool_id: str, subject: str, since: float) -> dict[str, int]:
        """Return the counts of windows that began at `since` or later, by their kinds."""
        rows = self._link.all(_SINCE, pool_id=pool_id, subject=key_text(subject), since=since)
        counts: dict[str, int] = {}
        for kind, n in rows:
            counts[kind] = counts.get(kind, 0) + n
        return counts

    def lockout(self, pool_id: str, subject: str) -> Lockout | None:
        """Return the subject's wrong answers in a row."""
        row = self._link.one(_LOCKOUT, pool_id=pool_id, subject=key_text(subject))
        return Lockout(*row) if row else None

    def put_lockout(self, pool_id: str, subject: str, lockout: Lockout) -> Lockout:
        """Store the subject's wrong answers in a row; version 0 means there were none.

        Raises:
            StaleRow: another attempt was counted since it was read.
        """
        version = lockout.version + 1
        values = {
            "pool_id": pool_id,
            "subject": key_text(subject),
            "failures": lockout.failures,
            "last_failure": lockout.last_failure,
            "version": version,
        }
        if lockout.version == 0:
            changed = self._link.run(_LOCK, **values)
        else:
            changed = self._link.run(_RELOCK, **values, stale=lockout.version)
        if changed != 1:
            raise StaleRow("lockouts")
        return Lockout(lockout.failures, lockout.last_failure, version)

    def clear_lockout(self, pool_id: str, subject: str) -> None:
        """Forget the wrong answers, after a right one."""
        self._link.run(_UNLOCK, pool_id=pool_id, subject=key_text(subject))

    def recent_lockouts(self, since: float, failures: int, limit: int) -> list[tuple[str, str, Lockout]]:
        """Return pool, subject and state where there were more failures than so many, the last since then."""
        rows = self._link.all(_RECENT, since=since, failures=failures, limit=limit)
        return [(pool_id, subject, Lockout(count, last)) for pool_id, subject, count, last in rows]

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` windows, and as many lock-outs, older than `before`; return how many."""
        windows = _COUNTERS_EXPIRY.sweep(self._link, pool_id, before, limit)
        return windows + _LOCKOUTS_EXPIRY.sweep(self._link, pool_id, before, limit)
