"""Where the file of a user import job is put: `curl -T users.csv "$PRE_SIGNED_URL"` (digest «users» §6.4).

The service's URL leads to S3, so answers are S3's: an empty 200 with an ETag, or an error in XML. Headers
that S3 asks for, such as `x-amz-server-side-encryption`, may come and mean nothing here.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import md5
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from poolhouse.domain.csv_import import LARGEST_FILE
from poolhouse.domain.import_jobs import ImportJob
from poolhouse.flows.call import Services
from poolhouse.flows.user_import import uploading
from poolhouse.store import StaleRow, Tx
from poolhouse.store.import_jobs import PIECE_BYTES

_PIECES = 20


def put(services: Services, request: Request, pool_id: str, job_id: str) -> Response:
    """Store the file; a second one takes the first one's place."""
    job = uploading(services, pool_id, job_id, request.args.get("X-Amz-Signature", ""))
    if job is None:
        return _refuse(403, "AccessDenied", "Request has expired, or the job takes no file any more.")
    if (request.content_length or 0) > LARGEST_FILE:
        return _too_large()
    upload, digest, size = services.entropy.uuid(), md5(usedforsecurity=False), 0
    for number, piece in enumerate(_pieces(request)):
        size += len(piece)
        if size > LARGEST_FILE:
            _drop(services, job, keep=job.upload)
            return _too_large()
        digest.update(piece)
        services.store.write(partial(_add, job=job, upload=upload, number=number, piece=piece))
    if request.content_length is not None and size < request.content_length:
        _drop(services, job, keep=job.upload)
        return _refuse(400, "IncompleteBody", "The request body ended before its end.")
    try:
        services.store.write(lambda tx: _take(tx, job, upload, size))
    except StaleRow:
        _drop(services, job, keep=job.upload)
        return _refuse(409, "OperationAborted", "The job changed meanwhile. Put the file again.")
    _drop(services, job, keep=upload)
    return Response(status=200, headers={"ETag": f'"{digest.hexdigest()}"'})


def _add(tx: Tx, job: ImportJob, upload: str, number: int, piece: bytes) -> None:
    tx.import_jobs.add_piece(job, upload, number, piece)


def _take(tx: Tx, job: ImportJob, upload: str, size: int) -> ImportJob:
    return tx.import_jobs.save(replace(job, upload=upload, size=size))


def _drop(services: Services, job: ImportJob, *, keep: str) -> None:
    while services.store.write(lambda tx: tx.import_jobs.drop_pieces(job, keep, _PIECES)):
        pass


def _pieces(request: Request) -> Iterator[bytes]:
    """Read the body, a piece at a time; each but the last is whole."""
    request.max_content_length = None  # that is for forms
    piece = b""
    while read := request.stream.read(PIECE_BYTES - len(piece)):
        piece += read
        if len(piece) == PIECE_BYTES:
            yield piece
            piece = b""
    if piece:
        yield piece


def _too_large() -> Response:
    return _refuse(400, "EntityTooLarge", f"The file is larger than {LARGEST_FILE} bytes.")


def _refuse(status: int, code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    return Response(body, status=status, mimetype="application/xml")
