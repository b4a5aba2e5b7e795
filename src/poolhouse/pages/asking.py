"""What an application asks for when it sends a browser here: an authorization request, and its checks.

RFC 6749 §4.1.1 and §4.2.1, RFC 7636, RFC 8707, RFC 9207, OpenID Connect Core §3.1.2; digest «sign-in» §5.3.
The checks stand in two lists. Until the first has passed nothing goes back to where the request says, which
anybody may have written; what the second refuses goes back to the application.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from poolhouse.domain import authorization as rules
from poolhouse.domain import redirects, scopes
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.pages.language import N_
from poolhouse.pages.visit import Refused, SentOn, Visit

CODE, TOKEN = "code", "token"
_GRANTS = {CODE: "code", TOKEN: "implicit"}
_PROMPTS = frozenset({"none", "login", "select_account", "consent"})
_LOCAL = "COGNITO"
_NO_REDIRECT = N_("The application did not say where to go back to. Go back to it, and try again.")
_NO_LOCAL = N_("Login option is not available. Please try another one.")
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has passed all checks.

    Attributes:
        redirect_uri: one of the client's callback URLs.
        response_type: `code` or `token`.
        state: as sent, or None.
        code_challenge, nonce, resource: as sent, or "".
        prompt: what the application insists on.
        adds_passkey: whether whoever signs in comes from `/passkeys/add`, and goes back there.
        max_age: how old a sign-in may be, in seconds; None for no limit.
    """

    redirect_uri: str
    response_type: str
    scopes: tuple[str, ...]
    state: str | None
    code_challenge: str
    nonce: str
    resource: str
    prompt: frozenset[str]
    max_age: int | None
    adds_passkey: bool


Check = Callable[[Visit], None]


# --- before anything is trusted: what fails ends on a page here ---------------------------------------------


def one_redirect_uri(visit: Visit) -> None:
    """There is one redirect URI."""
    if len(visit.request.args.getlist("redirect_uri")) != 1:
        raise Refused(_NO_REDIRECT)


def registered_redirect_uri(visit: Visit) -> None:
    """It is one of the client's callback URLs, character by character (RFC 9700 §2.1)."""
    if not redirects.is_callback(visit.registered, visit.request.args["redirect_uri"]):
        raise SentOn(error_page("redirect_mismatch", visit.registered.id))


def oauth_enabled(visit: Visit) -> None:
    """The client may use OAuth at all."""
    if not visit.registered.config.get("AllowedOAuthFlowsUserPoolClient"):
        raise SentOn(error_page("unauthorized_client", visit.registered.id))


def local_sign_in(visit: Visit) -> None:
    """The client lets the pool's own users sign in."""
    providers = visit.registered.config.get("SupportedIdentityProviders") or [_LOCAL]
    if _LOCAL not in providers:
        raise Refused(_NO_LOCAL)


BEFORE_TRUST: tuple[Check, ...] = (
    one_redirect_uri,
    registered_redirect_uri,
    oauth_enabled,
    local_sign_in,
)


# --- afterwards: what fails goes back to the application ----------------------------------------------------


def nothing_repeated(visit: Visit) -> None:
    """No parameter comes twice (RFC 6749 §3.1), but `resource`, which comes once here, too."""
    if any(len(values) > 1 for _, values in visit.request.args.lists()):
        raise OAuthError("invalid_request", "A parameter is repeated")


def nothing_garbled(visit: Visit) -> None:
    """Every parameter is text of a reasonable length."""
    query = visit.request.query_string
    given = unquote_to_bytes(query)
    try:
        given.decode()
    except UnicodeDecodeError:
        raise OAuthError("invalid_request", "A parameter is no text") from None
    if len(query) > _LONGEST or b"\0" in given:
        raise OAuthError("invalid_request", "A parameter is too long, or no text")


def known_response_type(visit: Visit) -> None:
    """`response_type` is `code` or `token`."""
    if visit.request.args.get("response_type") not in _GRANTS:
        raise OAuthError("invalid_request", "invalid_response_type")


def allowed_grant(visit: Visit) -> None:
    """The client may use the grant."""
    if not visit.registered.may_use(_GRANTS[visit.request.args["response_type"]]):
        raise OAuthError("unauthorized_client")


