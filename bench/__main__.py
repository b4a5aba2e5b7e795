"""Run the benchmarks: `python -m bench [section …]`; sections are the functions' names below."""

import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import (
    administration,
    alike,
    checks,
    factors,
    floors,
    imports,
    lists,
    oauth,
    sign_in_page,
    two_steps,
)
from bench.load import Seen, drive, signed_headers
from bench.population import CUSTOM, Populated, development, production
from bench.report import Row, table, write
from bench.servers import hello, poolhouse

_CALLERS = 32
_SECONDS = 4
_ROUNDS = 3


def requests() -> list[Row]:
    """GetUser and UpdateUserAttributes beside a bare hello, interleaved."""
    with hello() as floor, production(users=64) as made:
        tokens = [made.access_token(name) for name in made.usernames]
        read = [{"AccessToken": token} for token in tokens]
        change = [
            {"AccessToken": token, "UserAttributes": [{"Name": "nickname", "Value": f"n{number}"}]}
            for number in range(4)
            for token in tokens
        ]
        runs = [
            (
                drive(floor, "GetUser", read, callers=_CALLERS, seconds=_SECONDS),
                drive(made.server, "GetUser", read, callers=_CALLERS, seconds=_SECONDS),
                drive(made.server, "UpdateUserAttributes", change, callers=_CALLERS, seconds=_SECONDS),
            )
            for _ in range(_ROUNDS)
        ]
    base, get, update = zip(*runs, strict=True)
    errors = sum(run.errors for run in (*get, *update))
    if errors:
        raise RuntimeError(f"{errors} requests were refused")
    rows = []
    for what, seen, least in (("GetUser", get, 0.45), ("UpdateUserAttributes", update, 0.10)):
        ratio = statistics.median(s.per_second / b.per_second for s, b in zip(seen, base, strict=True))
        rate = statistics.median(s.per_second for s in seen)
        rate_floor = statistics.median(b.per_second for b in base)
        rows.append(Row(what, rate, rate_floor, "req/s", ratio, f"≥ {least:.0%} of hello", ratio >= least))
        cpu = statistics.median(s.cpu_us for s in seen)
        cpu_floor = statistics.median(b.cpu_us for b in base)
        rows.append(Row(f"{what}, CPU", cpu, cpu_floor, "µs/req", cpu / cpu_floor, "", None))
    p99 = statistics.median(s.p99_ms for s in update)
    rows.append(Row("UpdateUserAttributes, p99 at 32 callers", p99, 0, "ms", p99 / 10, "< 10 ms", p99 < 10))
    return rows


@dataclass(frozen=True)
class _Flow:
    """A way to sign in: what it is, its CPU in microseconds, the cryptography that it must do, its target."""

    what: str
    spent: Callable[[], float]
    must: Callable[[floors.Floors], float]
    least: float | None = None


def sign_in() -> list[Row]:
    """Each way to sign in, end to end, in CPU, beside the cryptography that it must do."""
    with production(users=8, config=CUSTOM) as made:
        seen: dict[str, list[tuple[float, float]]] = {}
        flows, hashes = _flows(made), []
        for _ in range(_ROUNDS):
            least = floors.measure()
            hashes.append(least.argon2)
            for flow in flows:
                seen.setdefault(flow.what, []).append((flow.must(least), flow.spent()))
    rows = [_row(flow, seen[flow.what]) for flow in flows]
    per_second, alone = 1e6 / rows[0].value, 1e6 / statistics.median(hashes)
    what = "password sign-ins per second and core, beside Argon2id's hashes"
    return [*rows, Row(what, per_second, alone, "/s", per_second / alone, "", None), *checks.rows()]


def _row(flow: _Flow, pairs: list[tuple[float, float]]) -> Row:
    """Return a flow's row; the ratio is the floor's share."""
    ratio = statistics.median(must / spent for must, spent in pairs)
    floor, spent = (statistics.median(each) for each in zip(*pairs, strict=True))
    target, ok = (
        (f"≥ {flow.least:.0%} of its cryptography", ratio >= flow.least) if flow.least else ("", None)
    )
    return Row(f"{flow.what}, CPU", spent, floor, "µs", ratio, target, ok)


def _flows(made: Populated) -> list[_Flow]:
    plain = [made.password_auth(name) for name in made.usernames]
    admin = {**plain[0], "UserPoolId": made.pool_id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}
    signed = signed_headers(made.server, made.key, "AdminInitiateAuth", admin)
    tokens = [made.tokens(name)["RefreshToken"] for name in made.usernames]
    by_auth = [
        {
            "ClientId": made.client_id,
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "AuthParameters": {"REFRESH_TOKEN": token},
        }
        for token in tokens
    ]
    by_token = [{"ClientId": made.client_id, "RefreshToken": token} for token in tokens]

    def driven(operation: str, bodies: list[dict[str, Any]], **headers: str) -> Callable[[], float]:
        return lambda: _cpu_us(
            drive(made.server, operation, bodies, callers=2, seconds=_SECONDS, headers=headers)
        )

    refreshed = driven("GetTokensFromRefreshToken", by_token)
    return [
        _Flow("USER_PASSWORD_AUTH", driven("InitiateAuth", plain), floors.Floors.password, 0.85),
        _Flow(
            "ADMIN_USER_PASSWORD_AUTH",
            driven("AdminInitiateAuth", [admin], **signed),
            floors.Floors.password,
            0.85,
        ),
        _Flow("USER_SRP_AUTH, both steps", lambda: two_steps.srp_us(made), floors.Floors.srp, 0.88),
        _Flow("CUSTOM_AUTH, both steps", lambda: two_steps.custom_us(made), floors.Floors.tokens),
        _Flow("REFRESH_TOKEN_AUTH", driven("InitiateAuth", by_auth), floors.Floors.tokens, 0.85),
        _Flow("GetTokensFromRefreshToken", refreshed, floors.Floors.tokens, 0.85),
    ]


