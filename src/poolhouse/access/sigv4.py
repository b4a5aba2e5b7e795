"""Signature Version 4: from a signed request to an `IamCaller` (digest «sign-in» §1.4, §1.8).

What is signed is put together by botocore, the way its clients put it together. Header signatures only: the
service's clients make no others.
"""

import calendar
import hashlib
import hmac
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from poolhouse.access import policy
from poolhouse.access.caller import IamCaller
from poolhouse.access.neighbours import Neighbours
from poolhouse.domain.keys import StoredAccessKey
from poolhouse.errors import (
    AccessDeniedException,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
from poolhouse.keys.vault import Vault
from poolhouse.settings import Settings
from poolhouse.store import Store
from poolhouse.world import Clock

Environ = Mapping[str, Any]

_SERVICE = "cognito-idp"
_ALGORITHM = "AWS4-HMAC-SHA256"
_TERMINATOR = "aws4_request"
_SKEW_SECONDS = 300
_FOREIGN = (
    "serve --dev is administered by no web page of another machine. server.dev_origins lists exceptions"
)
_BASIC = "%Y%m%dT%H%M%SZ"
_HTTP_DATES = tuple(f"%a, %d %b %Y %H:%M:%S {zone}" for zone in ("GMT", "-0000", "+0000"))
_MUST_BE_SIGNED = ("host", "x-amz-target")
_KEY_SECONDS = 2.0
_KEYS_REMEMBERED = 10_000
_DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True, slots=True)
class _Signature:
    """The Authorization header, taken apart."""

    access_key: str
    day: str
    region: str
    signed_headers: tuple[str, ...]
    value: str
    timestamp: str
    at: int


class SigV4:
    """Verifies signatures, and what their keys may do."""

    def __init__(self, settings: Settings, store: Store, vault: Vault, clock: Clock) -> None:
        """Take what it works with. With `--dev` foreign web pages alone are refused."""
        self._settings = settings
        self._store = store
        self._vault = vault
        self._clock = clock
        self._neighbours = Neighbours(settings)
        self._keys: dict[str, tuple[float, StoredAccessKey, str]] = {}

    def authorise(self, environ: Environ, body: bytes, operation: str, pool_id: str | None) -> IamCaller:
        """Return who signed a request.

        Args:
            environ: the request's WSGI environ.
            body: its body.
            operation: the operation's exact name.
            pool_id: the pool that it is about, or None.

        Raises:
            MissingAuthenticationTokenException: there is no signature.
            IncompleteSignatureException: a part of it is missing.
            UnrecognizedClientException: there is no such access key, or it was revoked.
            InvalidSignatureException: it is wrong, too old, or made for another service or region.
            AccessDeniedException: the key may not do this.
        """
        if self._settings.dev:
            if not self._neighbours.page_may_administer(environ):
                raise AccessDeniedException(_FOREIGN)
            return IamCaller("dev", self._arn("dev"), self._region_in_dev(environ))
        signature = self._parse(environ)
        key, secret = self._key(signature.access_key)
        if "HTTP_X_AMZ_SECURITY_TOKEN" in environ:  # temporary credentials, of which we issue none
            raise _unrecognized()
        self._check_date(signature)
        self._check_signature(signature, secret, environ, body)
        arn = self._arn(key.name or key.id)
        policy.check(key, arn, operation, pool_id, self._resource(pool_id, signature.region))
        return IamCaller(key.id, arn, signature.region)

    def _parse(self, environ: Environ) -> _Signature:
        header: str = environ.get("HTTP_AUTHORIZATION", "")
        if not header:
            raise MissingAuthenticationTokenException("Missing Authentication Token")
        algorithm, _, rest = header.partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if algorithm != _ALGORITHM:
            parts = {}
        date = environ.get("HTTP_X_AMZ_DATE") or environ.get("HTTP_DATE")
        missing = [
            f"Authorization header requires '{name}' parameter."
            for name in ("Credential", "Signature", "SignedHeaders")
            if not parts.get(name)
        ]
        if not date:
            missing.append(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
            )
        if missing:
            raise IncompleteSignatureException(" ".join([*missing, f"Authorization={header}"]))
        access_key, day, region = self._check_scope(parts["Credential"])
        timestamp, at = _timestamp(str(date))
        if day != timestamp[:8]:
            raise InvalidSignatureException(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                f"'{day}' != '{timestamp[:8]}', from '{timestamp}'."
            )
        signed = tuple(name.strip().lower() for name in parts["SignedHeaders"].split(";"))
        return _Signature(access_key, day, region, signed, parts["Signature"], timestamp, at)

    def _check_scope(self, credential: str) -> tuple[str, str, str]:
        elements = credential.split("/")
        if len(elements) != 5:
            raise IncompleteSignatureException(
                "Credential must have exactly 5 slash-delimited elements, e.g. "
                f"keyid/date/region/service/term, got '{credential}'"
            )
        access_key, day, region, service, terminator = elements
        if terminator != _TERMINATOR:
            raise InvalidSignatureException(
                f"Credential should be scoped with a valid terminator: '{_TERMINATOR}', not '{terminator}'."
            )
        if service != _SERVICE:
            raise InvalidSignatureException(f"Credential should be scoped to correct service: '{_SERVICE}'.")
        if region not in (self._settings.region_names or (self._settings.server.region,)):
            raise InvalidSignatureException("Credential should be scoped to a valid region.")
        return access_key, day, region

    def _key(self, key_id: str) -> tuple[StoredAccessKey, str]:
        """Return a good access key and its secret, at most two seconds old."""
        now = self._clock.now()
        known = self._keys.get(key_id)
        if known is None or not 0 <= now - known[0] < _KEY_SECONDS:
            self._keys.pop(key_id, None)
            key = self._store.peek(lambda tx: tx.access_keys.get(key_id))
            if key is None:
                raise _unrecognized()
            secret = self._vault.open(f"access_keys/{key.id}/secret", key.sealed_secret).decode()
            if len(self._keys) >= _KEYS_REMEMBERED:
                self._keys.clear()
            known = self._keys[key_id] = (now, key, secret)
        if known[1].revoked:
            raise _unrecognized()
        return known[1], known[2]

    def _check_date(self, signature: _Signature) -> None:
        signed = signature.at
        now = int(self._clock.now())
        oldest, newest = now - _SKEW_SECONDS, now + _SKEW_SECONDS
        if signed < oldest:
            raise InvalidSignatureException(
                f"Signature expired: {signature.timestamp} is now earlier than {_basic(oldest)} "
                f"({_basic(now)} - 5 min.)"
            )
        if signed > newest:
            raise InvalidSignatureException(
                f"Signature not yet current: {signature.timestamp} is still later than {_basic(newest)} "
                f"({_basic(now)} + 5 min.)"
            )

    def _check_signature(self, given: _Signature, secret: str, environ: Environ, body: bytes) -> None:
        # What is not signed could be swapped: the target says which operation it is.
        if any(name not in given.signed_headers for name in _MUST_BE_SIGNED):
            raise InvalidSignatureException(_DOES_NOT_MATCH)
        body_hash = hashlib.sha256(body).hexdigest()
        if environ.get("HTTP_X_AMZ_CONTENT_SHA256", body_hash) != body_hash:
            raise InvalidSignatureException(_DOES_NOT_MATCH)
        expected = _expected(given, secret, environ, body_hash)
        if not hmac.compare_digest(expected.encode(), given.value.encode()):
            raise InvalidSignatureException(_DOES_NOT_MATCH)

    def _arn(self, name: str) -> str:
        return f"arn:aws:iam::{self._settings.server.account_id}:user/{name}"

    def _resource(self, pool_id: str | None, region: str) -> str:
        if pool_id is None:
            return "*"
        return f"arn:aws:cognito-idp:{region}:{self._settings.server.account_id}:userpool/{pool_id}"

    def _region_in_dev(self, environ: Environ) -> str:
        """Return the region that a signature says it is for, which nobody checks here."""
        scope = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].split("/")
        return scope[2] if len(scope) > 2 and scope[2] in self._settings.region_names else ""


