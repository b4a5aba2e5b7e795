"""User import jobs: where the file goes, and how its rows become users (digest «users» §§6.4, 6.5).

A batch of rows is one unit of work: the users, the job's counts, how far it came, and the log. A job that is
killed in the middle therefore goes on at the row after the last that counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

import msgspec

from poolhouse.domain import csv_import
from poolhouse.domain.aliases import check_username, held_names, kind_of, stored_kind
from poolhouse.domain.csv_import import HeaderError, ImportRow, RowError
from poolhouse.domain.foreign_hashes import fits
from poolhouse.domain.import_jobs import STOPPED, SUCCEEDED, UPLOAD_SECONDS, ImportJob
from poolhouse.domain.pool import Pool
from poolhouse.domain.second_factors import SMS_MFA, set_up
from poolhouse.domain.srp import SALT_BYTES
from poolhouse.domain.user import Credential, Mfa, Status, User
from poolhouse.errors import InvalidParameterException
from poolhouse.flows import creation
from poolhouse.flows.aliases import exists
from poolhouse.flows.call import Services
from poolhouse.flows.creation import Identity, passwordless
from poolhouse.store import Tx
from poolhouse.store.import_jobs import PIECE_BYTES
from poolhouse.world import Entropy

UPLOAD_PATH = "/_poolhouse-imports"
_PURPOSE = "import upload"
_ROWS = 500
_HASH = "The password hash is malformed, costs more than it may, or is not of the job's algorithm."
_LONGEST_LINE = 2 * PIECE_BYTES


class _Upload(msgspec.Struct, frozen=True):
    pool_id: str
    job_id: str
    until: float


class _Line(NamedTuple):
    """A line of the file, and the `sub` for the user that it may make."""

    number: int
    content: bytes
    sub: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a batch: a user to be, or why it is none."""

    line: int
    user: User | None = None
    identity: Identity | None = None
    credential: Credential | None = None
    reason: str = ""


def upload_url(services: Services, job: ImportJob) -> str:
    """Return `PreSignedUrl`: where the job's file may be put for a quarter of an hour."""
    until = services.clock.now() + UPLOAD_SECONDS
    payload = msgspec.json.encode(_Upload(job.pool_id, job.id, until))
    token = services.vault.seal_token(_PURPOSE, payload)
    escaped = token.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return (
        f"{services.settings.public_url}{UPLOAD_PATH}/{job.pool_id}/{job.id}.csv"
        f"?X-Amz-Expires={UPLOAD_SECONDS}&X-Amz-Signature={escaped}"
    )


def uploading(services: Services, pool_id: str, job_id: str, token: str) -> ImportJob | None:
    """Return the job whose file a URL of `upload_url` may put; None where it may not."""
    payload = services.vault.open_token(_PURPOSE, token)
    if payload is None:
        return None
    upload = msgspec.json.decode(payload, type=_Upload)
    now = services.clock.now()
    if (upload.pool_id, upload.job_id) != (pool_id, job_id) or now >= upload.until:
        return None
    job = services.store.read(lambda tx: tx.import_jobs.get(pool_id, job_id))
    return job if job and job.takes_files(now) else None


def step(services: Services, job: ImportJob) -> ImportJob:
    """Take a running job one batch further; return it as it stands then.

    Raises:
        StaleRow: somebody else took it further at the same moment.
    """
    pool = services.store.read(lambda tx: tx.pools.get(job.pool_id))
    now = services.clock.now()
    if job.status == "Stopping":
        return _save(services, job.end("Stopped", STOPPED, now))
    if pool is None:
        return _save(services, job.end("Failed", "The user pool does not exist.", now))
    try:
        lines, offset = _read(services, job)
        if job.status == "Pending":
            header = _text(lines[0]) if lines else ""
            columns = csv_import.read_header(pool, header, hashed=bool(job.algorithm))
            begun = replace(job, status="InProgress", columns=columns, line=1)
            return _save(services, replace(begun, offset=len(lines[0]) + 1))
        if job.line - 1 + len(lines) > csv_import.MOST_ROWS:
            raise HeaderError(f"The CSV file has more than {csv_import.MOST_ROWS:,} rows.")
    except HeaderError as error:
        return _save(services, job.end("Failed", str(error), now))
    if not lines:
        return _save(services, job.end("Succeeded", SUCCEEDED, now))
    subs = _subs(services.entropy, len(lines), job.offset / job.size, offset / job.size)
    numbered = map(_Line, count(job.line + 1), lines, subs)
    rows = [_plan(services, pool, job, line) for line in numbered if line.content.strip()]
    moved = replace(job, offset=offset, line=job.line + len(lines))
    return services.store.write(lambda tx: _settle(tx, pool, moved, rows))


def _save(services: Services, job: ImportJob) -> ImportJob:
    return services.store.write(lambda tx: tx.import_jobs.save(job))


def _read(services: Services, job: ImportJob) -> tuple[list[bytes], int]:
    """Return the next lines of the file, without their ends, and where the ones after them begin.

    Raises:
        HeaderError: a line is longer than any row may be.
    """
    number, start = divmod(job.offset, PIECE_BYTES)
    data = services.store.read(
        lambda tx: tx.import_jobs.piece(job, number) + tx.import_jobs.piece(job, number + 1)
    )[start:]
    whole = job.offset + len(data) >= job.size
    lines = data.split(b"\n", _ROWS)
    rest = lines.pop()
    if whole and rest and len(lines) < _ROWS:
        lines.append(rest)
        return lines, job.size
    if not lines and not whole:
        raise HeaderError(f"The CSV file has a row longer than {csv_import.LONGEST_ROW:,} characters.")
    return lines, job.offset + sum(len(line) + 1 for line in lines)


