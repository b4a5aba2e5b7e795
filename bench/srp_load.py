"""SRP sign-ins: the server's CPU for both steps, beside its powers and signatures.

The client's own powers run in this process and are not counted.
"""

import statistics

from pycognito.aws_srp import AWSSRP

from bench import floors
from bench.population import PASSWORD, Populated
from bench.report import Row

_SIGN_INS = 60


def rows(made: Populated, *, rounds: int) -> list[Row]:
    """Return the row for SRP."""
    ratios, spent, floor = [], [], []
    for _ in range(rounds):
        least = floors.srp_powers_us() + 2 * floors.signature_us()
        before = made.server.cpu_seconds()
        for number in range(_SIGN_INS):
            name = made.usernames[number % len(made.usernames)]
            AWSSRP(
                username=name,
                password=PASSWORD,
                pool_id=made.pool_id,
                client_id=made.client_id,
                client=made.idp,
            ).authenticate_user()
        cpu = (made.server.cpu_seconds() - before) / _SIGN_INS * 1e6
        ratios.append(least / cpu)
        spent.append(cpu)
        floor.append(least)
    ratio = statistics.median(ratios)
    return [
        Row(
            "SRP sign-in, CPU",
            statistics.median(spent),
            statistics.median(floor),
            "µs",
            ratio,
            "≥ 80 % of its powers and signatures",
            ratio >= 0.80,
        )
    ]
