"""An app client's configuration: what may be asked for, the defaults, and what describing it returns.

Requests come in the wire's form with lengths, patterns and enums checked; here are the rules between
members. Digest «users» §7.6 and §1.5. Texts without a source there were recorded against the service in
September 2026 by badmintoncryer/cdk-preflight (`tests/parity/clients.json`); the remaining ones say "guess".
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from poolhouse.domain import partial_update
from poolhouse.domain.client import (
    CLIENT_TOKENS,
    OIDC_PROFILE,
    UNIT_SECONDS,
    VERIFIED_FLAGS,
    Client,
    expand_names,
)
from poolhouse.domain.pool import Pool
from poolhouse.domain.resource_servers import REGISTRATION_SCOPE
from poolhouse.domain.scopes import STANDARD
from poolhouse.domain.tiers import check_features
from poolhouse.errors import InvalidOAuthFlowException, InvalidParameterException, ScopeDoesNotExistException

_LOCAL_HTTP = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])([:/?]|\Z)")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
_REFRESH_DAYS = 30
_ACCESS_RANGE = (5 * 60, 86_400)
_REFRESH_RANGE = (60 * 60, 315_360_000)
_OPTIONAL = (
    "AccessTokenValidity",
    "IdTokenValidity",
    "ReadAttributes",
    "WriteAttributes",
    "ExplicitAuthFlows",
    "SupportedIdentityProviders",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "AnalyticsConfiguration",
    "PreventUserExistenceErrors",
)


def create(pool: Pool, custom_scopes: Collection[str], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a new app client.

    Args:
        pool: the pool it belongs to.
        custom_scopes: those of the pool's resource servers.
        request: CreateUserPoolClientRequest in the wire's form.

    Raises:
        InvalidParameterException: members contradict one another or the pool.
        InvalidOAuthFlowException: the OAuth flows do not go together or lack what they need.
        ScopeDoesNotExistException: no resource server of the pool has the scope.
        FeatureUnavailableInTierException: the pool's tier lacks what is asked for.
    """
    if request.get("GenerateSecret") and request.get("ClientSecret"):  # the text is a guess
        raise InvalidParameterException("GenerateSecret and ClientSecret cannot be used together.")
    has_secret = bool(request.get("GenerateSecret") or request.get("ClientSecret"))
    return _configure(pool, custom_scopes, request, has_secret=has_secret, doing="creating")


def update(
    pool: Pool,
    custom_scopes: Collection[str],
    client: Client,
    request: Mapping[str, Any],
    *,
    partial: bool = False,
) -> dict[str, Any]:
    """Return the configuration after UpdateUserPoolClient: omitted members go back to their defaults.

    Args:
        pool: the pool it belongs to.
        custom_scopes: those of the pool's resource servers.
        client: the client as stored.
        request: UpdateUserPoolClientRequest in the wire's form.
        partial: whether omitted members stay as they are instead.

    Raises:
        InvalidParameterException: members contradict one another or the pool.
        InvalidOAuthFlowException: the OAuth flows do not go together or lack what they need.
        ScopeDoesNotExistException: no resource server of the pool has the scope.
        FeatureUnavailableInTierException: the pool's tier lacks what is asked for.
    """
    if partial:
        request = partial_update.of_client(client, request)
    if client.dynamic and REGISTRATION_SCOPE in (request.get("AllowedOAuthScopes") or ()):  # [model]; a guess
        raise InvalidParameterException(f"{REGISTRATION_SCOPE} is not supported for this app client.")
    return _configure(pool, custom_scopes, request, has_secret=bool(client.secrets), doing="updating")


def describe(client: Client, secret: str | None) -> dict[str, Any]:
    """Return `UserPoolClientType` in the wire's form.

    Args:
        client: the client.
        secret: its secret in the clear, or None where it has none.
    """
    described = {
        **client.config,
        "UserPoolId": client.pool_id,
        "ClientName": client.name,
        "ClientId": client.id,
        "ClientType": client.type,
        "LastModifiedDate": client.modified,
        "CreationDate": client.created,
    }
    return described if secret is None else described | {"ClientSecret": secret}


