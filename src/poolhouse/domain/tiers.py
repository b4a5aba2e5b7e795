"""Feature plans: what a pool's tier does not offer (digest «users» §7.5, «sign-in» §1.10)."""

from collections.abc import Iterator, Mapping
from typing import Any

from poolhouse.errors import FeatureUnavailableInTierException

DEFAULT_TIER = "ESSENTIALS"
_SESSION_TRACKING = "User Session Tracking"


def check_features(tier: str, features: list[str]) -> None:
    """Refuse features that the tier lacks.

    Raises:
        FeatureUnavailableInTierException: there is one (the sentence is recorded: hashicorp/
            terraform-provider-aws#40734).
    """
    if features:
        raise FeatureUnavailableInTierException(
            f"The following features need to be disabled for the {tier} pricing tier configured: "
            + ", ".join(features)
        )


def check_session_tracking(tier: str) -> None:
    """Refuse to configure sessions where the tier has none, on or off.

    Raises:
        FeatureUnavailableInTierException: see `check_features`.
    """
    check_features(tier, [_SESSION_TRACKING] if tier == "LITE" else [])


def check_pool(config: Mapping[str, Any]) -> None:
    """Refuse a pool's configuration that its tier does not cover.

    Raises:
        FeatureUnavailableInTierException: see `check_features`.
    """
    tier = config["UserPoolTier"]
    features = list(_beyond_lite(config)) if tier == "LITE" else []
    if tier != "PLUS" and (config.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode", "OFF") != "OFF":
        features.append("Threat Protection")
    check_features(tier, features)


def _beyond_lite(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of features in use that LITE lacks; those from "Password History" on are guesses."""
    policies = config["Policies"]
    if set(policies["SignInPolicy"]["AllowedFirstAuthFactors"]) - {"PASSWORD"}:
        yield "Passwordless Sign-In"
    version = config["LambdaConfig"].get("PreTokenGenerationConfig", {}).get("LambdaVersion", "V1_0")
    if version != "V1_0":
        yield f"Token Customization with Pre-Token Generation Lambda {version}"
    if policies["PasswordPolicy"].get("PasswordHistorySize"):
        yield "Password History"
    if (config.get("DcrConfiguration") or {}).get("EnableStatus") == "Enabled":
        yield "Dynamic Client Registration"
    if config.get("AcrConfiguration"):
        yield "Custom ACR Level Names"
    if config.get("MfaConfiguration", "OFF") != "OFF" and config.get("EmailMfaConfiguration") is not None:
        yield "Email MFA"
    if config.get("UserSessionTracking", "DISABLED") != "DISABLED":
        yield _SESSION_TRACKING
