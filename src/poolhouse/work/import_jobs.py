"""Runs user import jobs, one at a time, a batch of rows in each round."""

from poolhouse.domain.import_jobs import ImportJob
from poolhouse.flows import user_import
from poolhouse.flows.call import Services
from poolhouse.observe import Log
from poolhouse.store import StaleRow

_LEASE_SECONDS = 10.0
_RENEW_SECONDS = 3.0
_PIECES = 20
_log = Log()


class Importer:
    """What one process does of all import jobs: something, while it holds the lease."""

    def __init__(self, services: Services, holder: str) -> None:
        """Take what it works with.

        Args:
            services: the process's.
            holder: names this process, and no other.
        """
        self._services = services
        self._holder = holder
        self._renew = 0.0

    def work(self) -> bool:
        """Take a running job one batch further; tell whether there is more to do at once.

        The lease keeps processes from doing the same work. That nothing is done twice is the doing of the
        job's version: what another process got done first is not written again.
        """
        store = self._services.store
        job = store.peek(lambda tx: tx.import_jobs.next())
        if job is None or not self._hold():
            return False
        try:
            after = user_import.step(self._services, job)
        except StaleRow:  # stopped a moment ago, or another process went on with it
            return True
        if not after.running:
            self._finish(after)
        return True

    def _hold(self) -> bool:
        now = self._services.clock.now()
        if now < self._renew:
            return True
        until = now + _LEASE_SECONDS
        held = self._services.store.write(lambda tx: tx.leases.take("import", self._holder, now, until))
        self._renew = now + _RENEW_SECONDS if held else 0.0
        return held

    def _finish(self, job: ImportJob) -> None:
        """Delete the file, which holds what people said of themselves, and say how it ended."""
        store = self._services.store
        while store.write(lambda tx: tx.import_jobs.drop_pieces(job, "", _PIECES)):
            pass
        _log.info(
            "import_job_ended",
            pool=job.pool_id,
            job=job.id,
            status=job.status,
            reason=job.message,
            imported=job.imported,
            skipped=job.skipped,
            failed=job.failed,
        )
