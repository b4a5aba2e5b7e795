"""A pool's configuration: the defaults, what is stored, and what describing it returns.

Requests come in the wire's form with lengths, patterns and enums checked; the rules between members are here
where they decide what is stored, the others in `pool_checks`. Digest «users» §7.2 to §7.5. Texts without a
source there were recorded against the service in September 2026 by badmintoncryer/cdk-preflight
(`tests/parity/pools.json`); the remaining ones say "guess".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from poolhouse.domain import messages_config, partial_update, pool_checks, tiers
from poolhouse.domain.pool import AttributeSchema, Pool
from poolhouse.errors import InvalidParameterException

_DAYS = 7
_ACR_DEFAULTS = {f"Level{n}": f"urn:cognito:loa:{n}" for n in range(1, 5)}
_CREATED_ONLY = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
_PLAIN = (
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "KeyConfiguration",
    "IssuerConfiguration",
)
_SETTABLE = frozenset(
    [
        *_PLAIN,
        "AccountRecoverySetting",
        "AcrConfiguration",
        "AdminCreateUserConfig",
        "AutoVerifiedAttributes",
        "DcrConfiguration",
        "DeletionProtection",
        "DeviceConfiguration",
        "EmailConfiguration",
        "EmailVerificationMessage",
        "EmailVerificationSubject",
        "LambdaConfig",
        "MfaConfiguration",
        "Policies",
        "SmsVerificationMessage",
        "UserAttributeUpdateSettings",
        "UserPoolAddOns",
        "UserPoolTags",
        "UserPoolTier",
        "VerificationMessageTemplate",
    ]
)


def create(request: Mapping[str, Any], schema: Mapping[str, AttributeSchema], region: str) -> dict[str, Any]:
    """Return the configuration of a new pool.

    Args:
        request: CreateUserPoolRequest in the wire's form.
        schema: the new pool's attributes.
        region: the region its id begins with.

    Raises:
        InvalidParameterException: members contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
        UserPoolTaggingException: a tag is refused.
    """
    config = _from_request(request)
    for name in _CREATED_ONLY:
        if request.get(name):
            config[name] = request[name]
    pool_checks.check_names(config, schema)
    pool_checks.check(config, region)
    return config


def update(pool: Pool, request: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """Return the configuration after UpdateUserPool: omitted members go back to their defaults (§7.3).

    What the request cannot carry stays, and so does `DcrConfiguration` when it is omitted.

    Args:
        pool: as it is.
        request: UpdateUserPoolRequest in the wire's form.
        partial: whether omitted members stay as they are instead.

    Raises:
        InvalidParameterException: members contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
        UserPoolTaggingException: a tag is refused.
    """
    if partial:
        request = partial_update.of_pool(pool, request, _SETTABLE)
    config = {name: value for name, value in pool.config.items() if name not in _SETTABLE}
    if "DcrConfiguration" in pool.config and request.get("DcrConfiguration") is None:
        config["DcrConfiguration"] = pool.config["DcrConfiguration"]
    config |= _from_request(request)
    pool_checks.check(config, pool.region)
    return config


def describe(pool: Pool, account: str, users: int, region: str = "") -> dict[str, Any]:
    """Return `UserPoolType` in the wire's form.

    Args:
        pool: the pool.
        account: the account in the pool's ARN.
        users: the estimated number of users.
        region: where the pool is a replica, or "".
    """
    acr = _ACR_DEFAULTS | {k: v["AcrValue"] for k, v in (pool.config.get("AcrConfiguration") or {}).items()}
    return {
        **pool.config,
        "AcrConfiguration": {level: {"AcrValue": name} for level, name in acr.items()},
        "Id": pool.id,
        "Name": pool.name,
        "CreationDate": pool.created,
        "LastModifiedDate": pool.modified,
        "SchemaAttributes": [_describe_attribute(attribute) for attribute in pool.schema.values()],
        "EstimatedNumberOfUsers": users,
        **_domain_names(pool),
        "Arn": pool.arn(account, region),
    }


def describe_briefly(pool: Pool) -> dict[str, Any]:
    """Return `UserPoolDescriptionType`, an entry of ListUserPools, in the wire's form."""
    return {
        "Id": pool.id,
        "Name": pool.name,
        "LambdaConfig": pool.lambda_config,
        "CreationDate": pool.created,
        "LastModifiedDate": pool.modified,
        **({"ReplicaRegions": [each.region for each in pool.replicas]} if pool.replicas else {}),
    }


def check_deletable(pool: Pool) -> None:
    """Refuse the deletion of a pool that is protected, or has a domain (§7.4).

    Raises:
        InvalidParameterException: it is, or has.
    """
    if pool.config.get("DeletionProtection") == "ACTIVE":
        raise InvalidParameterException(
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )
    if pool.domains:
        raise InvalidParameterException(
            "User pool cannot be deleted. It has a domain configured that should be deleted first."
        )


def _domain_names(pool: Pool) -> dict[str, str]:
    names = {"Domain": pool.prefix_domain, "CustomDomain": pool.custom_domain}
    return {member: domain.name for member, domain in names.items() if domain}