def allowed_scopes(visit: Visit) -> None:
    """The client may have the scopes."""
    _scopes(visit)


def whole_challenge(visit: Visit) -> None:
    """PKCE comes whole or not at all, with the method S256 (RFC 7636 §4.3).

    Clients that registered themselves must use it (RFC 9700 §2.1.1).
    """
    args = visit.request.args
    challenge, method = args.get("code_challenge", ""), args.get("code_challenge_method", "")
    if not challenge and not method and not visit.registered.dynamic:
        return
    if method != "S256" or not rules.is_challenge(challenge):
        raise OAuthError("invalid_request", "code_challenge_method must be S256, with its code_challenge")


def possible_prompt(visit: Visit) -> None:
    """`prompt` is known, and `none` is alone (OpenID Connect Core §3.1.2.1)."""
    prompt = _prompt(visit)
    if not prompt <= _PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise OAuthError("invalid_request", "invalid_prompt")


def possible_age(visit: Visit) -> None:
    """`max_age` is a number of seconds."""
    age = visit.request.args.get("max_age", "0")
    if not (age.isascii() and age.isdigit() and len(age) < 10):
        raise OAuthError("invalid_request", "invalid_max_age")


def possible_resource(visit: Visit) -> None:
    """`resource` is a URL that a token can be for (RFC 8707 §2)."""
    resource = visit.request.args.get("resource")
    if resource is not None and not rules.is_resource(resource):
        raise OAuthError("invalid_request", "invalid_resource")


def known_provider(visit: Visit) -> None:
    """The identity provider that is asked for is there: the pool itself."""
    args = visit.request.args
    if args.get("identity_provider", _LOCAL) != _LOCAL or args.get("idp_identifier"):
        raise OAuthError("invalid_request", "identity_provider does not exist")


ONCE_TRUSTED: tuple[Check, ...] = (
    nothing_repeated,
    nothing_garbled,
    known_response_type,
    allowed_grant,
    allowed_scopes,
    whole_challenge,
    possible_prompt,
    possible_age,
    possible_resource,
    known_provider,
)


def ask(visit: Visit) -> Asked:
    """Return what the application asks for.

    Raises:
        Refused, SentOn: a check has failed.
    """
    for check in BEFORE_TRUST:
        check(visit)
    try:
        for check in ONCE_TRUSTED:
            check(visit)
    except OAuthError as error:
        raise sent_back(visit, error) from error
    args = visit.request.args
    return Asked(
        redirect_uri=args["redirect_uri"],
        response_type=args["response_type"],
        scopes=_scopes(visit),
        state=args.get("state"),
        code_challenge=args.get("code_challenge", ""),
        nonce=args.get("nonce", ""),
        resource=args.get("resource", ""),
        prompt=_prompt(visit),
        max_age=int(args["max_age"]) if "max_age" in args else None,
        adds_passkey=args.get("then") == "passkey",
    )


def sent_back(visit: Visit, error: OAuthError) -> SentOn:
    """Return the way back to the application with an error; the redirect URI is the client's own."""
    described = {"error_description": error.description} if error.description else {}
    return SentOn(answer(visit, {"error": error.code, **described}))


def answer(visit: Visit, parameters: Mapping[str, str]) -> str:
    """Return the redirect URI with an answer: its own parameters, the `state` that came, and who answers.

    Args:
        visit: whose redirect URI has been checked.
        parameters: of the answer.
    """
    args = visit.request.args
    state = {"state": args["state"]} if "state" in args else {}
    issuer = {"iss": visit.call.settings.issuer(visit.pool.id)}  # RFC 9207
    put = redirects.with_fragment if args.get("response_type") == TOKEN else redirects.with_query
    return put(args["redirect_uri"], {**parameters, **state, **issuer})


def error_page(code: str, client_id: str) -> str:
    """Return the address of the page that explains an error to a visitor who goes nowhere else."""
    return redirects.with_query("/error", {"error": code, "client_id": client_id})


def _prompt(visit: Visit) -> frozenset[str]:
    return frozenset(visit.request.args.get("prompt", "").split())


def _scopes(visit: Visit) -> tuple[str, ...]:
    return scopes.granted(
        visit.registered, visit.call.config.custom_scopes(visit.pool.id), visit.request.args.get("scope")
    )
