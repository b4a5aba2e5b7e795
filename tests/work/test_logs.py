"""Logs from a failed delivery to their destination: at least once, whatever happens in between."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from poolhouse.domain.logs import LogEvent
from poolhouse.outbound import webhook
from poolhouse.settings import Aws, LogDestination, Logs, Settings
from poolhouse.store import open_store
from poolhouse.work import logs, outbox
from support.folk import AUTO_EMAIL, EMAIL, People, people
from support.recorder import Recorded, Recorder
from support.recorder import json as answering
from support.refusals import refusal
from support.server import RunningServer, running_server

SOURCE = "userNotification"
DAY = 86400


@contextmanager
def server_with(place: Any, *entries: LogDestination, seconds: float = 10.0) -> Iterator[RunningServer]:
    """Yield a server that has no mail server, and whose logs wait for the test's rounds."""

    def change(settings: Settings) -> Settings:
        return msgspec.structs.replace(
            settings,
            messages=msgspec.structs.replace(settings.messages, email="none"),
            aws=Aws(access_key_id="AKIAEXAMPLE", secret_access_key="secret"),
            logs=Logs(map=entries, timeout_seconds=seconds),
        )

    store_url, clock, folder = place
    with running_server(open_store(store_url, clock), folder, clock, change) as running:
        running.application.background.stop()
        yield running


@pytest.fixture
def place(store_url, clock, tmp_path):
    return store_url, clock, tmp_path


def pool_of(server: RunningServer, group: str = "/pools/errors") -> People:
    pool = people(server, **AUTO_EMAIL)
    send_to(pool, group)
    return pool


def send_to(pool: People, *groups: str) -> None:
    """Have a pool send its logs to a group, or to none."""
    configurations = [
        {
            "LogLevel": "ERROR",
            "EventSource": SOURCE,
            "CloudWatchLogsConfiguration": {
                "LogGroupArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
            },
        }
        for group in groups
    ]
    pool.idp.set_log_delivery_configuration(UserPoolId=pool.pool, LogConfigurations=configurations)


def fail(pool: People, *names: str) -> None:
    """Let messages to users fail."""
    for name in names:
        assert refusal(pool.sign_up, name, email=f"{name}@example.com")[0] == "CodeDeliveryFailureException"


def fill(server: RunningServer, pool: People, count: int, size: int = 10) -> None:
    now = server.clock.now()
    events = [
        LogEvent(pool.pool, SOURCE, now, f"{n:06}", f'{{"n":{n},"x":"{"x" * size}"}}') for n in range(count)
    ]
    server.store.write(lambda tx: [tx.logs.add(event) for event in events])


def waiting(server: RunningServer) -> int:
    return int(server.store.read(lambda tx: tx.logs.count()))


def deliver(server: RunningServer) -> bool:
    return logs.deliver_due(server.services)


