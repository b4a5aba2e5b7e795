"""What tests ask of `serve --dev`: the time, the last code, snapshots, failures. JSON in, JSON out.

    GET  /_poolhouse/clock                                  {"now": seconds since the epoch}
    POST /_poolhouse/clock     {"advance": seconds}         sets the server's clock forward
    GET  /_poolhouse/code?to=sue@example.com                {"code": the code in the newest message}
    POST /_poolhouse/snapshot                               {"snapshot": its id}
    POST /_poolhouse/reset     {"snapshot": id}, or {}      back to then, or to the empty store
    POST /_poolhouse/fail      {"next": "delivery" or "trigger", "times": 1}

Mounted under `--dev` alone. A web page of another origin may call none of them.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.wrappers import Request, Response

from poolhouse.access.neighbours import Neighbours
from poolhouse.flows.call import Services
from poolhouse.pages.dev_outbox import PATIENCE_SECONDS, newest
from poolhouse.pages.render import guarded
from poolhouse.world import Movable

_CODE = re.compile(r"\b\d{6}(?:\d\d)?\b")
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_LONGEST_JUMP = 100 * 366 * 86400.0
T = TypeVar("T", bound=msgspec.Struct)


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    advance: Annotated[float, Meta(ge=0, le=_LONGEST_JUMP)]


class _Reset(msgspec.Struct, forbid_unknown_fields=True):
    snapshot: Annotated[str, Meta(pattern=r"^[0-9a-f-]{36}\Z")] | None = None


class _Fail(msgspec.Struct, forbid_unknown_fields=True):
    next: Literal["delivery", "trigger"]
    times: Annotated[int, Meta(ge=0, le=1000)] = 1


def clock(services: Services, request: Request) -> Response:
    """Tell the time, after setting it forward by what a POST asks."""
    if request.method == "POST":
        advance = _asked(services, request, _Advance).advance
        if not isinstance(services.clock, Movable):
            raise NotFound
        services.clock.advance(advance)
    return _answer({"now": services.clock.now()})


def code(services: Services, request: Request) -> Response:
    """Answer the code in the newest message to an address or number that has one."""
    to = request.args.get("to", "").replace(" ", "+")
    for message in newest(services):
        if message.to == to and (found := _CODE.findall(message.body)):
            return _answer({"code": found[-1]})
    raise NotFound(f"no message to {to} has a code")


def snapshot(services: Services, request: Request) -> Response:
    """Keep all that the store holds, in the data folder."""
    _asked(services, request, msgspec.Struct)
    services.couriers.wait(PATIENCE_SECONDS)
    name = services.entropy.uuid()
    path = _file(services, name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(msgspec.msgpack.encode(services.store.read(lambda tx: tx.contents.take())))
    return _answer({"snapshot": name})


def reset(services: Services, request: Request) -> Response:
    """Put back what a snapshot kept; without one, empty the store."""
    wanted = _asked(services, request, _Reset).snapshot
    rows: dict[str, list[tuple[Any, ...]]] = {}
    if wanted:
        try:
            content = _file(services, wanted).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"there is no snapshot {wanted}") from error
        rows = msgspec.msgpack.decode(content, type=dict[str, list[tuple[Any, ...]]])
    services.store.write(lambda tx: tx.contents.put(rows))
    services.config.clear()
    return _answer({})


def fail(services: Services, request: Request) -> Response:
    """Have the next deliveries, or calls of triggers, fail."""
    wanted = _asked(services, request, _Fail)
    faults = services.channels.faults if wanted.next == "delivery" else services.triggers.faults
    faults.ask(wanted.times)
    return _answer({})


def _asked(services: Services, request: Request, kind: type[T]) -> T:
    """Return what the body of a POST asks for.

    Raises:
        Forbidden: a web page of another origin asks.
        BadRequest: it is not what this path takes.
    """
    if not Neighbours(services.settings).page_may_administer(request.environ):
        raise Forbidden
    try:
        return msgspec.json.decode(request.get_data() or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(str(error)) from error


def _file(services: Services, name: str) -> Path:
    return Path(services.settings.data) / "snapshots" / name


def _answer(content: dict[str, Any]) -> Response:
    return guarded(msgspec.json.encode(content), "application/json", _NOTHING)
