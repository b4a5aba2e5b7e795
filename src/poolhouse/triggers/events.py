"""The events that triggers receive, as the service sends them (digest «users» §5.1 to §5.11)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User

_SENT = (
    "SignUp",
    "AdminCreateUser",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "Authentication",
)
"""Suffixes of the sources of messages."""
SOURCES: Mapping[str, frozenset[str]] = {
    "PreSignUp": frozenset({"PreSignUp_SignUp", "PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider"}),
    "PostConfirmation": frozenset(
        {"PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"}
    ),
    "PreAuthentication": frozenset({"PreAuthentication_Authentication"}),
    "PostAuthentication": frozenset({"PostAuthentication_Authentication"}),
    "PreTokenGeneration": frozenset(
        {
            "TokenGeneration_HostedAuth",
            "TokenGeneration_Authentication",
            "TokenGeneration_NewPasswordChallenge",
            "TokenGeneration_ClientCredentials",
            "TokenGeneration_AuthenticateDevice",
            "TokenGeneration_RefreshTokens",
        }
    ),
    "CustomMessage": frozenset(f"CustomMessage_{source}" for source in _SENT),
    "DefineAuthChallenge": frozenset({"DefineAuthChallenge_Authentication"}),
    "CreateAuthChallenge": frozenset({"CreateAuthChallenge_Authentication"}),
    "VerifyAuthChallengeResponse": frozenset({"VerifyAuthChallengeResponse_Authentication"}),
    "UserMigration": frozenset({"UserMigration_Authentication", "UserMigration_ForgotPassword"}),
    "CustomEmailSender": frozenset(
        {
            *(f"CustomEmailSender_{source}" for source in _SENT),
            "CustomEmailSender_AccountTakeOverNotification",
        }
    ),
    "CustomSMSSender": frozenset(f"CustomSMSSender_{source}" for source in _SENT),
}
"""Trigger family, which is the member of `LambdaConfig` and the name in errors → its `triggerSource`s."""

PRE_SIGN_UP_RESPONSE = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
CUSTOM_MESSAGE_RESPONSE = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
USER_MIGRATION_RESPONSE = {
    "userAttributes": None,
    "forceAliasCreation": None,
    "enableSMSMFA": None,
    "finalUserStatus": None,
    "messageAction": None,
    "desiredDeliveryMediums": None,
}

DEFINE_AUTH_CHALLENGE_RESPONSE = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
CREATE_AUTH_CHALLENGE_RESPONSE = {
    "publicChallengeParameters": None,
    "privateChallengeParameters": None,
    "challengeMetadata": None,
}
VERIFY_AUTH_CHALLENGE_RESPONSE = {"answerCorrect": None}

PastChallenge = tuple[str, bool, str | None]
"""A challenge's name, whether it was met, and the trigger's own note on it."""

_SDK = re.compile(r"\b(aws-sdk-[A-Za-z0-9]+)/([A-Za-z0-9.+-]{1,32})")
_TOKEN_VERSIONS = {"V1_0": "1", "V2_0": "2", "V3_0": "3"}


def envelope(
    pool: Pool,
    family: str,
    source: str,
    *,
    user_name: str,
    client_id: str | None,
    user_agent: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the whole event (digest «users» §5.1); without a response it has no such member.

    Raises:
        ValueError: `source` is none of the family's; a mistake of the caller's code.
    """
    if source not in SOURCES[family]:
        raise ValueError(f"{source} is not a trigger source of {family}")
    event = {
        "version": token_generation_version(pool) if family == "PreTokenGeneration" else "1",
        "region": pool.region,
        "userPoolId": pool.id,
        "userName": user_name,
        "callerContext": {
            "awsSdkVersion": sdk_version(user_agent),
            "clientId": client_id or "CLIENT_ID_NOT_APPLICABLE",
        },
        "triggerSource": source,
        "request": dict(request),
    }
    return event if response is None else event | {"response": dict(response)}


