"""Sign-ins of several steps: the server's CPU for all of them. What the client computes in between is not counted."""

import http.client
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any

from pycognito.aws_srp import AWSSRP

from bench.functions import ANSWER
from bench.population import PASSWORD, Populated
from bench.servers import Running, api_headers

Body = dict[str, Any]
_CALLERS = 4
_SIGN_INS = 100


def srp_us(made: Populated) -> float:
    """Return the CPU of USER_SRP_AUTH in microseconds; the client is pycognito's."""
    clients = [
        AWSSRP(
            made.usernames[n % len(made.usernames)], PASSWORD, made.pool_id, made.client_id, client=made.idp
        )
        for n in range(_SIGN_INS)
    ]
    begun = [
        {"ClientId": made.client_id, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": client.get_auth_params()}
        for client in clients
    ]

    def claim(number: int, challenge: Body) -> Body:
        parameters = challenge["ChallengeParameters"]
        claimed = clients[number].process_challenge(parameters, begun[number]["AuthParameters"])
        return {
            "ClientId": made.client_id,
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": claimed,
        }

    return cpu_us(made.server, begun, claim)


def custom_us(made: Populated) -> float:
    """Return the CPU of CUSTOM_AUTH in microseconds, with a Python callable for its triggers."""
    names = [made.usernames[number % len(made.usernames)] for number in range(_SIGN_INS)]
    begun = [
        {"ClientId": made.client_id, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": {"USERNAME": name}}
        for name in names
    ]

    def answer(number: int, challenge: Body) -> Body:
        return {
            "ClientId": made.client_id,
            "ChallengeName": challenge["ChallengeName"],
            "Session": challenge["Session"],
            "ChallengeResponses": {"USERNAME": names[number], "ANSWER": ANSWER},
        }

    return cpu_us(made.server, begun, answer)


def cpu_us(server: Running, begun: Sequence[Body], *answers: Callable[[int, Body], Body]) -> float:
    """Return the CPU of a sign-in in microseconds.

    Args:
        server: where all begin, then all answer the first challenge, and so on.
        begun: bodies of InitiateAuth.
        answers: for each challenge, what makes its answer: of a sign-in's number and the challenge.
    """
    cpu, answered = _all(server, "InitiateAuth", begun)
    for answer in answers:
        bodies = [answer(number, challenge) for number, challenge in enumerate(answered)]
        more, answered = _all(server, "RespondToAuthChallenge", bodies)
        cpu += more
    if not all("AuthenticationResult" in one for one in answered):
        raise RuntimeError("a sign-in did not end with tokens")
    return cpu / len(begun) * 1e6


def _all(server: Running, operation: str, bodies: Sequence[Body]) -> tuple[float, list[Body]]:
    """Send each body once, from some connections at a time; return the server's CPU in seconds, and answers."""
    mine = local()

    def send(body: Body) -> Body:
        connection = mine.__dict__.setdefault(
            "connection", http.client.HTTPConnection(server.url.partition("//")[2], timeout=60)
        )
        connection.request("POST", "/", json.dumps(body), api_headers(operation))
        with connection.getresponse() as answer:
            return dict(json.load(answer))

    with ThreadPoolExecutor(_CALLERS) as callers:
        before = server.cpu_seconds()
        answers = list(callers.map(send, bodies))
        return server.cpu_seconds() - before, answers
