"""User import jobs: their states, and what may follow what (digest «users» §6.4)."""

from dataclasses import dataclass, replace

from poolhouse.errors import PreconditionNotMetException

UPLOAD_SECONDS = 899
"""How long the URL of a file is good."""
EXPIRY_SECONDS = 86_400.0
"""How long a job waits to be started."""
SUCCEEDED = "Import Job Completed Successfully."
STOPPED = "The Import Job was stopped by the developer."
EXPIRED = "The user import job has expired."

_RUNNING = frozenset({"Pending", "InProgress", "Stopping"})


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A user import job as stored.

    Attributes:
        role: `CloudWatchLogsRoleArn`, which is kept and not used.
        algorithm: `PasswordHashingAlgorithm`, or "".
        created, started, completed: seconds since the epoch; 0 where it has not come to that.
        upload: names the file that was uploaded last, or "".
        size: of that file, in bytes.
        columns: the file's, once the header was read.
        offset: how many bytes of the file are done with.
        line: how many of its lines are.
    """

    pool_id: str
    id: str
    name: str
    role: str
    algorithm: str
    created: float
    status: str = "Created"
    started: float = 0
    completed: float = 0
    message: str = ""
    upload: str = ""
    size: int = 0
    columns: tuple[str, ...] = ()
    offset: int = 0
    line: int = 0
    imported: int = 0
    skipped: int = 0
    failed: int = 0
    version: int = 0

    @property
    def running(self) -> bool:
        """Whether it was started and has not come to its end."""
        return self.status in _RUNNING

    def at(self, now: float) -> "ImportJob":
        """Return the job as it stands at a time: one that was never started expires."""
        if self.status == "Created" and now >= self.created + EXPIRY_SECONDS:
            return replace(self, status="Expired", completed=self.created + EXPIRY_SECONDS, message=EXPIRED)
        return self

    def takes_files(self, now: float) -> bool:
        """Tell whether its file may be uploaded, for the first time or again."""
        return self.at(now).status == "Created"

    def start(self, now: float) -> "ImportJob":
        """Return the job, started.

        Raises:
            PreconditionNotMetException: it has no file, or was started before (the second text is a guess).
        """
        job = self.at(now)
        if job.status != "Created":
            raise PreconditionNotMetException(f"Job {self.id} cannot be started in the state {job.status}.")
        if not self.upload:
            raise PreconditionNotMetException(f"No csv file was uploaded for {self.id}")
        return replace(self, status="Pending", started=now)

    def stop(self, now: float) -> "ImportJob":
        """Return the job, about to be stopped.

        Raises:
            PreconditionNotMetException: it does not run (the text is a guess).
        """
        job = self.at(now)
        if job.status not in {"Pending", "InProgress"}:
            raise PreconditionNotMetException(f"Job {self.id} cannot be stopped in the state {job.status}.")
        return replace(self, status="Stopping")

    def end(self, status: str, message: str, now: float) -> "ImportJob":
        """Return the job at its end: Succeeded, Failed or Stopped."""
        return replace(self, status=status, message=message, completed=now)
