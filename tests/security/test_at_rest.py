"""What a stolen database or log gives away: none of the secrets of a long journey, in no encoding."""

import base64
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from poolhouse.flows.verification import outbox_place
from security.conftest import Production
from support.authenticator import Authenticator
from support.dump import connected, dump
from support.sign_in import ALL_FLOWS, Place

PASSWORDS = ("Journey-Horse-1", "Journey-Horse-2", "Journey-Horse-3", "Tempora-Horse-4")
METADATA = {"secret-metadata-name": "secret-metadata-value-1f0c"}
VALIDATION = [{"Name": "secret-validation-name", "Value": "secret-validation-value-77ab"}]
EMAIL, PHONE = "jane@example.com", "+15555550100"


def journey(production: Production) -> Iterator[str]:
    """Do nearly all that a user can do; yield each secret on the way."""
    server, idp = production.server, production.client()
    pool = idp.create_user_pool(
        PoolName="people",
        AutoVerifiedAttributes=["email", "phone_number"],
        SmsConfiguration={"SnsCallerArn": "arn:aws:iam::000000000000:role/texts"},
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
        Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}},
    )["UserPool"]["Id"]
    place = Place(server, idp, pool, "").another_client(GenerateSecret=True, ExplicitAuthFlows=ALL_FLOWS)
    assert place.secret
    yield place.secret
    yield from PASSWORDS
    yield from (*METADATA, *METADATA.values(), *VALIDATION[0].values(), production.key[1])

    def public(name: str) -> dict[str, Any]:
        return {"ClientId": place.client, "Username": name, "SecretHash": place.hash(name)}

    idp.sign_up(
        **public("jane"),
        Password=PASSWORDS[0],
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
        ClientMetadata=METADATA,
        ValidationData=VALIDATION,
    )
    yield (code := server.code(EMAIL))
    idp.confirm_sign_up(**public("jane"), ConfirmationCode=code, ClientMetadata=METADATA)
    tokens = place.plain("jane", PASSWORDS[0])["AuthenticationResult"]
    yield from _all(tokens)
    access = tokens["AccessToken"]
    srp = place.srp("jane", PASSWORDS[0])
    started = srp.start(SECRET_HASH=place.hash("jane"))
    yield started["ChallengeParameters"]["SECRET_BLOCK"]
    yield from _all(srp.answer(srp.claim(started))["AuthenticationResult"])
    idp.update_user_attributes(
        AccessToken=access,
        UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
        ClientMetadata=METADATA,
    )
    yield (code := server.code("new@example.com"))
    idp.verify_user_attribute(AccessToken=access, AttributeName="email", Code=code)
    with suppress(ClientError):  # texts go nowhere
        idp.update_user_attributes(
            AccessToken=access, UserAttributes=[{"Name": "phone_number", "Value": PHONE}]
        )
    yield from _owed(production)
    idp.change_password(AccessToken=access, PreviousPassword=PASSWORDS[0], ProposedPassword=PASSWORDS[1])
    refreshed = idp.get_tokens_from_refresh_token(
        RefreshToken=tokens["RefreshToken"], ClientId=place.client, ClientSecret=place.secret
    )
    yield from _all(refreshed["AuthenticationResult"])
    idp.forgot_password(**public("jane"), ClientMetadata=METADATA)
    yield server.code("new@example.com")  # and is never used
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    app = Authenticator(idp.associate_software_token(AccessToken=access)["SecretCode"], server.clock)
    yield from (app.secret, base64.b64encode(app.seed).decode())
    idp.verify_software_token(AccessToken=access, UserCode=app.code())
    idp.get_user_attribute_verification_code(AccessToken=access, AttributeName="email")
    yield server.code("new@example.com")
    idp.admin_create_user(
        UserPoolId=pool,
        Username="john",
        TemporaryPassword=PASSWORDS[3],
        UserAttributes=[{"Name": "email", "Value": "john@example.com"}],
        ClientMetadata=METADATA,
    )
    asked = place.plain("john", PASSWORDS[3])
    yield asked["Session"]
    idp.respond_to_auth_challenge(
        ClientId=place.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=asked["Session"],
        ChallengeResponses={
            "USERNAME": "john",
            "NEW_PASSWORD": PASSWORDS[2],
            "SECRET_HASH": place.hash("john"),
        },
        ClientMetadata=METADATA,
    )
    with suppress(ClientError):
        place.plain("jane", "Wrong-Horse-5")
    yield "Wrong-Horse-5"


