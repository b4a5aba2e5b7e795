"""Without `--dev` an administrator's operation runs for who has signed it, and for nobody else."""

import io
import json
from typing import Any

from poolhouse.access.caller import IamCaller
from poolhouse.operations.registry import CALLERS, HANDLERS
from poolhouse.wire.operations import OPERATIONS
from security.conftest import Production
from support.dump import connected, dump

_FORGED = (
    "AWS4-HMAC-SHA256 Credential={key}/{day}/us-east-1/cognito-idp/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + "0" * 64
)
_ANYTHING = {
    "UserPoolId": "{pool}",
    "Username": "jane",
    "ClientId": "{client}",
    "PoolName": "x",
    "ClientName": "x",
    "MaxResults": 10,
    "Password": "Correct-Horse-9",
    "UserAttributes": [{"Name": "name", "Value": "x"}],
    "UserAttributeNames": ["name"],
    "CustomAttributes": [{"Name": "x", "AttributeDataType": "String"}],
    "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
    "AuthParameters": {"USERNAME": "jane", "PASSWORD": "Correct-Horse-9"},
    "ChallengeName": "NEW_PASSWORD_REQUIRED",
    "ChallengeResponses": {"USERNAME": "jane", "NEW_PASSWORD": "Correct-Horse-9"},
}


def call(production: Production, operation: str, body: bytes, **headers: str) -> tuple[int, str]:
    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.1",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "localhost",
        "HTTP_X_AMZ_TARGET": f"AWSCognitoIdentityProviderService.{operation}",
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    answer = b"".join(production.server.application.wsgi(environ, lambda *start: started.extend(start)))
    return int(started[0][:3]), json.loads(answer).get("__type", "")


def test_attack_unsigned_and_forged_requests_of_every_administrator_s_operation(
    production: Production,
) -> None:
    idp = production.client()
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
    idp.admin_create_user(UserPoolId=pool, Username="jane", MessageAction="SUPPRESS")
    text = json.dumps(_ANYTHING).replace("{pool}", pool).replace("{client}", client)
    body = text.encode()
    stamp = _stamp(production.server.clock.now())
    forged = _FORGED.format(key=production.key[0], day=stamp[:8])
    signed = [name for name in HANDLERS if CALLERS[OPERATIONS[name].auth] == {IamCaller}]
    assert len(signed) > 20
    with connected(production.url) as database:
        before = dump(database)
        for name in signed:
            assert call(production, name, body) == (400, "MissingAuthenticationTokenException"), name
            wrong = call(production, name, body, HTTP_AUTHORIZATION=forged, HTTP_X_AMZ_DATE=stamp)
            assert wrong == (400, "InvalidSignatureException"), name
            bearer = call(production, name, body, HTTP_AUTHORIZATION="Bearer x", HTTP_X_AMZ_DATE=stamp)
            assert bearer == (400, "IncompleteSignatureException"), name
        assert dump(database) == before


def _stamp(now: float) -> str:
    import time

    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
