"""The fuzzed server: what lives in it, how a request reaches it, and what is wrong with an answer."""

import http.client
import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from fuzz.requests import JSON_TYPE, TARGET, Request, encode
from fuzz.values import ARNS, CODE, PASSWORD, Known
from poolhouse import errors
from poolhouse.domain import secret_hash
from poolhouse.errors import MODELLED, ServiceError
from poolhouse.settings import Settings, Trigger
from poolhouse.store import open_store
from poolhouse.wire.operations import OPERATIONS
from support.dump import connected, dump
from support.scripted import ScriptedClock, ScriptedEntropy
from support.server import RunningServer, running_server
from support.sign_in import ALL_FLOWS

# What counts tries, or is made at first need, changes with refused requests too.
_COUNTERS = ("alembic_version", "attempts", "connections", "leases", "lockouts", "signing_keys", "spent")
# The digest says of these that what was written stays.
_AFTER_THE_FACT = frozenset(
    {
        "CodeDeliveryFailureException",
        "InvalidLambdaResponseException",
        "UnexpectedLambdaException",
        "UserLambdaValidationException",
    }
)
_NO_TEXTS = b"User pool does not have SMS configuration to send messages."  # the invited user stays
_LONG_NAMES = re.compile(rb'"(?:phone_number_verified|(?:dev:)?custom:(?:[^"\\]|\\.)*)"')
_RESPONSES = {
    name: msgspec.json.Decoder(operation.response or dict[str, Any]).decode
    for name, operation in OPERATIONS.items()
}
_PEOPLE = ("jane", "bob", "temp", "gone", "new")
_SCHEMA = [
    {"Name": "text", "AttributeDataType": "String", "Mutable": True},
    {"Name": "number", "AttributeDataType": "Number", "Mutable": True},
    {"Name": "fixed", "AttributeDataType": "String", "Mutable": False},
    {"Name": "hidden", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
]
_HOOK = "arn:aws:lambda:us-east-1:123456789012:function:"
_CLIENT = {"ClientName": "app", "ExplicitAuthFlows": ALL_FLOWS}
_HIDING = {**_CLIENT, "PreventUserExistenceErrors": "ENABLED"}
_ROTATING = {**_HIDING, "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}}
_ROTATING["ExplicitAuthFlows"] = [flow for flow in ALL_FLOWS if "REFRESH" not in flow]
_POOLS: tuple[tuple[dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
    (  # (fixed at creation, changeable, client)
        {"Schema": _SCHEMA},
        {
            "AutoVerifiedAttributes": ["email", "phone_number"],
            "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sns"},
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        },
        _CLIENT,
    ),
    (
        {"Schema": _SCHEMA, "AliasAttributes": ["email", "phone_number", "preferred_username"]},
        {
            "AutoVerifiedAttributes": ["email"],
            "Policies": {"PasswordPolicy": {"MinimumLength": 6, "PasswordHistorySize": 3}},
            "DeletionProtection": "ACTIVE",
        },
        {**_ROTATING, "GenerateSecret": True},
    ),
    (
        {
            "Schema": _SCHEMA,
            "UsernameAttributes": ["email", "phone_number"],
            "UsernameConfiguration": {"CaseSensitive": False},
        },
        {"AutoVerifiedAttributes": ["email"]},
        _HIDING,
    ),
    (
        {"Schema": _SCHEMA},
        {
            "AutoVerifiedAttributes": ["email"],
            "LambdaConfig": {
                "PreSignUp": _HOOK + "accept",
                "CustomMessage": _HOOK + "write_message",
                "PostConfirmation": _HOOK + "forget",
                "DefineAuthChallenge": _HOOK + "challenge",
                "CreateAuthChallenge": _HOOK + "challenge",
                "VerifyAuthChallengeResponse": _HOOK + "challenge",
            },
        },
        _CLIENT,
    ),
)
_DATE = "%a %b %-d %H:%M:%S UTC %Y"


class FixedCodes(ScriptedEntropy):
    """Randomness whose codes are always the same."""

    def digits(self, count: int) -> str:
        return (CODE * 3)[:count]


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Place:
    """A pool, a client of it, and people: name → what a request may say of them."""

    pool: str = ""
    client: str = ""
    secret: str = ""
    people: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Site:
    """The server, and what lives in it."""

    server: RunningServer
    database: Any
    places: list[Place] = field(default_factory=lambda: [Place() for _ in _POOLS])
    sent: int = 0
    over_http: int = 0
    fresh: int = 0
    marker: str = ""
    last: Reply | None = None
    seen: set[tuple[str, str]] = field(default_factory=set)

    # --- what lives in it -----------------------------------------------------------------------------------

    def mend(self) -> None:
        """Bring back what requests have deleted or changed; renew tokens; let locks and limits pass."""
        self.server.clock.advance(1000)
        self.server.log.clear()
        shutil.rmtree(self.server.data / "outbox", ignore_errors=True)
        for number, (fixed, changeable, client) in enumerate(_POOLS):
            self._mend_place(self.places[number], number, {**fixed, **changeable}, changeable, client)

    def _mend_place(
        self,
        place: Place,
        number: int,
        pool: dict[str, Any],
        changeable: dict[str, Any],
        client: dict[str, Any],
    ) -> None:
        if not (place.pool and self._ask("UpdateUserPool", UserPoolId=place.pool, **changeable)):
            made = self._must("CreateUserPool", PoolName=f"p{number}", **pool)
            place.pool, place.client = made["UserPool"]["Id"], ""
        kept = {name: member for name, member in client.items() if name != "GenerateSecret"}
        ids = {"UserPoolId": place.pool, "ClientId": place.client}
        if not (place.client and self._ask("UpdateUserPoolClient", **ids, **kept)):
            made = self._must("CreateUserPoolClient", UserPoolId=place.pool, **client)["UserPoolClient"]
            place.client, place.secret = made["ClientId"], made.get("ClientSecret", "")
        place.people = [self._mend_person(place, number, name) for name in _PEOPLE]

    def _mend_person(self, place: Place, number: int, name: str) -> dict[str, str]:
        addressed = number == 2
        email, phone = f"{name}@example.com", f"+1555{number}55{_PEOPLE.index(name):04}"
        username = email if addressed else name
        ids = {"UserPoolId": place.pool, "Username": username}
        flags = {"email_verified": "true", "phone_number_verified": "true"}
        attributes = [
            {"Name": key, "Value": item}
            for key, item in {"email": email, "phone_number": phone, "name": name, **flags}.items()
        ]
        found = {
            "username": username,
            "alias": email,
            "session": "",
            "block": "",
            "access": "",
            "refresh": "",
        }
        if name == "new":
            self._ask("AdminDeleteUser", **ids)
            mine = [each for each in attributes if not each["Name"].endswith("_verified")]
            secret = self._secret(place, username)
            sign_up = {"ClientId": place.client, "Username": username, "Password": PASSWORD, **secret}
            self._ask("SignUp", **sign_up, UserAttributes=mine)
            return found
        begun = self._begin(place, username)
        if begun is None:
            self._ask("AdminCreateUser", **ids, MessageAction="SUPPRESS")
            self._ask("AdminEnableUser", **ids)
            for password in ("Between-Horse-1", "Between-Horse-2", "Between-Horse-3", PASSWORD):
                self._ask("AdminSetUserPassword", **ids, Password=password, Permanent=name != "temp")
            begun = self._begin(place, username) or {}
        self._ask("AdminUpdateUserAttributes", **ids, UserAttributes=attributes)
        tokens = begun.get("AuthenticationResult", {})
        found["session"] = begun.get("Session", "")
        found["access"], found["refresh"] = tokens.get("AccessToken", ""), tokens.get("RefreshToken", "")
        asked = self._begin(place, username, "USER_SRP_AUTH", SRP_A="5" * 600)
        found["block"] = (asked or {}).get("ChallengeParameters", {}).get("SECRET_BLOCK", "")
        if number == 3 and name != "temp":
            custom = self._begin(place, username, "CUSTOM_AUTH", SRP="")
            found["session"] = (custom or {}).get("Session", "")
        self._ask("ForgotPassword", ClientId=place.client, Username=username, **self._secret(place, username))
        self._ask("GetUserAttributeVerificationCode", AccessToken=found["access"], AttributeName="email")
        if name == "gone":
            self._ask("AdminDisableUser", **ids)
        return found

    def _begin(
        self, place: Place, username: str, flow: str = "ADMIN_USER_PASSWORD_AUTH", **given: str
    ) -> dict[str, Any] | None:
        """Begin a sign-in."""
        given = given or {"PASSWORD": PASSWORD}
        for hashed in self._secret(place, username).values():
            given["SECRET_HASH"] = hashed
        ids = {"UserPoolId": place.pool, "ClientId": place.client}
        return self._ask(
            "AdminInitiateAuth", **ids, AuthFlow=flow, AuthParameters={"USERNAME": username, **given}
        )

    def _secret(self, place: Place, username: str) -> dict[str, str]:
        if not place.secret:
            return {}
        return {"SecretHash": secret_hash.compute(place.secret, username, place.client)}

    def _ask(self, operation: str, **members: Any) -> dict[str, Any] | None:
        reply = self.in_process(_environ(operation), json.dumps(members).encode())
        self.last = reply
        assert reply.status < 500, self.server.log[-1]
        return (json.loads(reply.body) or {"": ""}) if reply.status == 200 else None

    def _must(self, operation: str, **members: Any) -> dict[str, Any]:
        answer = self._ask(operation, **members)
        assert answer is not None, (operation, members, self.last.body)
        return answer

    # --- requests -------------------------------------------------------------------------------------------

    def resolve(self, request: Request) -> Any:
        """Return the request's tree with what its `Known`s stand for now."""
        tree = self._put_in(request, request.tree)
        return self._put_hashes_in(request, tree, _name_in(tree))

    def _put_in(self, request: Request, tree: Any) -> Any:
        match tree:
            case Known("hash"):
                return tree
            case Known(kind, shift):
                return self._known(kind, request.place + shift, request.person + shift)
            case dict():
                return {key: self._put_in(request, item) for key, item in tree.items()}
            case list():
                known = {id(item): self._put_in(request, item) for item in tree}
                return [known[id(item)] for item in tree]
        return tree

    def _known(self, kind: str, place_number: int, person_number: int) -> str:  # noqa: PLR0911 - a table
        place = self.places[place_number % len(self.places)]
        person = place.people[person_number % len(place.people)]
        match kind:
            case "pool":
                return place.pool
            case "client":
                return place.client
            case "secret":
                return place.secret or "x" * 24
            case "marker":
                return self.marker or "bWFya2Vy"
            case "timestamp":
                return datetime.fromtimestamp(self.server.clock.now(), UTC).strftime(_DATE)
            case "fresh":
                self.fresh += 1
                return f"fresh{self.fresh}" + ("@example.com" if place_number % len(self.places) == 2 else "")
        return person[kind] or place.people[0][kind]

    def _put_hashes_in(self, request: Request, tree: Any, name: str) -> Any:
        match tree:
            case Known("hash", shift):
                place = self.places[(request.place + shift) % len(self.places)]
                return self._secret(place, name).get("SecretHash") if place.secret or shift else None
            case dict():
                return {key: self._put_hashes_in(request, item, name) for key, item in tree.items()}
            case list() if len(tree) < 100:
                return [self._put_hashes_in(request, item, name) for item in tree]
        return tree

    def send(self, request: Request, *, http_share: bool = False, compare: bool = False) -> list[str]:
        """Send a request and return what is wrong with what came of it."""
        body = encode(request, self.resolve(request))
        environ = {**_environ(request.operation), **request.headers}
        if compare:  # what an earlier request has sent out behind its answer is not this one's doing
            self.server.services.couriers.wait(10)
        before = dump(self.database, _COUNTERS) if compare else None
        lines = len(self.server.log)
        if http_share and _fits_http(environ):
            self.over_http += 1
            reply = self.over_the_wire(environ, body)
        else:
            reply = self.in_process(environ, body)
        self.sent += 1
        wrong = list(_faults(request, environ, reply))
        wrong += [line.decode() for line in self.server.log[lines:] if _alarms(line)]
        kept = _kind(reply) in _AFTER_THE_FACT or (
            request.operation == "AdminCreateUser" and _NO_TEXTS in reply.body
        )
        if before is not None and reply.status != 200 and not kept:
            after = dump(self.database, _COUNTERS)
            wrong += [f"{_kind(reply)} left {name} changed" for name in before if before[name] != after[name]]
        if reply.status == 200 and (found := re.search(rb'"(?:Pagination|Next)Token":"([^"]+)"', reply.body)):
            self.marker = found[1].decode()
        self.seen.add((request.operation, _kind(reply) or "ok"))
        return [f"{request.operation} {body[:2000]!r} {request.headers}: {each}" for each in wrong]

    def in_process(self, environ: dict[str, Any], body: bytes) -> Reply:
        """Call the WSGI application itself."""
        started: list[Any] = []
        environ = {"CONTENT_LENGTH": str(len(body)), **environ, "wsgi.input": io.BytesIO(body)}
        chunks = self.server.application.wsgi(environ, lambda *start: started.extend(start))
        content = b"".join(chunks)
        return Reply(int(started[0][:3]), {key.lower(): item for key, item in started[1]}, content)

    def over_the_wire(self, environ: Mapping[str, Any], body: bytes) -> Reply:
        """Send real HTTP."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): item.encode("latin-1")
            for name, item in environ.items()
            if name == "CONTENT_TYPE" or name.startswith("HTTP_")
        }
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.server.url).port, timeout=30)
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


def _environ(operation: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": JSON_TYPE,
        "HTTP_X_AMZ_TARGET": TARGET + operation,
        "REMOTE_ADDR": "127.0.0.1",
    }


def _fits_http(environ: Mapping[str, Any]) -> bool:
    """Tell whether an honest HTTP client can say this; tests/serve sends the rest over a socket."""
    return "CONTENT_LENGTH" not in environ and "HTTP_CONTENT_ENCODING" not in environ


def _name_in(tree: Any) -> str:
    if not isinstance(tree, dict):
        return ""
    inner = tree.get("AuthParameters") or tree.get("ChallengeResponses")
    name = tree.get("Username") or (inner.get("USERNAME") if isinstance(inner, dict) else "")
    return name if isinstance(name, str) and name.isprintable() else ""


def _kind(reply: Reply) -> str:
    return reply.headers.get("x-amzn-errortype", "").rstrip(":")


def _alarms(line: bytes) -> bool:
    return b'"unhandled"' in line or b'"level":"critical"' in line or b"Traceback" in line


def _faults(request: Request, environ: Mapping[str, Any], reply: Reply) -> Iterator[str]:
    """Yield what is wrong with an answer."""
    if reply.status == 200:
        try:
            # The service breaks its own rule with these names: an attribute's has 20 characters at most.
            _RESPONSES[request.operation](_LONG_NAMES.sub(b'"x"', reply.body))
        except msgspec.MsgspecError as error:
            yield f"answers {reply.body[:500]!r}: {error}"
        return
    if reply.status not in (400, 413):
        yield f"status {reply.status}: {reply.body[:500]!r}"
    try:
        told = msgspec.json.decode(reply.body, type=dict[str, str])
    except msgspec.MsgspecError as error:
        yield f"tells {reply.body[:500]!r}: {error}"
        return
    name = told.get("__type", "")
    known = getattr(errors, name, None)
    if not (isinstance(known, type) and issubclass(known, ServiceError)):
        yield f"raises {name}"
    if set(told) - {"__type", "message", "reasonCode"}:
        yield f"tells too much: {told}"
    if name != _kind(reply):
        yield f"says {name} in the body and {_kind(reply)} in the header"
    if name in MODELLED and name not in OPERATIONS[request.operation].errors:
        yield f"does not declare {name}"


def _module(arn: str) -> str:
    return "fuzz.hooks" if arn.endswith("challenge") else "support.functions"


@contextmanager
def fuzzed(url: str, data: Path) -> Iterator[Site]:
    """Serve what lives in a database, and what a site needs besides."""
    hooks = tuple(
        Trigger(arn=arn, kind="python", callable=f"{_module(arn)}:{arn.rpartition(':')[2]}")
        for arn in ARNS
        if not arn.endswith("unmapped")
    )

    def change(settings: Settings) -> Settings:
        return msgspec.structs.replace(
            settings,
            triggers=msgspec.structs.replace(settings.triggers, map=hooks),
            limits=msgspec.structs.replace(settings.limits, attempts=False),
        )

    clock = ScriptedClock()
    with (
        running_server(open_store(url, clock), data, clock, change, FixedCodes()) as server,
        connected(url) as database,
    ):
        server.application.background.stop()  # what runs when it likes would look like half-done work
        site = Site(server, database)
        site.mend()
        yield site