def _configure(
    pool: Pool, custom_scopes: Collection[str], request: Mapping[str, Any], *, has_secret: bool, doing: str
) -> dict[str, Any]:
    config: dict[str, Any] = {
        **_validity(request),
        "AllowedOAuthFlowsUserPoolClient": bool(request.get("AllowedOAuthFlowsUserPoolClient")),
        "EnableTokenRevocation": request.get("EnableTokenRevocation") is not False,
        "EnablePropagateAdditionalUserContextData": bool(
            request.get("EnablePropagateAdditionalUserContextData")
        ),
        "AuthSessionValidity": request.get("AuthSessionValidity") or 3,
    }
    config |= {name: request[name] for name in _OPTIONAL if request.get(name)}
    if request.get("RefreshTokenRotation") is not None:
        config["RefreshTokenRotation"] = {"RetryGracePeriodSeconds": 0, **request["RefreshTokenRotation"]}
    _check_flows(pool, config, has_secret=has_secret)
    _check_attributes(pool, config, doing)
    _check_providers(pool, config)
    _check_oauth(config, custom_scopes, has_secret=has_secret)
    _check_urls(config)
    if config["EnablePropagateAdditionalUserContextData"] and not has_secret:
        raise InvalidParameterException(
            "Client Secret is required to set EnablePropagateAdditionalUserContextData as true"
        )
    _check_analytics(config.get("AnalyticsConfiguration"))
    return config


