"""What hostile and honest clients send: texts, junk, and values by the member that takes them."""

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st
from msgspec import inspect

CODE = "246810"
"""The code that the fuzzed server draws each time, so that guesses reach what a right code leads to."""
PASSWORD = "Correct-Horse-9"


@dataclass(frozen=True)
class Known:
    """Something that exists in the fuzzed server; what it is then, the site knows when the request leaves.

    Attributes:
        kind: `pool`, `client`, `username`, `access`, …
        shift: 0 for the request's own place; else that of another.
    """

    kind: str
    shift: int = 0


NASTY = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "x\udfffy",
    "\ufeffbom",
    "\u200b\u200d\u2060",
    "\u202egnp.exe",
    "\t\r\n",
    "\x1b[31mred\x7f",
    "a\r\nBcc: victim@example.com",
    "' OR 1=1; DROP TABLE users; --",
    '"; SELECT pg_sleep(10); --',
    "\\'; --",
    "%s%n%d%(x)s",
    "{0.__class__}{x}",
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "{####}{username}{##Verify##}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>&amp;',
    '{"a":1}',
    "[]",
    "null",
    "NaN",
    "../../../../etc/passwd",
    "us-east-1_../../x",
    "us-east-1_ABC/.well-known/jwks.json",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "$(reboot)`reboot`",
    "%00%2e%2e%2f",
    "\\u0000\\x00",
    "true",
    "-1",
    "1e309",
    "9" * 40,
    "٣٤٥",
    "İıſßK",  # noqa: RUF001 - what lower case makes of these differs
    "Ἀθῆναι",
    "Привет",
    "日本語テスト",
    "한국어",
    "العربية",
    "עברית",
    "हिन्दी",
    "ไทย",
    "ქართული",
    "አማርኛ",
    "👩‍👩‍👧‍👦🇩🇪",
    "e\u0301\u0323" * 20,
    "𝕬𓀀𠀀",
    "x" * 129,
    "é" * 2049,
    "\U0010ffff" * 300,
    "x" * 131_073,
)

FINE = (
    "x",
    "Jane",
    "jane@example.com",
    "JANE@Example.COM",
    "ümlaut@bücher.example",
    "+15555550100",
    "+491701234567",
    "2001-02-03",
    "1700000000",
    "true",
    "false",
    "https://example.com/cb",
    "myapp://callback",
    "http://localhost:3000/",
    "openid",
    "aws.cognito.signin.user.admin",
    "email",
    "phone_number",
    "phone",
    "profile",
    "COGNITO",
    "Europe/Berlin",
    "arn:aws:iam::123456789012:role/sns",
    "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
    "arn:aws:kms:us-east-1:123456789012:key/1",
    "arn:aws:mobiletargeting:us-east-1:123456789012:apps/abc",
    "Your code is {####}",
    "Hello {username}, your password is {####}",
    "Follow {##this link##}",
    "us-east-1",
    "V1_0",
    "V2_0",
    "0",
    "5",
    "99",
    "2048",
    "abcdefghijklmnopqrstuvwxyz0123456789",
)
_HOOKS = (
    "accept",
    "refuse",
    "forget",
    "number",
    "wrong_type",
    "no_code",
    "write_message",
    "challenge",
    "unmapped",
)
ARNS = tuple(f"arn:aws:lambda:us-east-1:123456789012:function:{hook}" for hook in _HOOKS)
ATTRIBUTES = (
    *("email", "phone_number", "name", "given_name", "preferred_username", "birthdate", "updated_at"),
    *("email_verified", "phone_number_verified", "sub", "gender", "website", "locale", "address"),
    *(
        "custom:text",
        "custom:number",
        "custom:fixed",
        "dev:custom:hidden",
        "custom:nope",
        "cognito:mfa_enabled",
    ),
)

texts = st.one_of(
    st.sampled_from(NASTY),
    st.sampled_from(FINE),
    st.text(st.characters(exclude_categories=()), max_size=40),
)
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from((0, -1, 1, 2**31, -(2**63) - 1, 2**70, 10**400, 1e308, -0.0, 0.5)),
    st.sampled_from((float("nan"), float("inf"), float("-inf"))),
    texts,
    st.sampled_from(([], {}, [[]], [{}], [None], {"": None}, {"a": {"b": {"c": []}}}, ["x"] * 200)).map(
        deepcopy
    ),
    st.lists(texts, max_size=3),
)


T = TypeVar("T")


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def chance(draw: st.DrawFn, one_in: int) -> bool:
    """Draw whether something happens that seldom does; simpler examples go without it."""
    return draw(_below(one_in)) == one_in - 1


