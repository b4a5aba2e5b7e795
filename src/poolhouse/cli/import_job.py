"""`poolhouse import-job log`: what became of each row of a user import."""

from typing import Annotated

from cyclopts import Parameter

from poolhouse.cli.common import ConfigOption, DataOption, Refused, open_migrated_store, read_settings
from poolhouse.store import Store


def log(
    pool: Annotated[str, Parameter(help="The pool's id.")],
    job: Annotated[str, Parameter(help="The job's id.")],
    /,
    *,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Print a line for each row that a user import is done with."""
    store = open_migrated_store(read_settings(config, data), create=False)
    try:
        if store.read(lambda tx: tx.import_jobs.get(pool, job)) is None:
            raise Refused(
                f"{pool} has no import job {job}. `aws cognito-idp list-user-import-jobs` shows what it has"
            )
        after = 0
        while part := _part(store, pool, job, after):
            after = part[0]
            print(part[1], end="")
    finally:
        store.close()


def _part(store: Store, pool: str, job: str, after: int) -> tuple[int, str] | None:
    return store.peek(lambda tx: tx.import_jobs.log(pool, job, after))
