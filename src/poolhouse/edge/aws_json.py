"""The JSON protocol's door: decode, authorise, run the operation, encode.

The one place that turns a ServiceError into an answer. Anything else is a bug: it is logged with its trace
and answered as InternalErrorException, without detail. The order of checks is that of digest «sign-in» §1.4:
target, JSON, signature, constraints, policy, and then the operation's own.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from poolhouse import operations  # noqa: F401 - imports every handler
from poolhouse.access.caller import Anonymous, IamCaller, UserCaller
from poolhouse.domain import replicas
from poolhouse.domain.pool import Pool
from poolhouse.errors import (
    MODELLED,
    AccessDeniedException,
    InternalErrorException,
    InvalidParameterException,
    NotAuthorizedException,
    ResourceNotFoundException,
    ServiceError,
    TooManyRequestsException,
    UnknownOperationException,
)
from poolhouse.flows import regions
from poolhouse.flows.call import Call, Services
from poolhouse.observe import Log
from poolhouse.operations.registry import HANDLERS, Handler
from poolhouse.store import StaleRow
from poolhouse.wire import protocol
from poolhouse.wire.operation import Auth, Operation
from poolhouse.wire.operations import OPERATIONS
from poolhouse.wire.shapes import Shape

if TYPE_CHECKING:
    from poolhouse.edge.limits import RateLimits

Caller = Anonymous | IamCaller | UserCaller
Environ = Mapping[str, Any]

AccessTokenCheck = Callable[[str], UserCaller]
"""Verifies an access token, or raises NotAuthorizedException."""
SignatureCheck = Callable[[Environ, bytes, str, str | None], IamCaller]
"""Verifies a signed request (its WSGI environ and body) and that its key may do the operation to the pool."""

TARGET = "AWSCognitoIdentityProviderService."
_MEDIA_TYPES = frozenset({"application/x-amz-json-1.1", "application/x-amz-json-1.0"})
_ANONYMOUS = Anonymous()
_log = Log()


class Answer(msgspec.Struct):
    """What goes back, and what is worth telling about it.

    Attributes:
        operation: the operation's name, or "unknown".
        error: what it failed with, or None.
        pool: the id of the pool it was about, or "".
    """

    body: bytes
    operation: str = "unknown"
    error: ServiceError | None = None
    pool: str = ""


class Api:
    """The operations, behind their credentials."""

    def __init__(
        self,
        services: Services,
        *,
        access_token: AccessTokenCheck,
        signature: SignatureCheck,
        limits: "RateLimits | None" = None,
        strict: bool = False,
    ) -> None:
        """Open the door.

        Args:
            services: what handlers may reach.
            access_token: verifies access tokens.
            signature: verifies signatures and policies.
            limits: request rates, or None for no limit.
            strict: for tests: an operation that raises an error which its row of the model does not
                declare has failed.
        """
        self._services = services
        self._access_token = access_token
        self._signature = signature
        self._limits = limits
        self._strict = strict
        self._targets = {f"{TARGET}{name}": (OPERATIONS[name], HANDLERS[name]) for name in HANDLERS}

    def answer(self, environ: Environ, body: bytes, client_ip: str, request_id: str) -> Answer:
        """Answer one request; whatever happens, there is an answer."""
        answer = Answer(b"{}")
        try:
            operation, handler = self._find(environ)
            answer.operation = operation.name
            if self._limits:
                self._limits.check(operation.name)
            request, caller = self._authorise(operation, environ, body)
            answer.pool = caller.pool.id if isinstance(caller, UserCaller) else _pool(request) or ""
            agent = environ.get("HTTP_USER_AGENT", "")
            region = self._region(environ, caller)
            call = Call(caller, self._services, client_ip, agent, request_id, region=region)
            if region:
                call = self._checked(call, operation, request)
            answer.body = protocol.encode_response(self._run(operation, handler, call, request))
        except ServiceError as error:
            answer.error = error
        except StaleRow:
            _log.warning("contention", operation=answer.operation, request_id=request_id)
            answer.error = TooManyRequestsException("Too many requests")
        except Exception:  # noqa: BLE001 - a bug, whatever it is, is answered without detail
            _log.exception("unhandled", operation=answer.operation, request_id=request_id)
            answer.error = InternalErrorException("Internal server error.")
        if answer.error is not None:
            answer.body = protocol.encode_error(answer.error)
        return answer

    def _region(self, environ: Environ, caller: Caller) -> str:
        """Return which of the deployment's regions a request is for; "" where there is but one."""
        settings = self._services.settings
        signed = caller.region if isinstance(caller, IamCaller) and settings.server.regions else ""
        return signed or regions.of_request(settings, environ)

    def _checked(self, call: Call[Any], operation: Operation, request: Shape) -> Call[Any]:
        """Return the call with its pool as the region has it.

        Raises:
            ServiceError: the pool is not there, or does not do that there.
        """
        try:
            return _in_region(call, operation, request)
        except ServiceError as error:
            name = type(error).__name__
            if name in operation.errors:
                raise
            # These operations are newer than replicas, or older: they have no error for it.
            if "NotAuthorizedException" in operation.errors:
                raise NotAuthorizedException(error.message) from error
            raise InvalidParameterException(error.message) from error

    def _find(self, environ: Environ) -> tuple[Operation, Handler]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        found = self._targets.get(target)
        if found is None:
            name = target.removeprefix(TARGET)
            if name in OPERATIONS and name != target:
                raise UnknownOperationException(f"This server does not have the operation {name} yet.")
            raise UnknownOperationException("The X-Amz-Target header names no operation.")
        media_type = environ.get("CONTENT_TYPE", "")
        if (
            media_type not in _MEDIA_TYPES
            and media_type.partition(";")[0].strip().lower() not in _MEDIA_TYPES
        ):
            raise UnknownOperationException("The Content-Type must be application/x-amz-json-1.1.")
        return found

    def _authorise(self, operation: Operation, environ: Environ, body: bytes) -> tuple[Shape, Caller]:
        if operation.auth is not Auth.SIGV4:
            request = protocol.decode_request(operation, body)
            return request, self._user_or_nobody(operation, request)
        try:
            request = protocol.decode_request(operation, body)
        except InvalidParameterException:
            # What is wrong with the parameters is told to those only who signed; policy comes later.
            with contextlib.suppress(AccessDeniedException):
                self._signature(environ, body, operation.name, None)
            raise
        return request, self._signature(environ, body, operation.name, _pool(request))

    def _user_or_nobody(self, operation: Operation, request: Any) -> Caller:
        auth = operation.auth
        if auth is Auth.NONE or (auth is Auth.TOKEN_OR_SESSION and not request.AccessToken):
            return _ANONYMOUS
        try:
            return self._access_token(request.AccessToken or "")
        except ServiceError as error:
            if type(error).__name__ in operation.errors:
                raise
            # GlobalSignOut, for one, has no error of its own for a user who is gone.
            raise NotAuthorizedException(error.message) from error

    def _run(self, operation: Operation, handler: Handler, call: Call[Any], request: Shape) -> Shape | None:
        if not self._strict:
            return handler(call, request)
        try:
            return handler(call, request)
        except ServiceError as error:
            name = type(error).__name__
            if name in MODELLED and name not in operation.errors:
                raise AssertionError(f"{operation.name} does not declare {name}") from error
            raise