def pick(draw: st.DrawFn, options: Sequence[T]) -> T:
    """Draw one of some; many times quicker than `sampled_from` where the options are not always the same."""
    return options[draw(_below(len(options)))]


@cache
def _fitting(low: int, high: int, pattern: str | None) -> tuple[str, ...]:
    """Return the handpicked texts that a constraint lets through."""
    fits: Callable[[str], object] = re.compile(pattern).search if pattern else lambda _text: True
    fitting = [text for text in (*FINE, *NASTY) if low <= len(text) <= high and fits(text)]
    return tuple(fitting) or ("x",)


_PASSWORDS = (
    PASSWORD,
    PASSWORD,
    PASSWORD,
    "Other-Horse-10",
    "short",
    "nodigitsnocaps!!",
    " lead-Space-1",
    "Ünï-Cödé-99",
    "P" * 257,
)
_FILTERS = (
    'email = "jane@example.com"',
    'username ^= "j"',
    'sub = "x"',
    'status = "Enabled"',
    'cognito:user_status ^= "CON"',
    'phone_number ^= "+1"',
    'name = "a\\"b\\\\"',
    'name ^= ""',
    'name ^= "\U0010ffff"',
    'custom:text = "x"',
    'email = "',
    'email == "x"',
    "email = x",
    'name = "%" OR 1=1',
    'name ^= "\'; DROP TABLE users; --"',
    "   ",
)
_HOOKED = (
    *("PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication", "PostAuthentication"),
    *("UserMigration", "DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"),
    *("PreTokenGeneration", "LambdaArn"),
)
_MEMBERS: dict[str, Sequence[Any]] = {
    "UserPoolId": (Known("pool"),),
    "ClientId": (Known("client"),),
    "Username": (Known("username"), Known("alias"), Known("fresh")),
    "AccessToken": (Known("access"),),
    "Token": (Known("refresh"),),
    "RefreshToken": (Known("refresh"),),
    "Session": (Known("session"), Known("block")),
    "SecretHash": (Known("hash"),),
    "ClientSecret": (Known("secret"),),
    "ConfirmationCode": (CODE, CODE, "000000"),
    "Code": (CODE, CODE, "000000"),
    "NextToken": (Known("marker"),),
    "PaginationToken": (Known("marker"),),
    "AttributeName": ("email", "phone_number", "name"),
    "Filter": _FILTERS,
    **dict.fromkeys(
        ("UserAttributeNames", "AttributesToGet", "ReadAttributes", "WriteAttributes"), ATTRIBUTES
    ),
    **dict.fromkeys(("Password", "PreviousPassword", "ProposedPassword", "TemporaryPassword"), _PASSWORDS),
    **dict.fromkeys(_HOOKED, ARNS),
}
_PARAMETERS: dict[str, Any] = {
    "USERNAME": Known("username"),
    "PASSWORD": PASSWORD,
    "SECRET_HASH": Known("hash"),
    "REFRESH_TOKEN": Known("refresh"),
    "SRP_A": "5" * 600,
    "NEW_PASSWORD": "Other-Horse-10",
    "PASSWORD_CLAIM_SIGNATURE": "x" * 43 + "=",
    "PASSWORD_CLAIM_SECRET_BLOCK": Known("block"),
    "TIMESTAMP": Known("timestamp"),
    "ANSWER": CODE,
    "CHALLENGE_NAME": "SRP_A",
    "DEVICE_KEY": "us-east-1_0a1b",
    "userAttributes.name": "Jane",
    "userAttributes.email": "jane@example.com",
}


