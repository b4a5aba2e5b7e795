"""`make fuzz`: tens of thousands of generated requests against both engines, with what they found.

python -m fuzz [requests in all, 60000 by default] [seed]
"""

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

import engines
from fuzz.requests import Request, requests
from fuzz.site import Site, fuzzed
from support.functions import SEEN

_BETWEEN_MENDS = 150
_COMPARE_EVERY = 11
_HTTP_EVERY = 13


def main() -> int:
    """Fuzz both engines; return how many different faults there were, as the exit status."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    _say(f"seed {first}")
    engines.begin_run()
    try:
        with tempfile.TemporaryDirectory(prefix="poolhouse-fuzz-") as folder:
            found = sum(
                _drive(engine, total // 2, first, Path(folder) / engine) for engine in engines.ENGINES
            )
    finally:
        engines.end_run()
    return min(found, 100)


def _drive(engine: str, total: int, first: int, data: Path) -> int:
    data.mkdir()
    faults: set[str] = set()
    slowest: Counter[str] = Counter()
    began = time.perf_counter()

    with engines.database(engine, data) as url, fuzzed(url, data) as site:

        @seed(first)
        @settings(
            max_examples=total,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(requests())
        def drive(request: Request) -> None:
            if site.sent and site.sent % _BETWEEN_MENDS == 0:
                site.mend()
                SEEN.clear()
            start = time.perf_counter()
            wrong = _send(site, request)
            slowest[request.operation] = max(
                slowest[request.operation], round((time.perf_counter() - start) * 1000)
            )
            for fault in wrong:
                kind = f"{request.operation} {fault[-160:]}"
                if kind not in faults:
                    faults.add(kind)
                    _say("\n" + (fault if len(fault) < 3000 else f"{fault[:1500]} … {fault[-1500:]}"))
            if site.sent % 500 == 0:
                rate = site.sent / (time.perf_counter() - began)
                line = f"{engine}: {site.sent} of {total}, {rate:.0f}/s, {len(faults)} fault(s)"
                _say(f"\r{line}", end="")

        drive()
        _say(
            f"\r{engine}: {site.sent} requests, {site.over_http} of them over HTTP, in "
            f"{time.perf_counter() - began:.0f} s; {len(site.seen)} different pairs of operation and outcome; "
            f"{len(faults)} fault(s)"
        )
        _say("slowest, in ms:", ", ".join(f"{name} {ms}" for name, ms in slowest.most_common(5)))
    return len(faults)


def _say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def _send(site: Site, request: Request) -> list[str]:
    return site.send(
        request,
        http_share=site.sent % _HTTP_EVERY == 0,
        compare=site.sent % _COMPARE_EVERY == 0,
    )


if __name__ == "__main__":
    raise SystemExit(main())
