"""Message templates in a pool's configuration: what they must contain, and their legacy mirror.

Digest «users» §4.2 to §4.5. The wire has checked lengths and patterns already.
"""

import re
from collections.abc import Mapping
from typing import Any

from poolhouse.errors import InvalidParameterException

_TEXT = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
_INVITE_EMAIL = ("emailMessage", _TEXT + r"\{####\}" + _TEXT)
_INVITE_SMS = ("smsMessage", r"(?s).*\{####\}(?s).*")
_SENDER = re.compile(r"(?:[^<>]*<)?[^\s@<>]+@[^\s@<>]+>?\s*\Z")

LEGACY = {
    "SmsVerificationMessage": "SmsMessage",
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}
"""Legacy member → the member of `VerificationMessageTemplate` that it mirrors."""


def verification_members(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return `VerificationMessageTemplate` with its defaults, and the legacy triple that mirrors it.

    The legacy members are accepted and fill the template where it is silent; where both speak the template
    wins (a guess).

    Raises:
        InvalidParameterException: the link template has no link, such as one with `{####}`
            (aws/aws-cli#8280).
    """
    template: dict[str, Any] = {
        name: request[legacy] for legacy, name in LEGACY.items() if request.get(legacy) is not None
    }
    template |= request.get("VerificationMessageTemplate") or {}
    template.setdefault("DefaultEmailOption", "CONFIRM_WITH_CODE")
    by_link = template.get("EmailMessageByLink")
    if by_link is not None and not _has_link(by_link):
        raise InvalidParameterException("The message is invalid.")
    mirror = {legacy: template[name] for legacy, name in LEGACY.items() if name in template}
    return {"VerificationMessageTemplate": template, **mirror}


def _has_link(text: str) -> bool:
    """Tell whether `text` has a `{##…##}` with words in it; the wire's pattern takes a `{####}` for one."""
    start = text.find("{##")
    return 0 <= start < text.rfind("##}") - len("{##")


def check_invitation(template: Mapping[str, Any], *, passwordless: bool) -> None:
    """Check the invitation: `{username}` always, `{####}` where users get passwords.

    The pattern's text was recorded on 2026-09-08 by badmintoncryer/cdk-preflight; the model's pattern no
    longer demands `{####}`, so that pools with one-time passwords may leave it out.

    Raises:
        InvalidParameterException: a placeholder is missing.
    """
    for member, (path, pattern), words in (
        ("EmailMessage", _INVITE_EMAIL, "Email message body"),
        ("SMSMessage", _INVITE_SMS, "SMS message"),
    ):
        text = template.get(member)
        if text is None:
            continue
        if "{####}" not in text and not passwordless:
            raise InvalidParameterException(
                f"1 validation error detected: Value '{text}' at "
                f"'adminCreateUserConfig.inviteMessage.{path}' failed to satisfy constraint: Member must "
                f"satisfy regular expression pattern: {pattern}"
            )
        if "{username}" not in text:
            raise InvalidParameterException(
                f"Invalid {words} for Admin create user flow parameter. {words} should have {{username}} "
                "which will be replaced by code"
            )


def email_configuration(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return `EmailConfiguration` with its default.

    Raises:
        InvalidParameterException: DEVELOPER without an identity, or a sender that is no address (both texts
            recorded on 2026-09-08 by badmintoncryer/cdk-preflight).
    """
    config = {"EmailSendingAccount": "COGNITO_DEFAULT", **(request.get("EmailConfiguration") or {})}
    if config["EmailSendingAccount"] == "DEVELOPER" and not config.get("SourceArn"):
        raise InvalidParameterException("Source ARN is required to use DEVELOPER email sending owner")
    sender = config.get("From")
    if sender is not None and not _SENDER.match(sender):
        raise InvalidParameterException("Provided From email address is invalid")
    return config


def check_sms(config: Mapping[str, Any], region: str) -> None:
    """Check `SmsConfiguration`: SNS or End User Messaging, not both, the latter in the pool's region.

    Raises:
        InvalidParameterException: it names both, neither, or another region (the texts are guesses; the one
            for neither is the service's from when `SnsCallerArn` was required).
    """
    eums = config.get("EumsSms")
    if eums is None and not config.get("SnsCallerArn"):
        raise InvalidParameterException(
            "1 validation error detected: Value null at 'smsConfiguration.snsCallerArn' failed to satisfy "
            "constraint: Member must not be null"
        )
    if eums is not None and config.get("SnsCallerArn"):
        raise InvalidParameterException(
            "SmsConfiguration can have either SnsCallerArn or EumsSms, but not both."
        )
    if eums is not None and eums.get("Region") not in (None, region):
        raise InvalidParameterException(f"Invalid EumsSms region. Allowed region for {region} is {region}")