def sdk_version(user_agent: str) -> str:
    """Return `awsSdkVersion` as the service derives it: `aws-sdk-js/2.6.4 …` gives `aws-sdk-js-2.6.4`."""
    found = _SDK.search(user_agent)
    return f"{found[1]}-{found[2]}" if found else "aws-sdk-unknown-unknown"


def token_generation_version(pool: Pool) -> str:
    """Return the event version that the pool's PreTokenGeneration trigger speaks: "1", "2" or "3"."""
    config = pool.lambda_config.get("PreTokenGenerationConfig") or {}
    return _TOKEN_VERSIONS.get(config.get("LambdaVersion", "V1_0"), "1")


def user_attributes(pool: Pool, user: User) -> dict[str, str]:
    """Return `userAttributes` of a stored user: every attribute, and what the service derives.

    `cognito:email_alias` and `cognito:phone_number_alias` stand for addresses that the user can sign in with
    now: the one that is the username, or a verified alias.
    """
    derived = {"sub": user.sub, "cognito:user_status": user.status.value}
    for attribute in ("email", "phone_number"):
        value = user.attributes.get(attribute)
        verified = user.attributes.get(f"{attribute}_verified") == "true"
        if value and (attribute == user.identifier or (attribute in pool.alias_attributes and verified)):
            derived[f"cognito:{attribute}_alias"] = value
    return {**derived, **user.attributes}


