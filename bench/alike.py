"""PreventUserExistenceErrors in time: does an answer take longer for who is there than for who is not?

Each name is used once in each flow, so that no lock and no limit comes between; those who are there and those who
are not take turns, in an order that is drawn. Argon2id is at work as in production, messages go to the folder.
"""

import http.client
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from pycognito.aws_srp import AWSSRP

from bench.population import CUSTOM, FUNCTION, PASSWORD, Populated, production
from bench.report import Row
from bench.servers import api_headers

_NAMES = 40
_WRONG = "Wrong-Horse-7-Battery"
_CUSTOM = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
_NOISE = 3.0
"""So many standard errors of the difference may be chance."""

Answer = dict[str, Any]
Timed = Callable[[str], float]


class _App:
    """A client that hides users, and one connection of it."""

    def __init__(self, made: Populated) -> None:
        self._made = made
        self.pool = made.idp.create_user_pool(
            PoolName="alike",
            AutoVerifiedAttributes=["email"],
            LambdaConfig=dict.fromkeys(_CUSTOM, FUNCTION),
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        )["UserPool"]["Id"]
        flows = ("USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH")
        self.client = made.idp.create_user_pool_client(
            UserPoolId=self.pool,
            ClientName="alike",
            PreventUserExistenceErrors="ENABLED",
            ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in flows],
        )["UserPoolClient"]["ClientId"]
        self._connection = http.client.HTTPConnection(made.server.url.partition("//")[2], timeout=60)

    def person(self, name: str) -> None:
        """Create a confirmed user."""
        attributes = [
            {"Name": "email", "Value": f"{name}@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ]
        user = {"UserPoolId": self.pool, "Username": name}
        self._made.idp.admin_create_user(**user, MessageAction="SUPPRESS", UserAttributes=attributes)
        self._made.idp.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)

    def sign_up(self, name: str) -> None:
        """Create a user who waits for a code."""
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}]
        self.call("SignUp", Username=name, Password=PASSWORD, UserAttributes=attributes)

    def call(self, operation: str, **members: Any) -> tuple[float, Answer]:
        """Call; return the milliseconds and the answer, whatever it is."""
        body = json.dumps({"ClientId": self.client, **members})
        began = time.perf_counter()
        self._connection.request("POST", "/", body, api_headers(operation))
        with self._connection.getresponse() as answer:
            content = answer.read()
        return (time.perf_counter() - began) * 1000, json.loads(content)

    def begin(self, flow: str, name: str, **parameters: str) -> tuple[float, Answer]:
        return self.call("InitiateAuth", AuthFlow=flow, AuthParameters={"USERNAME": name, **parameters})

    def srp(self, name: str) -> tuple[float, float]:
        """Go both steps with a wrong password; return the milliseconds of each."""
        client = AWSSRP(name, _WRONG, self.pool, self.client, client=self._made.idp)
        parameters = client.get_auth_params()
        first, asked = self.begin("USER_SRP_AUTH", name, SRP_A=parameters["SRP_A"])
        claim = client.process_challenge(asked["ChallengeParameters"], parameters)
        second, _ = self.call(
            "RespondToAuthChallenge", ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=claim
        )
        return first, second

    def nobodies(self) -> Iterator[str]:
        """Yield names of nobody that both first factors are made up for: those of the users here."""
        for number in range(50 * _NAMES):
            name = f"none{number:05}"
            if {"PASSWORD", "EMAIL_OTP"} <= set(self.begin("USER_AUTH", name)[1]["AvailableChallenges"]):
                yield name


def rows() -> list[Row]:
    """Return a row for each flow: the medians of who is not there, and beside it of who is."""
    with production(users=0, config=CUSTOM) as made:
        app = _App(made)
        known = [f"user{number:04}" for number in range(_NAMES)]
        waiting = [f"wait{number:04}" for number in range(_NAMES)]
        for name in known:
            app.person(name)
        for name in waiting:
            app.sign_up(name)
        offered = app.nobodies()
        nobodies = [next(offered) for _ in known]
        return [
            _row(what, timed, waiting if what in _OF_THOSE_WHO_WAIT else known, nobodies)
            for what, timed in _flows(app).items()
        ]


_OF_THOSE_WHO_WAIT = frozenset({"ConfirmSignUp", "ResendConfirmationCode"})


def _flows(app: _App) -> dict[str, Timed]:
    code = {"ConfirmationCode": "000000"}
    return {
        "USER_PASSWORD_AUTH": lambda name: app.begin("USER_PASSWORD_AUTH", name, PASSWORD=_WRONG)[0],
        "USER_SRP_AUTH, first step": lambda name: app.srp(name)[0],
        "USER_SRP_AUTH, second step": lambda name: app.srp(name)[1],
        "USER_AUTH, the choice": lambda name: app.begin("USER_AUTH", name)[0],
        "USER_AUTH, PASSWORD": lambda name: app.begin(
            "USER_AUTH", name, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=_WRONG
        )[0],
        "USER_AUTH, EMAIL_OTP": lambda name: app.begin("USER_AUTH", name, PREFERRED_CHALLENGE="EMAIL_OTP")[0],
        "CUSTOM_AUTH": lambda name: app.begin("CUSTOM_AUTH", name)[0],
        "ForgotPassword": lambda name: app.call("ForgotPassword", Username=name)[0],
        "ConfirmForgotPassword": lambda name: app.call(
            "ConfirmForgotPassword", Username=name, Password=PASSWORD, **code
        )[0],
        "ConfirmSignUp": lambda name: app.call("ConfirmSignUp", Username=name, **code)[0],
        "ResendConfirmationCode": lambda name: app.call("ResendConfirmationCode", Username=name)[0],
    }


def _row(what: str, timed: Timed, known: list[str], nobodies: list[str]) -> Row:
    turns = [(name, name in known) for name in (*known, *nobodies)]
    random.shuffle(turns)
    seen: dict[bool, list[float]] = {True: [], False: []}
    for name, there in turns:
        seen[there].append(timed(name))
    real, made_up = (statistics.median(seen[there]) for there in (True, False))
    noise = _NOISE * sum(_standard_error(one) ** 2 for one in seen.values()) ** 0.5
    same = abs(real - made_up) <= noise
    return Row(
        f"{what}: nobody, beside somebody", made_up, real, "ms", made_up / real, f"± {noise:.2f} ms", same
    )


def _standard_error(values: list[float]) -> float:
    """Return the standard error of a median, from the middle half, which the odd long one does not move."""
    low, _, high = statistics.quantiles(values, n=4)
    return 1.2533 * (high - low) / 1.349 / len(values) ** 0.5