def _in_region(call: Call[Any], operation: Operation, request: Shape) -> Call[Any]:
    settings, caller = call.settings, call.caller
    if not call.region:  # there is but one, and nothing to look up
        return call
    pool = caller.pool if isinstance(caller, UserCaller) else _pool_or_client_s(call, request)
    if pool is None or not regions.is_secondary(settings, call.region, pool):
        return call
    pool_id = pool.id
    if isinstance(caller, IamCaller):  # administrators see at once what they did in another region
        pool = call.store.peek(lambda tx: tx.pools.get(pool_id))
    replica = pool.replica(call.region) if pool else None
    if replica is None:
        raise ResourceNotFoundException(f"User pool {pool_id} does not exist.")
    replicas.check(operation.name, replica)
    seen = call.config.pool(pool_id)
    if seen is None or not isinstance(caller, UserCaller):
        return call
    return replace(call, caller=replace(caller, pool=seen))


def _pool_or_client_s(call: Call[Any], request: Shape) -> Pool | None:
    """Return the pool that a request names, itself or by its app client, whichever region it is in."""
    config, pool_id = call.services.config, _pool(request)
    if pool_id is None:
        client = config.client(getattr(request, "ClientId", None) or "")
        pool_id = client.pool_id if client else None
    return config.pool(pool_id) if pool_id else None


def _pool(request: Shape) -> str | None:
    """Return the pool that a signed request is about; operations on tags name it by ARN."""
    pool: str | None = getattr(request, "UserPoolId", None)
    if pool is None:
        arn: str | None = getattr(request, "ResourceArn", None)
        pool = arn.rpartition("userpool/")[2] if arn else None
    return pool
