"""Log lines are JSON, and hold no secret."""

import json
import threading

from poolhouse import observe


def test_secrets_are_masked_wherever_they_are():
    lines = []
    observe.configure(["ProposedPassword"], lines.append)
    log = observe.Log()
    log.info(
        "event",
        proposedpassword="x1",
        Authorization="x2",
        request={"Session": "x3", "parts": [{"ProposedPassword": "x4"}, ("kept",)]},
        kept="kept",
    )
    event = json.loads(lines[0])
    assert event["proposedpassword"] == event["Authorization"] == "***"
    assert event["request"] == {"Session": "***", "parts": [{"ProposedPassword": "***"}, ["kept"]]}
    assert (event["event"], event["level"], event["kept"]) == ("event", "info", "kept")
    assert event["timestamp"].endswith("Z")


def test_what_json_does_not_have_is_written_as_text():
    lines = []
    observe.configure(write=lines.append)
    observe.Log().warning("event", value=object)
    assert json.loads(lines[0])["value"] == "<class 'object'>"


def test_an_exception_is_one_line_with_its_trace():
    lines = []
    observe.configure(write=lines.append)
    try:
        raise ValueError("why")
    except ValueError:
        observe.Log().exception("failed")
    assert len(lines) == 1
    assert json.loads(lines[0])["exception"].endswith("ValueError: why")


def test_a_gauge_is_read_when_it_is_asked_for():
    depth = iter([3.0, 4.0])
    requests = observe.Requests([].append)
    requests.gauge("poolhouse_outbox_depth", "Messages that wait.", lambda: next(depth))
    assert b"poolhouse_outbox_depth 3.0" in requests.exposition()
    assert b"poolhouse_outbox_depth 4.0" in requests.exposition()
    requests.close()


def test_lines_are_written_in_order_and_closing_writes_the_rest():
    written = []
    lines = observe.BackgroundLines(written.append)
    for number in range(5000):
        lines({"number": number})
    lines.close()
    assert [json.loads(line)["number"] for line in b"".join(written).splitlines()] == list(range(5000))


def test_lines_are_written_without_closing():
    arrived = threading.Event()
    lines = observe.BackgroundLines(lambda _line: arrived.set())
    lines({"number": 1})
    assert arrived.wait(timeout=30)
    lines.close()