def _expected(given: _Signature, secret: str, environ: Environ, body_hash: str) -> str:
    """Return the signature that the request should have, as botocore makes it."""
    # Slow to import, and a server that no administrator calls never needs it.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest, HTTPHeaders  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    signed = HTTPHeaders()
    for name in given.signed_headers:
        signed[name] = _header(environ, name)
    query = environ.get("QUERY_STRING", "")
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=f"http://host{environ.get('PATH_INFO') or '/'}" + (f"?{query}" if query else ""),
        headers={"X-Amz-Content-SHA256": body_hash},
    )
    request.context["timestamp"] = given.timestamp
    signer = SigV4Auth(Credentials(given.access_key, secret), _SERVICE, given.region)
    # The sender's choice of headers, which botocore's own may differ from.
    signer.headers_to_sign = lambda _request: signed
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(text, request))


def _header(environ: Environ, name: str) -> str:
    """Return a header's value as its sender wrote it: WSGI decodes as Latin-1, clients sign UTF-8."""
    variable = name.upper().replace("-", "_")
    if variable not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
        variable = f"HTTP_{variable}"
    value = str(environ.get(variable, ""))
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


@lru_cache(maxsize=128)  # clients sign many requests in a second, and reading its date costs 20 µs
def _timestamp(date: str) -> tuple[str, int]:
    """Return the time of signing in ISO 8601's basic form, and in seconds since the epoch.

    Args:
        date: of `X-Amz-Date`, which has that form, or of `Date`, where botocore writes `-0000` for GMT.
    """
    for form in (_BASIC, *_HTTP_DATES):
        with suppress(ValueError):
            moment = time.strptime(date, form)
            return time.strftime(_BASIC, moment), calendar.timegm(moment)
    raise IncompleteSignatureException(
        f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )


def _basic(moment: int) -> str:
    return time.strftime(_BASIC, time.gmtime(moment))


def _unrecognized() -> UnrecognizedClientException:
    return UnrecognizedClientException("The security token included in the request is invalid.")
