"""AdminGetUser beside a bare hello, and AdminCreateUser beside the cryptography that a password costs."""

import itertools
import statistics

from bench import floors
from bench.load import Seen, drive, drive_each, signed_headers
from bench.population import Populated, production
from bench.report import Row
from bench.servers import hello

_CALLERS = 32
_SECONDS = 4
_ROUNDS = 3
_CREATED = 600
"""So many users are there to be created in a round; more than two cores make in its seconds."""


def rows() -> list[Row]:
    """Return the rows of both."""
    with hello() as floor, production(users=64) as made:
        read = [{"UserPoolId": made.pool_id, "Username": name} for name in made.usernames]
        signed = [(body, signed_headers(made.server, made.key, "AdminGetUser", body)) for body in read]
        fresh = itertools.count()
        gets, bases, creates, musts = [], [], [], []
        for _ in range(_ROUNDS):
            bases.append(drive(floor, "GetUser", read, callers=_CALLERS, seconds=_SECONDS))
            gets.append(drive_each(made.server, "AdminGetUser", signed, callers=_CALLERS, seconds=_SECONDS))
            musts.append(floors.new_password_us())
            creates.append(_create(made, fresh))
    if errors := sum(run.errors for run in (*gets, *creates)):
        raise RuntimeError(f"{errors} requests were refused")
    return [
        _row("AdminGetUser, req/s", [s.per_second for s in gets], [s.per_second for s in bases], "/s"),
        _row("AdminGetUser, CPU", [s.cpu_us for s in gets], [s.cpu_us for s in bases], "µs"),
        _row("AdminCreateUser, CPU, beside its hash and verifier", [s.cpu_us for s in creates], musts, "µs"),
    ]


def _create(made: Populated, fresh: "itertools.count[int]") -> Seen:
    bodies = [
        {
            "UserPoolId": made.pool_id,
            "Username": f"made{next(fresh):06d}",
            "TemporaryPassword": "Correct-Horse-7-Battery",
            "MessageAction": "SUPPRESS",
            "UserAttributes": [{"Name": "email", "Value": "made@example.com"}],
        }
        for _ in range(_CREATED)
    ]
    signed = [(body, signed_headers(made.server, made.key, "AdminCreateUser", body)) for body in bodies]
    return drive_each(made.server, "AdminCreateUser", signed, callers=2, seconds=_SECONDS)


def _row(what: str, seen: list[float], beside: list[float], unit: str) -> Row:
    """Return a row whose ratio is the floor's share: of rates the lower over the higher, of costs likewise."""
    value, floor = statistics.median(seen), statistics.median(beside)
    ratio = statistics.median(min(s, b) / max(s, b) for s, b in zip(seen, beside, strict=True))
    return Row(what, value, floor, unit, ratio, "", None)
