"""User import jobs: create, start, stop, describe and list, and the header of their files."""

import string

from poolhouse.domain import csv_import
from poolhouse.domain.import_jobs import ImportJob
from poolhouse.domain.quotas import Quota
from poolhouse.errors import PreconditionNotMetException, ResourceNotFoundException
from poolhouse.flows import paging
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import require_pool, stored_pool
from poolhouse.flows.quotas import check_another_of_pool
from poolhouse.flows.user_import import upload_url
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes

_ALPHANUMERIC = string.ascii_letters + string.digits


@operation
def get_csv_header(call: AdminCall, request: shapes.GetCSVHeaderRequest) -> shapes.GetCSVHeaderResponse:
    """Return the columns of a file for this pool (digest «users» §6.5).

    Raises:
        ResourceNotFoundException: there is no such pool.
    """
    pool = require_pool(call, request.UserPoolId)
    return shapes.GetCSVHeaderResponse(UserPoolId=pool.id, CSVHeader=csv_import.header(pool))


@operation
def create_user_import_job(
    call: AdminCall, request: shapes.CreateUserImportJobRequest
) -> shapes.CreateUserImportJobResponse:
    """Create a job, and say where its file is to be put.

    Raises:
        ResourceNotFoundException: there is no such pool.
        LimitExceededException: the pool has as many as it may have.
    """
    job = ImportJob(
        pool_id=request.UserPoolId,
        id=f"import-{call.entropy.text(10, _ALPHANUMERIC)}",
        name=request.JobName,
        role=request.CloudWatchLogsRoleArn,
        algorithm=request.PasswordHashingAlgorithm or "",
        created=call.clock.now(),
    )

    def work(tx: Tx) -> None:
        check_another_of_pool(call, tx, Quota.IMPORT_JOBS, request.UserPoolId)
        tx.import_jobs.add(job)

    call.store.write(work)
    return shapes.CreateUserImportJobResponse(UserImportJob=_describe(call, job))


@operation
def start_user_import_job(
    call: AdminCall, request: shapes.StartUserImportJobRequest
) -> shapes.StartUserImportJobResponse:
    """Start a job whose file is there; the background runs it.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such job in it.
        PreconditionNotMetException: there is no file, the job was started before, another one of the pool
            runs, the pool itself is being changed, or no address is verified by the pool itself (the texts of
            the last three are guesses).
    """
    now = call.clock.now()

    def work(tx: Tx) -> ImportJob:
        pool = stored_pool(tx, request.UserPoolId)
        job = _require(tx, request.UserPoolId, request.JobId)
        if not pool.auto_verified:
            raise PreconditionNotMetException(
                "The user pool must have at least one auto verified attribute to import users."
            )
        started = job.start(now)
        tx.pools.lock(pool.id)  # a change of the pool begins before or after this
        if tx.pool_changes.get(pool.id):
            raise PreconditionNotMetException("The user pool is being changed.")
        if tx.import_jobs.runs(pool.id):
            raise PreconditionNotMetException("Another user import job is already active.")
        return tx.import_jobs.save(started)

    return shapes.StartUserImportJobResponse(UserImportJob=_describe(call, call.store.write(work)))


@operation
def stop_user_import_job(
    call: AdminCall, request: shapes.StopUserImportJobRequest
) -> shapes.StopUserImportJobResponse:
    """Stop a job after the rows under way; it cannot be started again.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such job in it.
        PreconditionNotMetException: it does not run.
    """
    now = call.clock.now()

    def work(tx: Tx) -> ImportJob:
        stored_pool(tx, request.UserPoolId)
        return tx.import_jobs.save(_require(tx, request.UserPoolId, request.JobId).stop(now))

    return shapes.StopUserImportJobResponse(UserImportJob=_describe(call, call.store.write(work)))


@operation
def describe_user_import_job(
    call: AdminCall, request: shapes.DescribeUserImportJobRequest
) -> shapes.DescribeUserImportJobResponse:
    """Describe a job as it stands now.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such job in it.
    """
    require_pool(call, request.UserPoolId)
    job = call.store.read(lambda tx: _require(tx, request.UserPoolId, request.JobId))
    return shapes.DescribeUserImportJobResponse(UserImportJob=_describe(call, job))


@operation
def list_user_import_jobs(
    call: AdminCall, request: shapes.ListUserImportJobsRequest
) -> shapes.ListUserImportJobsResponse:
    """List a pool's jobs, the newest first.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: the token is none of this pool's list.
    """
    pool = require_pool(call, request.UserPoolId)
    question = f"ListUserImportJobs/{pool.id}"
    position = paging.position(call, question, request.PaginationToken)
    created, _, job_id = (position or "").partition(" ")
    before = (float(created), job_id) if position else None
    limit = request.MaxResults
    page = call.store.peek(lambda tx: tx.import_jobs.list(pool.id, before, limit + 1))
    jobs = page[:limit]
    last = f"{jobs[-1].created!r} {jobs[-1].id}" if len(page) > len(jobs) else None
    return shapes.ListUserImportJobsResponse(
        UserImportJobs=[_describe(call, job) for job in jobs] or None,  # the model's list is never empty
        PaginationToken=paging.next_token(call, question, last),
    )


def _require(tx: Tx, pool_id: str, job_id: str) -> ImportJob:
    """Return the job (the text of the error is a guess)."""
    job = tx.import_jobs.get(pool_id, job_id)
    if job is None:
        raise ResourceNotFoundException(f"User import job {job_id} does not exist.")
    return job


def _describe(call: AdminCall, stored: ImportJob) -> shapes.UserImportJobType:
    job = stored.at(call.clock.now())
    return shapes.UserImportJobType(
        JobName=job.name,
        JobId=job.id,
        UserPoolId=job.pool_id,
        PreSignedUrl=upload_url(call.services, job) if job.status == "Created" else None,
        CreationDate=job.created,
        StartDate=job.started or None,
        CompletionDate=job.completed or None,
        Status=job.status,
        CloudWatchLogsRoleArn=job.role,
        ImportedUsers=job.imported,
        SkippedUsers=job.skipped,
        FailedUsers=job.failed,
        CompletionMessage=job.message or None,
        PasswordHashingAlgorithm=job.algorithm or None,
    )