def pre_sign_up(
    attributes: Mapping[str, str],
    validation_data: Mapping[str, str] | None,
    client_metadata: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return PreSignUp's request; `attributes` are those supplied, without `sub` (digest «users» §5.5)."""
    return {
        "userAttributes": dict(attributes),
        "validationData": _map(validation_data),
        "clientMetadata": _map(client_metadata),
    }


def post_confirmation(
    attributes: Mapping[str, str], client_metadata: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return PostConfirmation's request (digest «users» §5.6); its response is `{}`."""
    return {"userAttributes": dict(attributes), "clientMetadata": _map(client_metadata)}


def pre_authentication(
    attributes: Mapping[str, str],
    validation_data: Mapping[str, str] | None,
    *,
    user_not_found: bool | None,
) -> dict[str, Any]:
    """Return PreAuthentication's request (digest «users» §5.7); its response is `{}`.

    Args:
        attributes: the user's; empty where there is no such user.
        validation_data: ClientMetadata of InitiateAuth or AdminInitiateAuth.
        user_not_found: None where the client does not hide who exists: the member is left out.
    """
    request: dict[str, Any] = {"userAttributes": dict(attributes), "validationData": _map(validation_data)}
    return request if user_not_found is None else request | {"userNotFound": user_not_found}


def post_authentication(
    attributes: Mapping[str, str],
    client_metadata: Mapping[str, str] | None,
    *,
    new_device_used: bool = False,
) -> dict[str, Any]:
    """Return PostAuthentication's request (digest «users» §5.8); its response is `{}`."""
    return {
        "userAttributes": dict(attributes),
        "newDeviceUsed": new_device_used,
        "clientMetadata": _map(client_metadata),
    }


def token_generation(
    attributes: Mapping[str, str],
    client_metadata: Mapping[str, str] | None,
    *,
    groups: Sequence[str] = (),
    roles: Sequence[str] = (),
    preferred_role: str | None = None,
    scopes: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return PreTokenGeneration's request (digest «users» §5.9).

    Args:
        attributes: the user's; empty for client credentials.
        client_metadata: as far as it reaches this trigger (digest «users» §5.15).
        groups: names, in the order of precedence.
        roles: the groups' IAM roles.
        preferred_role: that of the group that precedes.
        scopes: the access token's, from version 2; None leaves them out.
    """
    request: dict[str, Any] = {
        "userAttributes": dict(attributes),
        "groupConfiguration": {
            "groupsToOverride": list(groups),
            "iamRolesToOverride": list(roles),
            "preferredRole": preferred_role,
        },
        "clientMetadata": _map(client_metadata),
    }
    return request if scopes is None else request | {"scopes": list(scopes)}


def token_generation_response(pool: Pool) -> dict[str, Any]:
    """Return the response that PreTokenGeneration's event arrives with, by the pool's version."""
    old = token_generation_version(pool) == "1"
    return {"claimsOverrideDetails" if old else "claimsAndScopeOverrideDetails": None}


def custom_message(
    attributes: Mapping[str, str],
    client_metadata: Mapping[str, str] | None,
    *,
    link_text: str,
    invitation: bool,
) -> dict[str, Any]:
    """Return CustomMessage's request (digest «users» §5.11).

    Args:
        attributes: the user's.
        client_metadata: None for a message that is sent again later: it is never stored.
        link_text: the text of the template's link.
        invitation: whether this is AdminCreateUser's message, which also carries the username.
    """
    return {
        "userAttributes": dict(attributes),
        "codeParameter": "{####}",
        "linkParameter": f"{{##{link_text}##}}",
        "usernameParameter": "{username}" if invitation else None,
        "clientMetadata": _map(client_metadata),
    }


def user_migration(
    password: str | None,
    validation_data: Mapping[str, str] | None,
    client_metadata: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return UserMigration's request; no password for ForgotPassword (digest «users» §5.10)."""
    request: dict[str, Any] = {
        "validationData": _map(validation_data),
        "clientMetadata": _map(client_metadata),
    }
    return request if password is None else {"password": password, **request}


def define_auth_challenge(
    attributes: Mapping[str, str],
    past: Sequence[PastChallenge],
    client_metadata: Mapping[str, str] | None,
    *,
    user_not_found: bool,
) -> dict[str, Any]:
    """Return DefineAuthChallenge's request: `past` are the challenges so far (digest «users» §5.13)."""
    return {
        "userAttributes": dict(attributes),
        "session": _session(past),
        "clientMetadata": _map(client_metadata),
        "userNotFound": user_not_found,
    }


def create_auth_challenge(
    attributes: Mapping[str, str],
    past: Sequence[PastChallenge],
    client_metadata: Mapping[str, str] | None,
    *,
    user_not_found: bool,
) -> dict[str, Any]:
    """Return CreateAuthChallenge's request (digest «users» §5.13)."""
    defined = define_auth_challenge(attributes, past, client_metadata, user_not_found=user_not_found)
    return {"challengeName": "CUSTOM_CHALLENGE", **defined}


def verify_auth_challenge(
    attributes: Mapping[str, str],
    private: Mapping[str, str],
    answer: str,
    client_metadata: Mapping[str, str] | None,
    *,
    user_not_found: bool,
) -> dict[str, Any]:
    """Return VerifyAuthChallengeResponse's request: an answer beside the right one (digest «users» §5.13)."""
    return {
        "userAttributes": dict(attributes),
        "privateChallengeParameters": dict(private),
        "challengeAnswer": answer,
        "clientMetadata": _map(client_metadata),
        "userNotFound": user_not_found,
    }


def custom_sender(
    family: str,
    attributes: Mapping[str, str],
    client_metadata: Mapping[str, str] | None,
    *,
    code: str | None,
) -> dict[str, Any]:
    """Return a custom sender's request; the event has no response (digest «users» §5.12).

    Args:
        family: `CustomEmailSender` or `CustomSMSSender`.
        attributes: the user's.
        client_metadata: None for a message that is sent again later: it is never stored.
        code: the code or temporary password, encrypted; None where the message tells none.
    """
    return {
        "type": f"{family[0].lower()}{family[1:]}RequestV1",
        "code": code,
        "clientMetadata": _map(client_metadata),
        "userAttributes": dict(attributes),
    }


def _session(past: Sequence[PastChallenge]) -> list[dict[str, Any]]:
    return [
        {"challengeName": name, "challengeResult": result, "challengeMetadata": metadata}
        for name, result, metadata in past
    ]


def _map(pairs: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if pairs is None else dict(pairs)
