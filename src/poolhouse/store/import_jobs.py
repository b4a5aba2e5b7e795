"""User import jobs, the files that were uploaded for them, and their logs.

A file lies in pieces, so that no process ever holds it whole, and each process of a deployment can go on with
a job that another began.
"""

from sqlalchemy import bindparam, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.import_jobs import ImportJob
from poolhouse.store.documents import Documents, same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import import_files, import_jobs, import_logs

PIECE_BYTES = 262_144
"""The size of every piece of a file but its last."""

_JOBS = Documents(import_jobs, ImportJob)
_IN_POOL = import_jobs.c.pool_id == bindparam("pool_id")
_LIST = Statement(
    select(import_jobs.c.doc)
    .where(
        _IN_POOL,
        tuple_(import_jobs.c.created, import_jobs.c.job_id)
        < tuple_(bindparam("before"), bindparam("before_id")),
    )
    .order_by(import_jobs.c.created.desc(), import_jobs.c.job_id.desc())
    .limit(bindparam("limit"))
)
_COUNT = Statement(select(func.count()).select_from(import_jobs).where(_IN_POOL))
_RUNNING = Statement(
    select(import_jobs.c.job_id)
    .where(_IN_POOL, import_jobs.c.running == bindparam("running"))
    .limit(bindparam("limit"))
)
_NEXT = Statement(
    select(import_jobs.c.doc)
    .where(import_jobs.c.running == bindparam("running"))
    .order_by(import_jobs.c.pool_id, import_jobs.c.job_id)
    .limit(bindparam("limit")),
    across_pools=True,
)
_ADD_PIECE = Statement(insert(import_files).values(values_of(import_files)).on_conflict_do_nothing())
_PIECE = Statement(select(import_files.c.data).where(*same_key(import_files)))
_WITH_FILE = Statement(
    select(import_files.c.job_id)
    .where(import_files.c.pool_id == bindparam("pool_id"), import_files.c.job_id > bindparam("after"))
    .order_by(import_files.c.job_id)
    .limit(bindparam("limit"))
)
_of_job = (import_files.c.pool_id == bindparam("pool_id"), import_files.c.job_id == bindparam("job_id"))
_key = list(import_files.primary_key.columns)
_DROP_PIECES = Statement(
    delete(import_files).where(
        *_of_job,
        tuple_(*_key).in_(
            select(*_key)
            .where(*_of_job, import_files.c.upload != bindparam("keep"))
            .order_by(*_key)
            .limit(bindparam("limit"))
        ),
    )
)
_ADD_LINES = Statement(insert(import_logs).values(values_of(import_logs)).on_conflict_do_nothing())
_LINES = Statement(
    select(import_logs.c.line, import_logs.c.text)
    .where(
        import_logs.c.pool_id == bindparam("pool_id"),
        import_logs.c.job_id == bindparam("job_id"),
        import_logs.c.line > bindparam("after"),
    )
    .order_by(import_logs.c.line)
    .limit(bindparam("limit"))
)
_LAST = float("inf")


class ImportJobs:
    """Import jobs by pool and id."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, job_id: str) -> ImportJob | None:
        """Return the job."""
        return _JOBS.get(self._link, pool_id=pool_id, job_id=job_id)

    def add(self, job: ImportJob) -> None:
        """Store a new job.

        Raises:
            Conflict: the id is taken.
        """
        _JOBS.add(self._link, job, _key_of(job), **_searched(job))

    def save(self, job: ImportJob) -> ImportJob:
        """Store a changed job; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _JOBS.save(self._link, job, _key_of(job), **_searched(job))

    def list(self, pool_id: str, before: tuple[float, str] | None, limit: int) -> list[ImportJob]:
        """Return a pool's jobs, the newest first: those before a time of creation and an id."""
        created, job_id = before or (_LAST, "")
        rows = self._link.all(_LIST, pool_id=pool_id, before=created, before_id=job_id, limit=limit)
        return [_JOBS.decode(doc) for (doc,) in rows]

    def count(self, pool_id: str) -> int:
        """Return how many jobs the pool has had."""
        row = self._link.one(_COUNT, pool_id=pool_id)
        return int(row[0]) if row else 0

    def runs(self, pool_id: str) -> bool:
        """Tell whether a job of the pool was started and has not come to its end."""
        return self._link.one(_RUNNING, pool_id=pool_id, running=1, limit=1) is not None

    def next(self) -> ImportJob | None:
        """Return a job of any pool that was started and has not come to its end."""
        row = self._link.one(_NEXT, running=1, limit=1)
        return _JOBS.decode(row[0]) if row else None

    def add_piece(self, job: ImportJob, upload: str, piece: int, data: bytes) -> None:
        """Store a piece of a file; an upload counts once the job names it."""
        self._link.run(_ADD_PIECE, pool_id=job.pool_id, job_id=job.id, upload=upload, piece=piece, data=data)

    def piece(self, job: ImportJob, number: int) -> bytes:
        """Return a piece of the job's file."""
        row = self._link.one(_PIECE, pool_id=job.pool_id, job_id=job.id, upload=job.upload, piece=number)
        return bytes(row[0]) if row else b""

    def drop_pieces(self, job: ImportJob, keep: str, limit: int) -> int:
        """Delete at most `limit` pieces of the job's uploads but `keep`; return how many."""
        return self._link.run(_DROP_PIECES, pool_id=job.pool_id, job_id=job.id, keep=keep, limit=limit)

    def sweep_files(self, pool_id: str, now: float, limit: int) -> int:
        """Delete at most `limit` pieces of the files of one job that needs them no more; return how many.

        Such are a job that expired before it was started, and one whose process ended before it could delete
        its file.
        """
        after = ""
        while row := self._link.one(_WITH_FILE, pool_id=pool_id, after=after, limit=1):
            after = row[0]
            job = self.get(pool_id, after)
            if job and not job.running and not job.takes_files(now):
                return self.drop_pieces(job, "", limit)
        return 0

    def note(self, job: ImportJob, text: str) -> None:
        """Store what the log says of the lines up to the job's."""
        self._link.run(_ADD_LINES, pool_id=job.pool_id, job_id=job.id, line=job.line, text=text)

    def log(self, pool_id: str, job_id: str, after: int) -> tuple[int, str] | None:
        """Return the next part of a job's log, and where the one after it begins; None at its end.

        Args:
            pool_id: the pool.
            job_id: the job.
            after: 0, or what the part before came with.
        """
        row = self._link.one(_LINES, pool_id=pool_id, job_id=job_id, after=after, limit=1)
        return (int(row[0]), str(row[1])) if row else None


def _key_of(job: ImportJob) -> dict[str, str]:
    return {"pool_id": job.pool_id, "job_id": job.id}


def _searched(job: ImportJob) -> dict[str, float]:
    return {"created": job.created, "running": int(job.running)}
