"""Signatures, as botocore really sends them, and what an attacker may try."""

import hashlib
import io
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import EnvironBuilder

from poolhouse.access.sigv4 import SigV4
from poolhouse.domain.keys import StoredAccessKey
from poolhouse.errors import (
    AccessDeniedException,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ServiceError,
    UnrecognizedClientException,
)
from poolhouse.settings import Region, Server, Settings
from support.issuing import OTHER_POOL, POOL, VAULT
from support.scripted import ScriptedClock

KEY, SECRET = "AKIAEXAMPLEEXAMPLE00", "s3cret/+" * 5
NOW = 1_800_000_000
BASIC = "%Y%m%dT%H%M%SZ"
TARGET = "AWSCognitoIdentityProviderService.AdminGetUser"
BODY = b'{"UserPoolId":"us-east-1_Ab12Cd34E","Username":"ann"}'
MISMATCH = "The request signature we calculated does not match the signature you provided."


def add_key(store, actions=("*",), pools=("*",)):
    sealed = VAULT.seal(f"access_keys/{KEY}/secret", SECRET.encode())
    key = StoredAccessKey(KEY, sealed, actions, pools, "ci", 1.0)
    store.write(lambda tx: tx.access_keys.add(key))
    return key


@dataclass
class Signer:
    """A client that signs with botocore at a moment of its choice."""

    key: str = KEY
    secret: str = SECRET
    region: str = "us-east-1"
    service: str = "cognito-idp"
    moment: int = NOW

    def headers(self, extra=None, body=BODY, url="http://localhost:9229/", method="POST"):
        usual = {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1"}
        request = AWSRequest(method=method, url=url, headers=usual | (extra or {}), data=body)
        auth = SigV4Auth(Credentials(self.key, self.secret), self.service, self.region)
        request.context["timestamp"] = datetime.fromtimestamp(self.moment, UTC).strftime(BASIC)
        auth._modify_request_before_signing(request)
        text = auth.string_to_sign(request, auth.canonical_request(request))
        auth._inject_signature_to_request(request, auth.signature(text, request))
        return dict(request.headers.items())


def environ_of(headers, body=BODY, path="/", query="", host="localhost:9229"):
    builder = EnvironBuilder(
        method="POST", path=path, query_string=query, data=body, headers={"Host": host} | headers
    )
    return builder.get_environ()


@pytest.fixture
def key(store):
    return add_key(store)


@pytest.fixture
def sigv4(store, clock, key):
    return SigV4(Settings(), store, VAULT, clock)


def authorise(sigv4, headers, body=BODY, operation="AdminGetUser", pool=POOL, **where):
    return sigv4.authorise(environ_of(headers, body, **where), body, operation, pool)


def refusal(sigv4, kind, headers, body=BODY, **where):
    with pytest.raises(ServiceError) as refused:
        authorise(sigv4, headers, body, **where)
    assert type(refused.value) is kind
    return refused.value.message


def changed(headers, name, value):
    return {k: v for k, v in headers.items() if k.lower() != name.lower()} | (
        {name: value} if value is not None else {}
    )


# --- what is right ---------------------------------------------------------------------------------------------


def test_a_signed_request_proves_its_key(sigv4):
    caller = authorise(sigv4, Signer().headers())
    assert caller.access_key == KEY
    assert caller.arn == "arn:aws:iam::000000000000:user/ci"


@pytest.mark.parametrize(
    "extra",
    [
        {"X-Odd": "  two   spaces\tand a tab "},
        {"X-Empty": ""},
        {"X-Unicode": "grün"},
        {"X-Amz-User-Agent": "paws/0.8.10 (R4.2.2; linux-gnu; x86_64)"},
        {"X-Comma": "a,b, c"},
        {"x-amz-content-sha256": None},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_awkward_headers(sigv4, extra):
    if "x-amz-content-sha256" in extra:
        extra = {"x-amz-content-sha256": hashlib.sha256(BODY).hexdigest()}
    headers = Signer().headers(extra)
    as_wsgi = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert authorise(sigv4, as_wsgi).access_key == KEY


def test_unsigned_headers_on_the_way_do_no_harm(sigv4):
    headers = Signer().headers() | {"X-Forwarded-For": "192.0.2.1", "Via": "1.1 proxy", "User-Agent": "curl"}
    authorise(sigv4, headers)


def test_a_query(sigv4):
    headers = Signer().headers(url="http://localhost:9229/?b=2&a=%C3%A4&a=1&c")
    authorise(sigv4, headers, query="b=2&a=%C3%A4&a=1&c")
    assert refusal(sigv4, InvalidSignatureException, headers, query="b=3&a=%C3%A4&a=1&c").startswith(MISMATCH)


def test_an_empty_body(sigv4):
    authorise(sigv4, Signer().headers(body=b""), b"")


def test_a_date_header_in_the_place_of_x_amz_date(sigv4):
    headers = Signer().headers({"Date": "Thu, 01 Jan 1970 00:00:00 GMT"})
    assert "X-Amz-Date" not in headers
    authorise(sigv4, headers)


def test_dev_takes_any_signature_or_none(store, clock):
    sigv4 = SigV4(Settings(dev=True), store, VAULT, clock)
    for headers in ({}, {"Authorization": "garbage"}, Signer(secret="other", region="eu-west-1").headers()):
        assert authorise(sigv4, headers).arn


# --- what is missing or malformed ------------------------------------------------------------------------------


def test_unsigned(sigv4):
    assert refusal(sigv4, MissingAuthenticationTokenException, {}) == "Missing Authentication Token"


CREDENTIAL = "Authorization header requires 'Credential' parameter."
SIGNATURE = "Authorization header requires 'Signature' parameter."
SIGNED_HEADERS = "Authorization header requires 'SignedHeaders' parameter."
DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."


@pytest.mark.parametrize(
    ("value", "sentences"),
    [
        ("Bearer abc.def", f"{CREDENTIAL} {SIGNATURE} {SIGNED_HEADERS}"),
        ("AWS AKID:sig", f"{CREDENTIAL} {SIGNATURE} {SIGNED_HEADERS}"),
        ("AWS4-HMAC-SHA256", f"{CREDENTIAL} {SIGNATURE} {SIGNED_HEADERS}"),
        ("AWS4-HMAC-SHA256 Credential=", f"{CREDENTIAL} {SIGNATURE} {SIGNED_HEADERS}"),
        ("AWS4-HMAC-SHA256 Signature=a, SignedHeaders=host", CREDENTIAL),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host", SIGNATURE),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=a", SIGNED_HEADERS),
        (
            "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=a",
            f"{CREDENTIAL} {SIGNATURE} {SIGNED_HEADERS}",
        ),
    ],
)
def test_a_part_is_missing(sigv4, value, sentences):
    headers = {"X-Amz-Date": "20270115T080000Z", "Authorization": value}
    assert refusal(sigv4, IncompleteSignatureException, headers) == f"{sentences} Authorization={value}"


def test_the_date_is_missing(sigv4):
    headers = changed(Signer().headers(), "X-Amz-Date", None)
    assert refusal(sigv4, IncompleteSignatureException, headers).startswith(f"{DATE} Authorization=AWS4")


@pytest.mark.parametrize(
    "date", ["yesterday", "20270115", "20271315T080000Z", "2027-01-15T08:00:00Z", "é", "1800000000"]
)
def test_the_date_is_none(sigv4, date):
    message = refusal(sigv4, IncompleteSignatureException, changed(Signer().headers(), "X-Amz-Date", date))
    assert message.startswith("Date must be in ISO-8601 'basic format'. Got '")


@pytest.mark.parametrize(
    "credential", [KEY, f"{KEY}/20270115/us-east-1/cognito-idp", f"{KEY}/a/b/c/d/e", "////x/"]
)
def test_a_credential_of_another_form(sigv4, credential):
    value = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=a"
    headers = {"X-Amz-Date": "20270115T080000Z", "Authorization": value}
    assert "exactly 5 slash-delimited elements" in refusal(sigv4, IncompleteSignatureException, headers)


# --- what is wrong ---------------------------------------------------------------------------------------------


def test_unknown_key(sigv4):
    message = refusal(sigv4, UnrecognizedClientException, Signer(key="AKIAUNKNOWN").headers())
    assert message == "The security token included in the request is invalid."


def test_attack_revoked_key(sigv4, store, clock, key):
    authorise(sigv4, Signer().headers())
    store.write(lambda tx: tx.access_keys.save(replace(tx.access_keys.get(KEY), revoked=clock.now())))
    clock.advance(2)
    refusal(sigv4, UnrecognizedClientException, Signer().headers())


def test_a_session_token_is_none_of_ours(sigv4):
    refusal(sigv4, UnrecognizedClientException, Signer().headers({"X-Amz-Security-Token": "x"}))


def test_wrong_secret(sigv4):
    assert refusal(sigv4, InvalidSignatureException, Signer(secret="other").headers()).startswith(MISMATCH)


@pytest.mark.parametrize("value", ["", "0" * 64, "é", "f" * 63])
def test_attack_made_up_signature(sigv4, value):
    headers = Signer().headers()
    headers["Authorization"] = headers["Authorization"].rpartition("=")[0] + "=" + value
    kind = InvalidSignatureException if value else IncompleteSignatureException
    refusal(sigv4, kind, headers)


@pytest.mark.parametrize(
    ("seconds", "good"), [(-300, True), (300, True), (-301, False), (301, False), (-86400, False)]
)
def test_attack_replay_outside_the_skew(sigv4, seconds, good):
    headers = Signer(moment=NOW + seconds).headers()
    if good:
        authorise(sigv4, headers)
        return
    message = refusal(sigv4, InvalidSignatureException, headers)
    assert message.startswith("Signature expired: " if seconds < 0 else "Signature not yet current: ")
    assert message.endswith(" - 5 min.)" if seconds < 0 else " + 5 min.)")


def test_the_text_of_an_expired_signature(sigv4):
    headers = Signer(moment=NOW - 600).headers()
    assert refusal(sigv4, InvalidSignatureException, headers) == (
        "Signature expired: 20270115T075000Z is now earlier than 20270115T075500Z (20270115T080000Z - 5 min.)"
    )


def test_attack_old_signature_with_a_new_date(sigv4):
    headers = changed(Signer(moment=NOW - 600).headers(), "X-Amz-Date", "20270115T080000Z")
    assert refusal(sigv4, InvalidSignatureException, headers).startswith(MISMATCH)


def test_attack_credential_of_another_day(sigv4):
    headers = Signer().headers()
    headers["Authorization"] = headers["Authorization"].replace("/20270115/", "/20270114/")
    assert refusal(sigv4, InvalidSignatureException, headers).startswith(
        "Date in Credential scope does not match"
    )


def test_attack_swapped_body(sigv4):
    other = BODY.replace(b"ann", b"bob")
    assert refusal(sigv4, InvalidSignatureException, Signer().headers(), other).startswith(MISMATCH)


def test_attack_swapped_body_behind_the_old_hash(sigv4):
    headers = Signer().headers({"X-Amz-Content-SHA256": hashlib.sha256(BODY).hexdigest()})
    authorise(sigv4, headers)
    assert refusal(sigv4, InvalidSignatureException, headers, BODY + b" ").startswith(MISMATCH)


@pytest.mark.parametrize(
    "announced", ["UNSIGNED-PAYLOAD", "", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "0" * 64]
)
def test_attack_unsigned_payload(sigv4, announced):
    headers = Signer().headers({"X-Amz-Content-SHA256": announced})
    assert refusal(sigv4, InvalidSignatureException, headers).startswith(MISMATCH)


@pytest.mark.parametrize("name", ["X-Amz-Target", "Content-Type", "Host"])
def test_attack_swapped_header(sigv4, name):
    headers = changed(Signer().headers(), name, "AWSCognitoIdentityProviderService.DeleteUserPool")
    assert refusal(sigv4, InvalidSignatureException, headers).startswith(MISMATCH)


@pytest.mark.parametrize("name", ["x-amz-target", "host"])
def test_attack_header_that_is_not_signed(sigv4, name):
    signed = Signer().headers()["Authorization"]
    names = signed.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    fewer = ";".join(n for n in names if n != name)
    headers = Signer().headers() | {"Authorization": signed.replace(";".join(names), fewer)}
    assert refusal(sigv4, InvalidSignatureException, headers).startswith(MISMATCH)


def test_attack_signed_without_the_target(sigv4):
    """Whoever sees such a request could send its body to another operation."""
    unsigned_target = SigV4Auth(Credentials(KEY, SECRET), "cognito-idp", "us-east-1")
    request = AWSRequest(method="POST", url="http://localhost:9229/", data=BODY)
    request.context["timestamp"] = "20270115T080000Z"
    unsigned_target._modify_request_before_signing(request)
    text = unsigned_target.string_to_sign(request, unsigned_target.canonical_request(request))
    unsigned_target._inject_signature_to_request(request, unsigned_target.signature(text, request))
    headers = dict(request.headers.items()) | {"X-Amz-Target": TARGET}
    assert refusal(sigv4, InvalidSignatureException, headers).startswith(MISMATCH)


def test_regions_of_a_deployment(store, clock, key):
    """The policy is asked about the pool's ARN in the region that was signed for."""
    regions = tuple(Region(name, f"https://{name}.example.com") for name in ("us-east-1", "eu-west-1"))
    sigv4 = SigV4(Settings(server=Server(regions=regions)), store, VAULT, clock)
    for region in ("us-east-1", "eu-west-1"):
        assert authorise(sigv4, Signer(region=region).headers()).region == region
    message = refusal(sigv4, InvalidSignatureException, Signer(region="mars-north-1").headers())
    assert message == "Credential should be scoped to a valid region."


def test_attack_other_region(sigv4):
    message = refusal(sigv4, InvalidSignatureException, Signer(region="eu-west-1").headers())
    assert message == "Credential should be scoped to a valid region."


def test_attack_other_service(sigv4):
    message = refusal(sigv4, InvalidSignatureException, Signer(service="s3").headers())
    assert message == "Credential should be scoped to correct service: 'cognito-idp'."


def test_attack_other_terminator(sigv4):
    headers = Signer().headers()
    headers["Authorization"] = headers["Authorization"].replace("aws4_request", "aws5_request")
    assert "valid terminator" in refusal(sigv4, InvalidSignatureException, headers)


# --- what is allowed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "pools", "operation", "pool", "allowed"),
    [
        (("*",), ("*",), "AdminGetUser", POOL, True),
        (("Admin*",), ("*",), "AdminGetUser", POOL, True),
        (("cognito-idp:Admin*",), ("*",), "AdminGetUser", POOL, True),
        (("cognito-idp:*",), ("*",), "ListUsers", POOL, True),
        (("ListUser?",), ("*",), "ListUsers", POOL, True),
        (("ListUser?",), ("*",), "ListUserPools", None, False),
        (("Admin*",), ("*",), "ListUsers", POOL, False),
        (("admin*",), ("*",), "AdminGetUser", POOL, False),
        (("*",), ("*",), "CreateUserPool", None, True),
        (("*",), (POOL,), "CreateUserPool", None, False),
        (("*",), (POOL,), "ListUsers", POOL, True),
        (("*",), (POOL,), "ListUsers", OTHER_POOL, False),
        (("*",), (POOL,), "ListUsers", POOL + "x", False),
        (("*",), (POOL,), "ListUsers", POOL + "\n", False),
        (("*",), (POOL,), "ListUsers", "*", False),
        (("*",), ("us-east-1_*",), "ListUsers", POOL, True),
        (("*",), ("us-east-1_*",), "ListUsers", "eu-west-1_A/us-east-1_A", False),
        (("*",), ("us.east.1_*",), "ListUsers", POOL, False),
        (("*",), ("[a-z]*",), "ListUsers", POOL, False),
        (("*",), (".*",), "ListUsers", POOL, False),
        ((), ("*",), "ListUsers", POOL, False),
        (("*",), (), "ListUsers", POOL, False),
        (("s3:*",), ("*",), "ListUsers", POOL, False),
    ],
)
def test_policy(store, clock, actions, pools, operation, pool, allowed):  # noqa: PLR0917 (a table)
    add_key(store, actions=actions, pools=pools)
    sigv4 = SigV4(Settings(), store, VAULT, clock)
    if allowed:
        authorise(sigv4, Signer().headers(), operation=operation, pool=pool)
        return
    resource = f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}" if pool else "*"
    message = refusal(sigv4, AccessDeniedException, Signer().headers(), operation=operation, pool=pool)
    assert message == (
        f"User: arn:aws:iam::000000000000:user/ci is not authorized to perform: cognito-idp:{operation} on "
        f"resource: {resource} because no identity-based policy allows the cognito-idp:{operation} action"
    )


def test_boto3_over_http(store, key):
    """The request as it arrives from a real client through a real server."""
    sigv4 = SigV4(Settings(), store, VAULT, ScriptedClock(time.time()))
    seen = []

    def application(environ, start):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            seen.append(sigv4.authorise(environ | {"wsgi.input": io.BytesIO(body)}, body, "ListUsers", POOL))
        except ServiceError as error:
            seen.append(error)
        start("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        return [b'{"Users":[]}']

    class Quiet(WSGIRequestHandler):
        def log(self, *_):
            pass

    server = make_server("127.0.0.1", 0, application, request_handler=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        for secret in (SECRET, "wrong"):
            client = boto3.client(
                "cognito-idp",
                endpoint_url=f"http://127.0.0.1:{server.server_port}",
                region_name="us-east-1",
                aws_access_key_id=KEY,
                aws_secret_access_key=secret,
                config=Config(retries={"max_attempts": 0}),
            )
            client.list_users(UserPoolId=POOL, Filter='name = "Jürgen  Ω"')
            client.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert seen[0].access_key == KEY
    assert isinstance(seen[1], InvalidSignatureException)
