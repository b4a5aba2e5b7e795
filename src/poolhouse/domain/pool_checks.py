"""What a pool's configuration may not be: the rules between its members.

Digest «users» §3.9, §4.5 and §7.2 to §7.5. Texts without a source there were recorded against the service in
September 2026 by badmintoncryer/cdk-preflight (`tests/parity/pools.json`); the remaining ones say "guess".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from poolhouse.domain import messages_config, tiers
from poolhouse.domain.pool import AttributeSchema
from poolhouse.domain.tags import check_tags
from poolhouse.errors import InvalidParameterException

SMS_NEEDED = (
    "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
)


def check_names(config: Mapping[str, Any], schema: Mapping[str, AttributeSchema]) -> None:
    """Check how users are named: aliases or addresses, and what may be required (§1.1, §1.7).

    Raises:
        InvalidParameterException: both kinds of name, or an alias that is required as well.
    """
    aliases = config.get("AliasAttributes") or ()
    if aliases and config.get("UsernameAttributes"):
        raise InvalidParameterException(
            "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."
        )
    if "preferred_username" in aliases and schema["preferred_username"].required:  # the text is a guess
        raise InvalidParameterException("preferred_username cannot be both required and an alias attribute.")


def check(config: Mapping[str, Any], region: str) -> None:
    """Check a configuration, defaults filled in, as CreateUserPool and UpdateUserPool would leave it.

    Args:
        config: the configuration.
        region: the pool's.

    Raises:
        InvalidParameterException: members contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
        UserPoolTaggingException: a tag is refused.
    """
    check_tags(config["UserPoolTags"])
    if "SmsConfiguration" in config:
        messages_config.check_sms(config["SmsConfiguration"], region)
    factors = config["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]
    messages_config.check_invitation(
        config["AdminCreateUserConfig"].get("InviteMessageTemplate") or {},
        passwordless=_one_time(factors),
    )
    _check_verification(config)
    _check_recovery(_mechanisms(config))
    _check_mfa(config)
    _check_key(config.get("KeyConfiguration") or {})
    tiers.check_pool(config)


def _one_time(factors: Iterable[str]) -> bool:
    return not {"EMAIL_OTP", "SMS_OTP"}.isdisjoint(factors)


def _check_verification(config: Mapping[str, Any]) -> None:
    automatic = set(config.get("AutoVerifiedAttributes") or ())
    if "phone_number" in automatic and "SmsConfiguration" not in config:
        raise InvalidParameterException(
            "SMS configuration is required when phone_number is selected for auto verification"
        )
    before_update = config["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"]
    if not automatic.issuperset(before_update):
        raise InvalidParameterException(
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
        )


def _mechanisms(config: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (config.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or ()


def _check_recovery(mechanisms: Sequence[Mapping[str, Any]]) -> None:
    names = [mechanism["Name"] for mechanism in mechanisms]
    priorities = {mechanism["Priority"] for mechanism in mechanisms}
    if "admin_only" in names and len(names) > 1:
        raise _bad_recovery("cannot use admin_only setting with any other recovery mechanisms.")
    if len(priorities) < len(names) or len(set(names)) < len(names):
        raise _bad_recovery("cannot have duplicate priorities or recovery mechanisms.")


def _bad_recovery(reason: str) -> InvalidParameterException:
    return InvalidParameterException(
        f"Invalid account recovery setting parameter. Account Recovery Setting {reason}"
    )


def _check_mfa(config: Mapping[str, Any]) -> None:
    """Check that there is a second factor, and that recovery does not use the only one.

    A second factor besides SMS can only come from SetUserPoolMfaConfig, whose members stay in the pool.
    """
    mfa = config["MfaConfiguration"]
    if mfa == "OFF":
        return
    email = config.get("EmailMfaConfiguration") is not None
    other_factor = email or (config.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled")
    if "SmsConfiguration" not in config and not other_factor:
        raise InvalidParameterException(SMS_NEEDED)
    if email:
        _check_email_mfa(config)
    if mfa == "ON" and _one_time(config["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]):
        # «sign-in» §4.2; the text is a guess
        raise InvalidParameterException(
            "EMAIL_OTP and SMS_OTP cannot be allowed first auth factors when MFA is required."
        )
    if mfa == "ON" and not other_factor and _only_phone_recovers(config):
        raise _bad_recovery(
            "cannot use verified_phone_number as a recovery mechanism when SMS MFA is configured."
        )


def _check_email_mfa(config: Mapping[str, Any]) -> None:
    """Check what e-mail as a second factor needs («sign-in» §4.2); the texts are guesses."""
    if config["EmailConfiguration"]["EmailSendingAccount"] != "DEVELOPER":
        raise InvalidParameterException(
            "Email MFA requires an email configuration whose EmailSendingAccount is DEVELOPER."
        )
    if {mechanism["Name"] for mechanism in _mechanisms(config)} == {"verified_email"}:
        raise _bad_recovery("cannot use verified_email as a recovery mechanism when Email MFA is configured.")


def _only_phone_recovers(config: Mapping[str, Any]) -> bool:
    """Tell whether recovery rests on the phone: seen refused where e-mail was listed but never verified."""
    names = {mechanism["Name"] for mechanism in _mechanisms(config)}
    email_helps = "verified_email" in names and "email" in config.get("AutoVerifiedAttributes", ())
    return "verified_phone_number" in names and not email_helps


def _check_key(key: Mapping[str, Any]) -> None:
    if key.get("KeyType") == "CUSTOMER_MANAGED_KEY" and not key.get("KmsKeyArn"):  # the text is a guess
        raise InvalidParameterException("KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY.")