def _all(tokens: dict[str, Any]) -> list[str]:
    return [tokens[name] for name in ("AccessToken", "IdToken", "RefreshToken") if name in tokens]


def _owed(production: Production) -> Iterator[str]:
    """Yield the codes of messages that could not be sent."""
    entries = production.server.store.read(lambda tx: tx.outbox.due(float("inf"), 10))
    assert entries
    for entry in entries:
        yield production.server.services.vault.open(outbox_place(entry.id), entry.sealed_code).decode()


def forms(secret: str) -> Iterator[re.Pattern[bytes]]:
    """Yield what a secret, or a good part of it, looks like: plain, in hexadecimal, in base64 at any offset."""
    raw = secret.encode()
    if len(raw) < 8:  # six digits turn up in numbers, too
        yield re.compile(rb"(?<![0-9A-Za-z+/_.-])" + re.escape(raw) + rb"(?![0-9A-Za-z+/_.=-])")
    else:
        yield re.compile(re.escape(raw))
    for part in {raw, raw[len(raw) // 2 :][:40]} if len(raw) > 80 else {raw}:
        yield re.compile(re.escape(part.hex().encode()), re.IGNORECASE)
        for offset in range(3):
            coded = base64.b64encode(b"\0" * offset + part)
            inner = coded[4 if offset else 0 : len(coded) - 4 * ((len(part) + offset) % 3 > 0)]
            yield re.compile(re.escape(inner))
            yield re.compile(re.escape(inner.translate(bytes.maketrans(b"+/", b"-_"))))


def hits(secrets: set[str], haystack: bytes) -> list[str]:
    return [secret for secret in secrets for form in forms(secret) if form.search(haystack)]


def everything(url: str) -> bytes:
    """Return all rows, and on SQLite the files as they lie on the disk, freed pages included."""
    with connected(url) as connection:
        rows = [value for table in dump(connection).values() for row in table for value in row]
    whole = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in rows)
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        for file in path.parent.glob(path.name + "*"):
            whole += file.read_bytes()
    return whole


def test_the_search_finds_what_is_there() -> None:
    secret = "Journey-Horse-1"
    for found in (secret.encode(), secret.encode().hex().upper().encode(), *_in_base64(secret)):
        assert hits({secret}, b"xx" + found + b"yy") != []
    assert hits({"123456"}, b'{"code":"123456"}') == ["123456"]
    assert hits({"123456"}, b"0.8123456,a123456,MTIzN") == []


def _in_base64(secret: str) -> Iterator[bytes]:
    for before in range(3):
        yield base64.b64encode(b"abc"[:before] + secret.encode() + b"tail")
        yield base64.urlsafe_b64encode(b"\xff\xfe\xfd"[:before] + secret.encode())


def test_attack_a_stolen_database_and_log(production: Production) -> None:
    secrets: set[str] = set()
    for secret in journey(production):
        secrets.add(secret)
        if secret.startswith("eyJ"):
            secrets.add(secret.rpartition(".")[2])
    assert len(secrets) > 25
    stored = everything(production.url)
    assert b"new@example.com" in stored, "what is stored was looked at"
    assert b"jane" in stored
    assert hits(secrets, stored) == []
    logged = b"".join(production.server.log)
    assert b"SignUp" in logged, "what is logged was looked at"
    assert hits(secrets, logged) == []
    for private in (EMAIL, "new@example.com", "john@example.com", PHONE, "Your confirmation code", "jane"):
        assert private.encode() not in logged