def _describe_attribute(attribute: AttributeSchema) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Name": attribute.name,
        "AttributeDataType": attribute.data_type,
        "DeveloperOnlyAttribute": attribute.developer_only,
        "Mutable": attribute.mutable,
        "Required": attribute.required,
    }
    if attribute.string_constraints is not None:
        entry["StringAttributeConstraints"] = dict(attribute.string_constraints)
    if attribute.number_constraints is not None:
        entry["NumberAttributeConstraints"] = dict(attribute.number_constraints)
    return entry


def _from_request(request: Mapping[str, Any]) -> dict[str, Any]:
    policy, days = _password_policy(request)
    config: dict[str, Any] = {
        "Policies": {"PasswordPolicy": policy, "SignInPolicy": _sign_in_policy(request)},
        "DeletionProtection": request.get("DeletionProtection") or "INACTIVE",
        "LambdaConfig": _lambda_config(request.get("LambdaConfig") or {}),
        **messages_config.verification_members(request),
        "UserAttributeUpdateSettings": {
            "AttributesRequireVerificationBeforeUpdate": [],
            **(request.get("UserAttributeUpdateSettings") or {}),
        },
        "MfaConfiguration": request.get("MfaConfiguration") or "OFF",
        "EmailConfiguration": messages_config.email_configuration(request),
        "UserPoolTags": request.get("UserPoolTags") or {},
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": False,
            **(request.get("AdminCreateUserConfig") or {}),
            "UnusedAccountValidityDays": days,
        },
        "UserPoolTier": request.get("UserPoolTier") or tiers.DEFAULT_TIER,
    }
    recovery = request.get("AccountRecoverySetting") or {}
    optional = {
        "AutoVerifiedAttributes": request.get("AutoVerifiedAttributes"),
        "AcrConfiguration": _custom_levels(request.get("AcrConfiguration") or {}),
        # An empty one means the legacy rule, like none at all (§3.9).
        "AccountRecoverySetting": recovery if recovery.get("RecoveryMechanisms") else None,
    }
    config |= {name: value for name, value in optional.items() if value}
    config |= {name: request[name] for name in _PLAIN if request.get(name) is not None}
    for name, defaults in _DEFAULTS_WHEN_SET.items():
        if request.get(name) is not None:
            config[name] = defaults | request[name]
    return config


# A member that is absent when it is not sent, and filled up when it is.
_DEFAULTS_WHEN_SET: Mapping[str, dict[str, Any]] = {
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False},
    "UserPoolAddOns": {"AdvancedSecurityAdditionalFlows": {}},
    "DcrConfiguration": {
        "EnableStatus": "Enabled",
        "OpenDcrEnabled": False,
        "AuthenticatedGrantTypes": ["code", "client_credentials"],
        "OpenDcrGrantTypes": ["code"],
    },
}


def _password_policy(request: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the password policy and the life of temporary passwords in days.

    All four kinds of character are required where no policy is sent, none where one is sent without them
    (§3.8). The life has an old home, `UnusedAccountValidityDays`; describing shows it in both.
    """
    sent: Mapping[str, Any] | None = (request.get("Policies") or {}).get("PasswordPolicy")
    kinds = ("RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols")
    policy = {"MinimumLength": 8, **dict.fromkeys(kinds, sent is None), **(sent or {})}
    legacy = (request.get("AdminCreateUserConfig") or {}).get("UnusedAccountValidityDays")
    if legacy and policy.get("TemporaryPasswordValidityDays"):
        raise InvalidParameterException(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        )
    days = policy.get("TemporaryPasswordValidityDays") or legacy or _DAYS
    return policy | {"TemporaryPasswordValidityDays": days}, days


def _sign_in_policy(request: Mapping[str, Any]) -> dict[str, Any]:
    factors: Sequence[str] = ((request.get("Policies") or {}).get("SignInPolicy") or {}).get(
        "AllowedFirstAuthFactors"
    ) or ["PASSWORD"]
    if "PASSWORD" not in factors:
        raise InvalidParameterException(
            "Password should be configured as one of the allowed first auth factors."
        )
    if "SOFTWARE_TOKEN" in factors:  # the model: not supported; the text is a guess
        raise InvalidParameterException("SOFTWARE_TOKEN is not supported as a first auth factor.")
    return {"AllowedFirstAuthFactors": factors}


def _lambda_config(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return `LambdaConfig` with the two forms of the pre token generation trigger in step (§5.9)."""
    config = dict(sent)
    legacy, versioned = config.get("PreTokenGeneration"), config.get("PreTokenGenerationConfig")
    if versioned is not None:
        if legacy not in (None, versioned["LambdaArn"]):
            raise InvalidParameterException(
                "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda "
                "function ARN's"
            )
        config["PreTokenGeneration"] = versioned["LambdaArn"]
    elif legacy is not None:
        config["PreTokenGenerationConfig"] = {"LambdaVersion": "V1_0", "LambdaArn": legacy}
    if ("CustomSMSSender" in config or "CustomEmailSender" in config) and "KMSKeyID" not in config:
        raise InvalidParameterException(
            "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used."
        )
    return config


def _custom_levels(sent: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Return the levels that do not have their default name; names are unique over all four [model]."""
    names = _ACR_DEFAULTS | {level: entry["AcrValue"] for level, entry in sent.items()}
    if len(set(names.values())) < len(names):  # the text is a guess
        raise InvalidParameterException("The names of authentication context levels must be unique.")
    return {level: entry for level, entry in sent.items() if entry["AcrValue"] != _ACR_DEFAULTS[level]}
