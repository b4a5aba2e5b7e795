"""A pool's second factors: what SetUserPoolMfaConfig stores and shows (digest «sign-in» §4.2).

The members lie in the pool's configuration beside those of UpdateUserPool, which leaves them alone. SMS
shares `SmsConfiguration` and `SmsAuthenticationMessage` with it; that a pool can send texts for other reasons
and asks for none here is kept as `SmsMfaConfiguration: {"Enabled": false}`.
"""

from collections.abc import Mapping
from typing import Any

from poolhouse.domain import pool_checks
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidParameterException

_SMS, _TOTP, _EMAIL = "SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration"
_FACTORS = (_SMS, _TOTP, _EMAIL)
_WEB_AUTHN = "WebAuthnConfiguration"
_WEB_AUTHN_DEFAULTS = {"UserVerification": "preferred"}


def change(pool: Pool, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pool's configuration after SetUserPoolMfaConfig.

    With `MfaConfiguration` the factors are those that the request brings, and no others; without it, what it
    brings is changed and the rest stays (a guess: so a request for passkeys alone turns nothing off).

    Args:
        pool: the pool.
        request: SetUserPoolMfaConfigRequest in the wire's form.

    Raises:
        InvalidParameterException: no factor where one is needed, one where MFA is off, or members
            contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
    """
    sent = {name: request[name] for name in (*_FACTORS, _WEB_AUTHN) if request.get(name) is not None}
    mode = request.get("MfaConfiguration")
    config = dict(pool.config)
    if mode is not None:
        _check_mode(mode, sent)
        config = {name: value for name, value in config.items() if name not in _FACTORS}
        config["MfaConfiguration"] = mode
        if mode != "OFF":
            config[_SMS] = {"Enabled": _SMS in sent}
    if _SMS in sent:
        config |= _sms(sent.pop(_SMS), config)
    config |= sent
    pool_checks.check(config, pool.region)
    return config


def _check_mode(mode: str, sent: Mapping[str, Any]) -> None:
    has_totp = bool((sent.get(_TOTP) or {}).get("Enabled"))
    if mode != "OFF" and _SMS not in sent and _EMAIL not in sent and not has_totp:
        raise InvalidParameterException(
            "At least one of [SmsMfaConfiguration] or [SoftwareTokenMfaConfiguration] must be provided."
        )
    # E-mail's texts serve sign-in with one-time passwords too. The message is a guess.
    if mode == "OFF" and (_SMS in sent or has_totp):
        raise InvalidParameterException(
            "Mfa Configuration cannot be OFF when SmsMfaConfiguration or SoftwareTokenMfaConfiguration is "
            "provided."
        )


def _sms(sent: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the SMS block changes; a pool that has no `SmsConfiguration` must get it here."""
    members = {name: value for name, value in sent.items() if value is not None}
    if "SmsConfiguration" not in {*members, *config}:
        raise InvalidParameterException(pool_checks.SMS_NEEDED)
    return {**members, _SMS: {"Enabled": True}}


def describe(pool: Pool) -> dict[str, Any]:
    """Return GetUserPoolMfaConfigResponse, and SetUserPoolMfaConfigResponse, in the wire's form."""
    config = pool.config
    shown: dict[str, Any] = {"MfaConfiguration": pool.mfa}
    if sms_enabled(config):
        shown[_SMS] = {
            name: config[name] for name in ("SmsAuthenticationMessage", "SmsConfiguration") if name in config
        }
    shown |= {name: config[name] for name in (_TOTP, _EMAIL) if name in config}
    return shown | {_WEB_AUTHN: _WEB_AUTHN_DEFAULTS | (config.get(_WEB_AUTHN) or {})}


def sms_enabled(config: Mapping[str, Any]) -> bool:
    """Tell whether texts are a second factor; CreateUserPool and UpdateUserPool switch on nothing else."""
    if config.get("MfaConfiguration", "OFF") == "OFF" or "SmsConfiguration" not in config:
        return False
    return bool(config.get(_SMS, {"Enabled": True})["Enabled"])


def totp_enabled(config: Mapping[str, Any]) -> bool:
    """Tell whether authenticator apps are a second factor."""
    return config.get("MfaConfiguration", "OFF") != "OFF" and bool((config.get(_TOTP) or {}).get("Enabled"))


def email_enabled(config: Mapping[str, Any]) -> bool:
    """Tell whether e-mails are a second factor; an empty block is one with default texts."""
    return config.get("MfaConfiguration", "OFF") != "OFF" and config.get(_EMAIL) is not None