def records(lines: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


FILE = LogDestination(arn="arn:aws:logs:*", kind="file")


def written(server: RunningServer, pool: People) -> bytes:
    return (server.data / "logs" / pool.pool / f"{SOURCE}.jsonl").read_bytes()


def test_an_error_is_told_in_the_services_form(place):
    with server_with(place, FILE) as server:
        pool = pool_of(server)
        at = server.clock.now()
        fail(pool, "jane")
        assert waiting(server) == 1
        assert not deliver(server)
        (record,) = records(written(server, pool))
        sub = pool.get("jane")["attributes"]["sub"]
        assert record == {
            "eventTimestamp": str(int(at * 1000)),
            "eventSource": "USER_NOTIFICATION",
            "logLevel": "ERROR",
            "message": {
                "details": f"EMAIL message SignUp for user {sub} could not be delivered: no e-mail channel is "
                'configured: set `email` in [messages] to "smtp" or "ses"'
            },
            "logSourceId": {"userPoolId": pool.pool},
        }
        assert waiting(server) == 0
        folder = server.data / "logs" / pool.pool
        assert (folder.stat().st_mode & 0o777, (folder / f"{SOURCE}.jsonl").stat().st_mode & 0o777) == (
            0o700,
            0o600,
        )
        server.clock.advance(61)
        outbox.deliver_due(server.services)  # fails again
        deliver(server)
        assert len(records(written(server, pool))) == 2


def test_neither_addresses_nor_codes_are_told(place):
    with server_with(place, FILE) as server:
        pool = pool_of(server)
        fail(pool, "jane")
        deliver(server)
        (entry,) = server.store.read(lambda tx: tx.outbox.due(server.clock.now() + DAY, 9))
        code = server.services.vault.open(f"outbox/{entry.id}/sealed_code", entry.sealed_code)
        for told in (written(server, pool), b"".join(server.log)):
            assert code not in told
            assert EMAIL.encode() not in told
            assert b"jane@" not in told


def test_a_pool_that_sends_no_logs_stores_none(place):
    with server_with(place, FILE) as server:
        fail(people(server, **AUTO_EMAIL), "jane")
        assert waiting(server) == 0


def test_what_a_killed_process_left_of_a_line_spoils_no_other(place):
    with server_with(place, FILE) as server:
        pool = pool_of(server)
        file = server.data / "logs" / pool.pool / f"{SOURCE}.jsonl"
        file.parent.mkdir(parents=True)
        file.write_bytes(b'{"whole":1}\n{"torn":')
        fill(server, pool, 2)
        deliver(server)
        assert [line[:9] for line in written(server, pool).splitlines()] == [
            b'{"whole":',
            b'{"torn":',
            b'{"n":0,"x',
            b'{"n":1,"x',
        ]


def test_a_file_that_is_a_link_is_not_followed(place, tmp_path):
    with server_with(place, FILE) as server:
        pool = pool_of(server)
        folder = server.data / "logs" / pool.pool
        folder.mkdir(parents=True)
        (folder / f"{SOURCE}.jsonl").symlink_to(tmp_path / "elsewhere")
        fill(server, pool, 1)
        deliver(server)
        assert waiting(server) == 1
        assert not (tmp_path / "elsewhere").exists()


def cloudwatch(request: Recorded) -> tuple[int, dict[str, str], bytes]:
    """Answer as CloudWatch Logs does of a group whose streams are not there yet."""
    assert "/us-east-1/logs/aws4_request" in request.headers["authorization"]
    target, asked = request.headers["x-amz-target"].partition(".")[2], json.loads(request.body)
    assert asked["logGroupName"] == "/pools/errors"
    if target == "CreateLogStream":
        STREAMS.add(asked["logStreamName"])
    elif asked["logStreamName"] not in STREAMS:
        body = b'{"__type": "ResourceNotFoundException", "message": "no stream"}'
        return 400, {"content-type": "application/x-amz-json-1.1"}, body
    return 200, {"content-type": "application/x-amz-json-1.1"}, b"{}"


STREAMS: set[str] = set()


def test_cloudwatch(place):
    STREAMS.clear()
    with Recorder(cloudwatch) as aws:
        entry = LogDestination(arn="arn:aws:logs:*", kind="cloudwatch", endpoint=aws.url)
        with server_with(place, entry) as server:
            pool = pool_of(server)
            fail(pool, "jane", "joan")
            deliver(server)
            assert waiting(server) == 0
            assert {f"{pool.pool}/{SOURCE}"} == STREAMS
            sent = json.loads(aws.requests[-1].body)["logEvents"]
            assert [event["timestamp"] for event in sent] == [int(server.clock.now() * 1000)] * 2
            messages = [json.loads(event["message"]) for event in sent]
            assert {message["logSourceId"]["userPoolId"] for message in messages} == {pool.pool}
            fail(pool, "jill")
            deliver(server)
            assert len(aws.requests) == 4


def test_s3_takes_a_batch_that_comes_again_as_the_same_object(place):
    with Recorder(lambda _: (500, {}, b"")) as aws:
        entry = LogDestination(arn="arn:aws:logs:*", kind="s3", endpoint=aws.url, bucket="logs", prefix="p/")
        with server_with(place, entry) as server:
            pool = pool_of(server)
            fail(pool, "jane")
            day = time.strftime("%Y/%m/%d", time.gmtime(server.clock.now()))
            deliver(server)
            aws.answer = lambda _: (200, {}, b"")
            server.clock.advance(61)
            deliver(server)
            assert waiting(server) == 0
            first, second = aws.requests
            assert unquote(first.path).startswith(f"/logs/p/{pool.pool}/{SOURCE}/{day}/")
            assert (first.method, first.path) == ("PUT", second.path)
            assert "/us-east-1/s3/aws4_request" in second.headers["authorization"]
            assert records(second.body)[0]["eventSource"] == "USER_NOTIFICATION"


def test_firehose_gets_again_what_it_did_not_take(place):
    def some(request: Recorded) -> tuple[int, dict[str, str], bytes]:
        got = json.loads(request.body)["Records"]
        refused = len(got) > 1
        answers = [{"RecordId": "1"}, *[{"ErrorCode": "ServiceUnavailableException"}] * (len(got) - 1)]
        body = {"FailedPutCount": len(got) - 1 if refused else 0, "RequestResponses": answers}
        return 200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(body).encode()

    with Recorder(some) as aws:
        entry = LogDestination(arn="arn:aws:logs:*", kind="firehose", endpoint=aws.url)
        with server_with(place, entry) as server:
            pool = pool_of(server)
            fill(server, pool, 3)
            for left in (2, 1, 0):
                deliver(server)
                assert waiting(server) == left
                server.clock.advance(7200)
        sizes = [len(json.loads(request.body)["Records"]) for request in aws.requests]
        assert sizes == [3, 2, 1]


KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def hook(there: Recorder, **options: Any) -> LogDestination:
    return LogDestination(arn="*", kind="webhook", url=there.url, secret=KEY, **options)


def test_a_webhook_is_signed(place):
    with Recorder(answering(b"")) as there, server_with(place, hook(there)) as server:
        fail(pool_of(server), "jane", "joan")
        deliver(server)
        (request,) = there.requests
        headers = request.headers
        made = webhook.headers(
            webhook.key(KEY), headers["webhook-id"], int(headers["webhook-timestamp"]), request.body
        )
        assert made["webhook-signature"] == headers["webhook-signature"]
        assert headers["content-type"] == "application/x-ndjson"
        assert len(records(request.body)) == 2


def test_failures_put_it_off_for_growing_times_and_then_all_comes(place):
    with Recorder(answering(b"", 503)) as there, server_with(place, hook(there)) as server:
        pool = pool_of(server)
        fail(pool, "jane")
        for pause in (60, 120, 240):
            deliver(server)
            server.clock.advance(pause - 1)
            deliver(server)
            server.clock.advance(2)
        assert len(there.requests) == 3
        metrics = server.application.requests.exposition().decode()
        assert "poolhouse_log_events 1.0" in metrics
        assert "poolhouse_log_queues_failing 1.0" in metrics
        fail(pool, "joan")
        there.answer = answering(b"")
        deliver(server)
        assert len(records(there.requests[-1].body)) == 2
        ids = [request.headers["webhook-id"] for request in there.requests]
        assert ids[0] == ids[1] == ids[2] != ids[3], "whoever drops what came already must not drop joan's"
        assert "poolhouse_log_queues_failing 0.0" in server.application.requests.exposition().decode()
        assert any(b"log_delivery_failed" in line and b"HTTP 503" in line for line in server.log)


def test_after_a_day_it_is_given_up(place):
    with Recorder(answering(b"", 503)) as there, server_with(place, hook(there)) as server:
        pool = pool_of(server)
        fail(pool, "jane")
        server.clock.advance(DAY - 1)
        deliver(server)
        assert waiting(server) == 1
        server.clock.advance(3600)
        fail(pool, "joan")
        deliver(server)
        assert waiting(server) == 1
        assert len(records(there.requests[-1].body)) == 1
        assert any(b"log_events_given_up" in line and b'"count":1' in line for line in server.log)


def test_a_webhook_that_hangs_holds_up_nobody(place):
    with Recorder(answering(b"")) as there, Recorder(answering(b"")) as stuck:
        stuck.answer = stuck.hang
        entries = (msgspec.structs.replace(hook(stuck), arn="*:/stuck"), hook(there))
        with server_with(place, *entries, seconds=0.3) as server:
            pools = [pool_of(server, group) for group in ("/stuck", "/pools/errors", "/stuck")]
            begun = time.monotonic()
            for pool in pools:
                fail(pool, "jane")
            deliver(server)
            assert time.monotonic() - begun < 10
            assert (len(there.requests), waiting(server)) == (1, 2)
            assert pools[0].create("joan"), "no transaction is open meanwhile"


def test_a_backlog_goes_in_batches(place):
    with Recorder(answering(b"")) as there, server_with(place, hook(there)) as server:
        fill(server, pool_of(server), 1_201)
        rounds = 1
        while deliver(server):
            rounds += 1
        assert [len(records(request.body)) for request in there.requests] == [500, 500, 201]
        assert rounds == 3
        got = [record["n"] for request in there.requests for record in records(request.body)]
        assert got == list(range(1_201))


def test_large_events_go_in_smaller_batches(place):
    with Recorder(answering(b"")) as there, server_with(place, hook(there)) as server:
        fill(server, pool_of(server), 5, size=400_000)
        while deliver(server):
            pass
        assert [len(records(request.body)) for request in there.requests] == [2, 2, 1]


def test_what_waits_follows_the_configuration(place):
    with Recorder(answering(b"", 500)) as there:
        other = LogDestination(arn="*:log-group:/other", kind="file")
        with server_with(place, other, hook(there)) as server:
            pool = pool_of(server)
            fill(server, pool, 1)
            deliver(server)
            send_to(pool, "/other")
            server.clock.advance(61)
            deliver(server)
            assert records(written(server, pool))[0]["n"] == 0
            fill(server, pool, 1)
            send_to(pool)
            deliver(server)
            assert waiting(server) == 0
            assert len(records(written(server, pool))) == 1


def test_a_destination_that_settings_took_back_gets_nothing(place):
    """What a pool was once allowed is asked again at each delivery."""
    with server_with(place, FILE) as server:
        pool = pool_of(server)
        fill(server, pool, 1)
    elsewhere = msgspec.structs.replace(FILE, pools="eu-*")
    with server_with(place, elsewhere) as server:
        deliver(server)
        assert waiting(server) == 1
        assert not (server.data / "logs").exists()
        assert any(b"[[logs.map]]" in line for line in server.log)


def test_a_deleted_pools_logs_go_nowhere(place):
    with Recorder(answering(b"")) as there, server_with(place, hook(there)) as server:
        pool = pool_of(server)
        fill(server, pool, 1)
        pool.idp.delete_user_pool(UserPoolId=pool.pool)
        deliver(server)
        assert there.requests == []


def test_of_two_workers_one_delivers(place):
    with Recorder(answering(b"")) as there, server_with(place, hook(there)) as server:
        pool = pool_of(server)
        fill(server, pool, 1)
        now = server.clock.now()
        taken = server.store.write(lambda tx: tx.logs.take(pool.pool, SOURCE, now, now + 300))
        assert taken is not None
        assert not deliver(server)
        assert there.requests == []
        server.clock.advance(301)
        deliver(server)
        assert len(there.requests) == 1


def test_many_workers_at_once_deliver_each_event_once(place):
    with Recorder(answering(b"")) as there, server_with(place, hook(there)) as server:
        pools = [pool_of(server) for _ in range(3)]
        for pool in pools:
            fill(server, pool, 700)
        with ThreadPoolExecutor(6) as workers:
            list(workers.map(lambda _: deliver(server), range(24)))
        while deliver(server):
            pass
        assert waiting(server) == 0
        sent = [line for request in there.requests for line in request.body.splitlines()]
        assert len(sent) == len(pools) * 700
        assert not [line for line in server.log if b"lease_lost" in line]


@pytest.mark.parametrize(
    "answer", [answering(b"<html>"), answering(b"[]"), answering(b'{"FailedPutCount": 1}')]
)
@pytest.mark.parametrize("kind", ["cloudwatch", "firehose", "s3"])
def test_answers_that_are_none(place, kind, answer):
    with Recorder(answer) as there:
        entry = LogDestination(arn="*", kind=kind, endpoint=there.url, bucket="b")
        with server_with(place, entry) as server:
            pool = pool_of(server)
            fill(server, pool, 1)
            deliver(server)
            other = people(server)
            assert other.create("joan")
            assert not [line for line in server.log if b"task_failed" in line]
