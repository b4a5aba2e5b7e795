"""Run the benchmarks: `python -m bench [section …]`; sections are the functions' names below."""

import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench import floors, lists, srp_load
from bench.load import drive
from bench.population import Populated, production
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


def sign_in() -> list[Row]:
    """Password and SRP sign-ins, in CPU, beside the cryptography that they must do."""
    with production(users=8) as made:
        bodies = [made.password_auth(name) for name in made.usernames]
        ratios, spent, floor = [], [], []
        for _ in range(_ROUNDS):
            least = floors.argon2_us() + 2 * floors.signature_us()
            seen = drive(made.server, "InitiateAuth", bodies, callers=4, seconds=_SECONDS)
            ratios.append(least / seen.cpu_us)
            spent.append(seen.cpu_us)
            floor.append(least)
        password = statistics.median(ratios)
        srp_rows = srp_load.rows(made, rounds=_ROUNDS)
    return [
        Row(
            "password sign-in, CPU",
            statistics.median(spent),
            statistics.median(floor),
            "µs",
            password,
            "≥ 85 % of Argon2id + 2 RSA signatures",
            password >= 0.85,
        ),
        *srp_rows,
    ]


def burst() -> list[Row]:
    """GetUser's p99 while sign-ins saturate the machine, beside its idle value."""
    with production(users=8) as made:
        read = [{"AccessToken": made.access_token(name)} for name in made.usernames]
        idle, busy = [], []
        for _ in range(_ROUNDS):
            idle.append(drive(made.server, "GetUser", read, callers=2, seconds=_SECONDS).p99_ms)
            with _saturated(made):
                busy.append(drive(made.server, "GetUser", read, callers=2, seconds=_SECONDS).p99_ms)
    ratio = statistics.median(b / i for b, i in zip(busy, idle, strict=True))
    value, floor = statistics.median(busy), statistics.median(idle)
    return [
        Row("GetUser p99 under a burst of sign-ins", value, floor, "ms", ratio, "≤ 4 times idle", ratio <= 4),
    ]


class _saturated:  # noqa: N801 (reads as a statement)
    """Password sign-ins from 16 callers for as long as the block runs."""

    def __init__(self, made: Populated) -> None:
        bodies = [made.password_auth(name) for name in made.usernames]
        self._thread = threading.Thread(
            target=drive,
            args=(made.server, "InitiateAuth", bodies),
            kwargs={"callers": 16, "seconds": _SECONDS + 2},
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
    "sign_in": sign_in,
    "burst": burst,
    "lists": lists.rows,
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
