"""Logs at AWS, or at what speaks its APIs: CloudWatch Logs, S3 and Firehose."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from poolhouse.logs.batch import Batch, DeliveryError, Destination
from poolhouse.observe import Log
from poolhouse.outbound.aws import AwsClients, RefusedError
from poolhouse.outbound.aws import failures as aws_failures
from poolhouse.settings import LogDestination

_log = Log()
_NO_STREAM = "ResourceNotFoundException"
_STREAM_IS_THERE = "ResourceAlreadyExistsException"


def cloudwatch(settings: LogDestination, aws: AwsClients, seconds: float) -> Destination:
    """Return CloudWatch Logs: the ARN's log group, in a stream for each source of a pool."""
    client_of = _clients("logs", settings, aws, seconds)

    def put(batch: Batch) -> None:
        client = client_of(batch)
        names = {
            "logGroupName": batch.arn.split(":log-group:", 1)[-1],
            "logStreamName": f"{batch.pool_id}/{batch.source}",
        }
        events = [{"timestamp": int(event.at * 1000), "message": event.record} for event in batch.events]
        with _refusals("CloudWatch Logs"):
            try:
                answer = _call(client.put_log_events, **names, logEvents=events)
            except RefusedError as error:
                if str(error) != _NO_STREAM:
                    raise
                _make_stream(client, names)
                answer = _call(client.put_log_events, **names, logEvents=events)
        if answer.get("rejectedLogEventsInfo"):  # too old or too new for the group: it never takes them
            _log.error("log_events_rejected", arn=batch.arn, info=answer["rejectedLogEventsInfo"])

    return put


def _make_stream(client: Any, names: Mapping[str, str]) -> None:
    try:
        _call(client.create_log_stream, **names)
    except RefusedError as error:
        if str(error) != _STREAM_IS_THERE:
            raise


def s3(settings: LogDestination, aws: AwsClients, seconds: float) -> Destination:
    """Return S3: an object for each batch, under pool, source and day."""
    client_of = _clients("s3", settings, aws, seconds)

    def put(batch: Batch) -> None:
        day = datetime.fromtimestamp(batch.events[0].at, UTC).strftime("%Y/%m/%d")
        with _refusals("S3"):
            _call(
                client_of(batch).put_object,
                Bucket=settings.bucket or batch.arn.rpartition(":")[2],
                Key=f"{settings.prefix}{batch.pool_id}/{batch.source}/{day}/{batch.id}.jsonl",
                Body=batch.lines,
                ContentType="application/x-ndjson",
            )

    return put


def firehose(settings: LogDestination, aws: AwsClients, seconds: float) -> Destination:
    """Return Firehose: the ARN's stream, a record for each event."""
    client_of = _clients("firehose", settings, aws, seconds)

    def put(batch: Batch) -> None:
        records = [{"Data": f"{event.record}\n".encode()} for event in batch.events]
        with _refusals("Firehose"):
            answer = _call(
                client_of(batch).put_record_batch,
                DeliveryStreamName=batch.arn.rpartition("deliverystream/")[2],
                Records=records,
            )
        if answer.get("FailedPutCount"):
            results = zip(batch.events, answer["RequestResponses"], strict=True)
            left = [(event, result["ErrorCode"]) for event, result in results if result.get("ErrorCode")]
            raise DeliveryError(f"Firehose: {left[0][1]}", [event for event, _code in left])

    return put


def _clients(
    service: str, settings: LogDestination, aws: AwsClients, seconds: float
) -> Callable[[Batch], Any]:
    """Return what gives the client for a batch: in the region that its ARN names, where that names one."""

    def client(batch: Batch) -> Any:
        region = batch.arn.split(":")[3]
        return aws.client(service, endpoint=settings.endpoint, region=region, timeout_seconds=seconds)

    return client


def _call(method: Callable[..., dict[str, Any]], **members: Any) -> dict[str, Any]:
    with aws_failures():
        return method(**members)


@contextmanager
def _refusals(service: str) -> Iterator[None]:
    try:
        yield
    except RefusedError as error:
        raise DeliveryError(f"{service}: {error}") from error