def _validity(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the refresh token's life and the units, after checking all three lives.

    No life, or one of 0, means 30 days whatever the unit says; the unit is dropped then, so that both agree.
    """
    units = dict(request.get("TokenValidityUnits") or {})
    refresh = request.get("RefreshTokenValidity")
    if not refresh:
        refresh = _REFRESH_DAYS
        units.pop("RefreshToken", None)
    refresh_seconds = refresh * UNIT_SECONDS[units.get("RefreshToken") or "days"]
    short_seconds = [
        (request.get(f"{token}Validity") or 1) * UNIT_SECONDS[_short_unit(request, units, token)]
        for token in ("AccessToken", "IdToken")
    ]
    within = _within(refresh_seconds, _REFRESH_RANGE) and all(
        _within(s, _ACCESS_RANGE) for s in short_seconds
    )
    if not within:
        raise InvalidParameterException("Invalid range for token validity.")
    if max(short_seconds) > refresh_seconds:
        raise InvalidParameterException(
            "Access and Id Token expiration times must be less than or equal to refresh token "
            "expiration times."
        )
    return {"RefreshTokenValidity": refresh, "TokenValidityUnits": units}


def _short_unit(request: Mapping[str, Any], units: Mapping[str, str], token: str) -> str:
    """Return the unit of an access or ID token's life; the default of one hour takes no other (a guess)."""
    return (units.get(token) or "hours") if request.get(f"{token}Validity") else "hours"


def _within(value: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _check_flows(pool: Pool, config: Mapping[str, Any], *, has_secret: bool) -> None:
    flows: Sequence[str] = config.get("ExplicitAuthFlows") or ()
    current = [flow for flow in flows if flow.startswith("ALLOW_")]
    if current and len(current) < len(flows):
        raise InvalidParameterException(
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."
        )
    if CLIENT_TOKENS in flows and (len(set(flows)) > 1 or not has_secret):  # the texts are guesses
        raise InvalidParameterException(
            f"{CLIENT_TOKENS} cannot be used with other auth flows."
            if has_secret
            else f"{CLIENT_TOKENS} requires a client secret."
        )
    if "ALLOW_USER_AUTH" in flows and pool.tier == "LITE":  # the feature's name is a guess
        check_features(pool.tier, ["Choice-Based Sign-In"])
    rotates = (config.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"
    if rotates and "ALLOW_REFRESH_TOKEN_AUTH" in flows:  # the guide excludes it; the text is a guess
        raise InvalidParameterException(
            "ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled."
        )


def _check_attributes(pool: Pool, config: Mapping[str, Any], doing: str) -> None:
    """Check the attribute lists: all known, none that no client may write, all required ones writable."""
    public = {name for name, attribute in pool.schema.items() if not attribute.developer_only}
    public |= {OIDC_PROFILE}
    read, write = config.get("ReadAttributes"), config.get("WriteAttributes")
    if read and not public.issuperset(read):
        raise InvalidParameterException(f"Invalid read attributes specified while {doing} a client")
    writable = public - VERIFIED_FLAGS - {"sub", "identities"}
    required = {name for name, attribute in pool.schema.items() if attribute.required} - {"sub"}
    if write and not (writable.issuperset(write) and required.issubset(expand_names(write) or ())):
        raise InvalidParameterException(f"Invalid write attributes specified while {doing} a client")


def _check_providers(pool: Pool, config: Mapping[str, Any]) -> None:
    for provider in config.get("SupportedIdentityProviders") or ():
        if provider != "COGNITO":
            raise InvalidParameterException(
                f"The provider {provider} does not exist for User Pool {pool.id}."
            )


def _check_oauth(config: Mapping[str, Any], custom_scopes: Collection[str], *, has_secret: bool) -> None:
    """Check flows and scopes.

    They are stored without `AllowedOAuthFlowsUserPoolClient` too, as the service does (boto/boto3#3916),
    whatever the model says.
    """
    flows: Sequence[str] = config.get("AllowedOAuthFlows") or ()
    scopes: Sequence[str] = config.get("AllowedOAuthScopes") or ()
    if config["AllowedOAuthFlowsUserPoolClient"] and not (flows and scopes):
        raise InvalidParameterException(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use "
            "OAuth flows."
        )
    if "client_credentials" in flows:
        if len(set(flows)) > 1:
            raise InvalidOAuthFlowException(
                "client_credentials flow can not be selected along with code flow or implicit flow."
            )
        if not has_secret:
            raise InvalidOAuthFlowException(
                "client_credentials flow can not be selected if client does not have a client secret."
            )
    elif flows and not config.get("CallbackURLs"):
        raise InvalidOAuthFlowException(
            "CallbackUrls can not be empty when code flow or implicit flow is selected"
        )
    for scope in scopes:
        if scope not in STANDARD and scope not in custom_scopes:
            raise ScopeDoesNotExistException(f"Invalid scope requested: {scope}")
        if scope in STANDARD and "client_credentials" in flows:
            raise InvalidOAuthFlowException(f"{scope} is not supported with client_credentials flow")


def _check_urls(config: Mapping[str, Any]) -> None:
    """Check callback and sign-out URLs [model]: absolute, HTTPS except to this machine, no fragments."""
    callbacks: Sequence[str] = config.get("CallbackURLs") or ()
    for url in (*callbacks, *(config.get("LogoutURLs") or ())):
        if not _ABSOLUTE.match(url):  # the text is a guess
            raise InvalidParameterException(f"{url} is not an absolute URI.")
        if url.lower().startswith("http:") and not _LOCAL_HTTP.match(url.lower()):
            raise InvalidParameterException(f"{url} cannot use the HTTP protocol.")
    for url in callbacks:
        if "#" in url:
            raise InvalidParameterException(f"{url} cannot use fragment")
    default = config.get("DefaultRedirectURI")
    if default and default not in callbacks:
        raise InvalidParameterException(
            f"The default redirect URI {default} is not in the callback URIs list."
        )


def _check_analytics(analytics: Mapping[str, Any] | None) -> None:
    """Check Pinpoint's configuration, which is stored and nothing else: one of its two forms."""
    if analytics is None:
        return
    by_id = {name for name in ("ApplicationId", "RoleArn", "ExternalId") if analytics.get(name)}
    if bool(analytics.get("ApplicationArn")) == bool(by_id) or len(by_id) in (1, 2):
        raise InvalidParameterException(
            "Invalid analytics configuration given, either <application arn> or <application id, role arn, "
            "external id> are valid"
        )