_RECIPES: dict[str, tuple[tuple[str, ...], ...]] = {
    "AuthParameters": (
        ("USER_PASSWORD_AUTH", "USERNAME", "PASSWORD", "SECRET_HASH"),
        ("ADMIN_USER_PASSWORD_AUTH", "USERNAME", "PASSWORD", "SECRET_HASH"),
        ("USER_SRP_AUTH", "USERNAME", "SRP_A", "SECRET_HASH"),
        ("CUSTOM_AUTH", "USERNAME", "SECRET_HASH"),
        ("CUSTOM_AUTH", "USERNAME", "SRP_A", "CHALLENGE_NAME", "SECRET_HASH"),
        ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", "SECRET_HASH"),
        ("REFRESH_TOKEN", "REFRESH_TOKEN", "SECRET_HASH", "DEVICE_KEY"),
        ("USER_AUTH", "USERNAME", "SECRET_HASH"),
    ),
    "ChallengeResponses": (
        ("NEW_PASSWORD_REQUIRED", "USERNAME", "NEW_PASSWORD", "SECRET_HASH"),
        ("NEW_PASSWORD_REQUIRED", "USERNAME", "NEW_PASSWORD", "SECRET_HASH", "userAttributes.name"),
        ("CUSTOM_CHALLENGE", "USERNAME", "ANSWER", "SECRET_HASH"),
        (
            *("PASSWORD_VERIFIER", "USERNAME", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK"),
            *("TIMESTAMP", "SECRET_HASH"),
        ),
        ("SELECT_CHALLENGE", "USERNAME", "ANSWER", "PASSWORD"),
        ("SMS_MFA", "USERNAME", "ANSWER"),
    ),
}
_SAID_BY = {"AuthParameters": "AuthFlow", "ChallengeResponses": "ChallengeName"}
_NAMES = st.lists(st.sampled_from(tuple(_PARAMETERS)), max_size=8, unique=True)
_MAPS = st.dictionaries(texts, texts, max_size=2)


def _agree(draw: st.DrawFn, given: dict[str, Any]) -> None:
    """Make a sign-in's flow and its parameters fit each other, mostly."""
    for member, said in _SAID_BY.items():
        if said in given and not chance(draw, 8):
            given[said], *names = pick(draw, _RECIPES[member])
            names += draw(_NAMES) if chance(draw, 5) else ()
            given[member] = {name: _PARAMETERS[name] for name in names}
            if chance(draw, 5):
                given[member][pick(draw, names)] = draw(texts)


def _attribute(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an `AttributeType`."""
    name = draw(texts) if chance(draw, 10) else pick(draw, ATTRIBUTES)
    fine = {"phone_number": "+15555550100", "email": "jane@example.com", "birthdate": "2001-02-03"}
    given = {"Name": name, "Value": fine.get(name, "7" if name in _NUMBERS else "Jane")}
    if chance(draw, 2):
        given["Value"] = draw(texts)
    elif chance(draw, 6):
        del given["Value"]
    return given


_NUMBERS = frozenset({"updated_at", "custom:number"})


def value(draw: st.DrawFn, kind: inspect.Type, member: str) -> Any:  # noqa: C901, PLR0911 - a table of types
    """Draw what the model allows for a member, mostly.

    Args:
        draw: Hypothesis'.
        kind: msgspec's description of the type.
        member: its name.
    """
    while isinstance(kind, inspect.UnionType | inspect.Metadata):
        extra = kind.extra if isinstance(kind, inspect.Metadata) else None
        if extra and "enum" in extra and not chance(draw, 20):
            return pick(draw, extra["enum"])
        kind = kind.types[0] if isinstance(kind, inspect.UnionType) else kind.type
    match kind:
        case inspect.StructType(cls=cls) if cls.__name__ == "AttributeType":
            return _attribute(draw)
        case inspect.StructType():
            return structure(draw, kind)
        case inspect.ListType():
            return [value(draw, kind.item_type, member) for _ in range(draw(_below(4)))]
        case inspect.DictType():
            return draw(_MAPS)
        case inspect.IntType():
            return pick(draw, (kind.ge or 0, kind.le or 5, 1, 5, 60))
        case inspect.BoolType():
            return chance(draw, 2)
        case inspect.FloatType():
            return pick(draw, (0, 1.7e9, 1.5))
        case inspect.StrType():
            return _text(draw, kind, member)
    return draw(junk)


def _text(draw: st.DrawFn, kind: inspect.StrType, member: str) -> Any:
    choice = draw(_below(100))
    if member in _MEMBERS and choice < 85:
        found = pick(draw, _MEMBERS[member])
        return Known(found.kind, choice - 79) if isinstance(found, Known) and choice >= 80 else found
    if choice < 95:
        return pick(draw, _fitting(kind.min_length or 0, kind.max_length or 200_000, kind.pattern))
    return draw(texts)


def structure(draw: st.DrawFn, kind: inspect.StructType) -> dict[str, Any]:
    """Draw a structure: what is required, and some of the rest."""
    one_in = 5 if len(kind.fields) > 12 else 3
    given = {
        field.encode_name: value(draw, field.type, field.name)
        for field in kind.fields
        if field.required or field.name in _MOSTLY_THERE or chance(draw, one_in)
    }
    _agree(draw, given)
    return given


_MOSTLY_THERE = frozenset({"SecretHash", "Session"})