def _text(line: bytes) -> str:
    """Return a line as text.

    Raises:
        HeaderError: it is not UTF-8.
    """
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise HeaderError("The CSV file is not encoded in UTF-8.") from error


def _subs(entropy: Entropy, number: int, start: float, end: float) -> list[str]:
    """Return new subs that are as far from the first of all as a batch is from its file's beginning.

    Those of a batch lie close together in every index, and those of a whole file spread evenly, as subs drawn
    at random do (ADR 11).

    Args:
        entropy: draws what comes behind the first eight digits.
        number: how many, at least one.
        start: where the batch begins in the file, from 0 to 1.
        end: where it ends.
    """
    step = (end - start) / number
    return [f"{int((start + step * n) * 2**32):08x}{entropy.uuid()[8:]}" for n in range(number)]


def _plan(services: Services, pool: Pool, job: ImportJob, line: _Line) -> _Row:
    """Return the user that a row makes, if nobody holds its names."""
    try:
        row = csv_import.read_row(pool, job.columns, _text(line.content))
        check_username(pool, row.username)
        identity = creation.identify(pool, row.username, line.sub)
        attributes = csv_import.stored(pool, row, identity.attributes)
    except (RowError, HeaderError) as error:
        return _Row(line.number, reason=str(error))
    except InvalidParameterException as error:
        return _Row(line.number, reason=error.message)
    if row.password_hash and not (job.algorithm and fits(job.algorithm, row.password_hash)):
        return _Row(line.number, reason=_HASH)
    now = services.clock.now()
    user = User(
        pool_id=pool.id,
        sub=line.sub,
        username=identity.username,
        status=_status(pool, row),
        enabled=True,
        created=now,
        modified=now,
        attributes=attributes,
        identifier=identity.identifier,
        mfa=set_up(Mfa(), SMS_MFA) if row.texts_mfa else Mfa(),
    )
    return _Row(line.number, user, identity, _credential(services, job, row, now))


def _credential(services: Services, job: ImportJob, row: ImportRow, now: float) -> Credential | None:
    """Return the hash that a user comes with, as it is stored."""
    if not row.password_hash:
        return None
    return Credential(
        salt=services.entropy.bytes(SALT_BYTES),
        sealed_verifier=b"",
        hash="",
        temporary=False,
        set_at=now,
        imported=f"{job.algorithm}:{row.password_hash}",
    )


def _status(pool: Pool, row: ImportRow) -> Status:
    """Return CONFIRMED for whoever can sign in at once; all others must choose a password."""
    can = row.password_hash or passwordless(pool, row.attributes)
    return Status.CONFIRMED if can else Status.RESET_REQUIRED


def _settle(tx: Tx, pool: Pool, job: ImportJob, rows: Sequence[_Row]) -> ImportJob:
    """Write a batch: the users that can be, the log of all rows, how far the job came."""
    names = {row.line: held_names(pool, row.user) for row in rows if row.user}
    taken = _taken(tx, pool, [name for of_row in names.values() for name in of_row])
    users: list[User] = []
    credentials: list[tuple[str, Credential]] = []
    held: list[tuple[str, str, str]] = []
    log: list[str] = []
    counts = {"SUCCEEDED": 0, "SKIPPED": 0, "FAILED": 0}
    for row in rows:
        outcome, text = _outcome(tx, pool, row, names.get(row.line, []), taken)
        counts[outcome] += 1
        log.append(f"[{outcome}] Line Number {row.line} - {text}\n")
        if outcome == "SUCCEEDED" and row.user:
            taken.update(names[row.line])
            users.append(row.user)
            credentials += [(row.user.sub, row.credential)] if row.credential else []
            held += [(kind, value, row.user.sub) for kind, value in names[row.line]]
    tx.users.add_all(users)
    for sub, credential in credentials:
        tx.credentials.put(pool.id, sub, credential)
    tx.aliases.hold_all(pool.id, held)
    tx.import_jobs.note(job, "".join(log))
    return tx.import_jobs.save(
        replace(
            job,
            imported=job.imported + counts["SUCCEEDED"],
            skipped=job.skipped + counts["SKIPPED"],
            failed=job.failed + counts["FAILED"],
        )
    )


def _taken(tx: Tx, pool: Pool, names: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    kinds = {kind for kind, _ in names}
    return {
        (kind, value)
        for kind in kinds
        for value in tx.aliases.held(pool.id, kind, [value for of, value in names if of == kind])
    }


def _outcome(
    tx: Tx, pool: Pool, row: _Row, names: Sequence[tuple[str, str]], taken: set[tuple[str, str]]
) -> tuple[str, str]:
    """Return what becomes of a row, and what the log says of it."""
    identity = row.identity
    if row.user is None or identity is None:
        return "FAILED", row.reason
    if (stored_kind(pool, identity.kind), identity.value) in taken or creation.is_a_sub(tx, pool, identity):
        return "SKIPPED", "The user already exists."
    if conflict := next((kind for kind, value in names if (kind, value) in taken), None):
        return "FAILED", exists(kind_of(conflict)).message
    return "SUCCEEDED", "The import succeeded."