def _cpu_us(seen: Seen) -> float:
    if seen.errors:
        raise RuntimeError(f"{seen.errors} requests were refused")
    return seen.cpu_us


def dev() -> list[Row]:
    """Password sign-ins with `--dev`, where a sealed verifier checks instead of Argon2id."""
    with development(users=8) as made:
        bodies = [made.password_auth(name) for name in made.usernames]
        pairs = [
            (
                2 * floors.signature_us(),
                _cpu_us(drive(made.server, "InitiateAuth", bodies, callers=8, seconds=_SECONDS)),
            )
            for _ in range(_ROUNDS)
        ]
    floor, spent = (statistics.median(each) for each in zip(*pairs, strict=True))
    rate = 1e6 / spent
    what = "--dev: password sign-ins per second and core, beside two signatures each"
    return [Row(what, rate, 1e6 / floor, "/s", floor / spent, "≥ 1,000/s", rate >= 1000)]


def groups() -> list[Row]:
    """What a sign-in costs that finds three groups with roles, beside one that finds none."""
    with production(users=2) as made:
        grouped, alone = made.usernames
        for number in range(3):
            name = f"group{number}"
            made.idp.create_group(
                UserPoolId=made.pool_id,
                GroupName=name,
                Precedence=number,
                RoleArn=f"arn:aws:iam::123456789012:role/{name}",
            )
            made.idp.admin_add_user_to_group(UserPoolId=made.pool_id, Username=grouped, GroupName=name)
        pairs = [
            [
                _cpu_us(
                    drive(
                        made.server, "InitiateAuth", [made.password_auth(name)], callers=2, seconds=_SECONDS
                    )
                )
                for name in (grouped, alone)
            ]
            for _ in range(_ROUNDS)
        ]
    value, floor = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(value / floor for value, floor in pairs)
    what = "password sign-in with three groups in its tokens, CPU"
    return [Row(what, value, floor, "µs", ratio, "< 5 % more", ratio < 1.05)]


def burst() -> list[Row]:
    """GetUser's p99 while sign-ins saturate the machine, beside its idle value."""
    return [_burst(callers, limit) for callers, limit in ((16, 4), (200, 3))]


def _burst(callers: int, limit: float) -> Row:
    with production(users=8) as made:
        read = [{"AccessToken": made.access_token(name)} for name in made.usernames]
        idle, busy = [], []
        for _ in range(_ROUNDS):
            idle.append(drive(made.server, "GetUser", read, callers=2, seconds=_SECONDS).p99_ms)
            with _saturated(made, callers):
                busy.append(drive(made.server, "GetUser", read, callers=2, seconds=_SECONDS).p99_ms)
    ratio = statistics.median(b / i for b, i in zip(busy, idle, strict=True))
    value, floor = statistics.median(busy), statistics.median(idle)
    what = f"GetUser p99 while {callers} sign in at once"
    return Row(what, value, floor, "ms", ratio, f"≤ {limit:.0f} times idle", ratio <= limit)


class _saturated:  # noqa: N801 (reads as a statement)
    """Password sign-ins from some callers at once, for as long as the block runs."""

    def __init__(self, made: Populated, callers: int) -> None:
        bodies = [made.password_auth(name) for name in made.usernames]
        self._thread = threading.Thread(
            target=drive,
            args=(made.server, "InitiateAuth", bodies),
            kwargs={"callers": callers, "seconds": _SECONDS + 2},
        )

    def __enter__(self) -> None:
        self._thread.start()
        time.sleep(1)

    def __exit__(self, *_: object) -> None:
        self._thread.join()


def startup() -> list[Row]:
    """Time from the command to `/readyz`, and memory."""
    times = []
    for _ in range(5):
        with poolhouse() as server:
            times.append(server.started_in)
            memory = server.memory_mb()
    ready = statistics.median(times)
    return [
        Row("ready after", ready * 1000, 0, "ms", ready / 0.5, "< 500 ms", ready < 0.5),
        Row("memory, idle", memory, 0, "MB", memory / 100, "< 100 MB", memory < 100),
    ]


SECTIONS: dict[str, Callable[[], list[Row]]] = {
    "startup": startup,
    "requests": requests,
    "administration": administration.rows,
    "sign_in": sign_in,
    "factors": factors.rows,
    "dev": dev,
    "burst": burst,
    "groups": groups,
    "oauth": oauth.rows,
    "imports": imports.rows,
    "lists": lists.rows,
    "sign_in_page": sign_in_page.rows,
    "alike": alike.rows,
}


def main() -> None:
    """Run the sections named on the command line, or all."""
    rows: list[Row] = []
    for name in sys.argv[1:] or SECTIONS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += SECTIONS[name]()
    write(rows, Path("build/bench.json"))
    print(table(rows))


if __name__ == "__main__":
    main()
