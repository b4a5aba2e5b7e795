"""Mails of threat protection: what a user is told of an unusual sign-in (digest «users» §4.1, §4.3).

Default texts are those of the service's console, as the AWS CLI's example of DescribeRiskConfiguration has
them.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from poolhouse.messages.compose import one_line
from poolhouse.messages.outgoing import Mail

BLOCKED, ASKED, NOTED = "BlockEmail", "MfaEmail", "NoActionEmail"
"""The members of NotifyConfiguration, by what was done."""

_DETAILS = """
Time: {login-time}
Device: {device-name}
Location: {city}, {country}
If this sign-in was not by you, you should change your password and notify us by clicking on \
{one-click-link-invalid}
If this sign-in was by you, you can follow {one-click-link-valid} to let us know"""
_DEFAULTS = {
    BLOCKED: (
        "Blocked sign-in attempt",
        f"We blocked an unrecognized sign-in to your account with this information:{_DETAILS}",
    ),
    ASKED: (
        "New sign-in attempt",
        f"We required you to use multi-factor authentication for the following sign-in attempt:{_DETAILS}",
    ),
    NOTED: (
        "New sign-in attempt",
        f"We observed an unrecognized sign-in to your account with this information:{_DETAILS}",
    ),
}
_PLACEHOLDER = re.compile(
    r"\{(username|ip-address|city|country|login-time|device-name|event-id|feedback-token"
    r"|one-click-link-valid|one-click-link-invalid)\}"
)


def compose(
    config: Mapping[str, Any], kind: str, to: str, values: Mapping[str, str], default_sender: str
) -> Mail:
    """Return the mail.

    One pass over the template: what is put in is never looked at again. In HTML every value is escaped.

    Args:
        config: NotifyConfiguration.
        kind: which of its mails.
        to: the address.
        values: what each placeholder stands for.
        default_sender: `From` where neither `From` nor the identity of `SourceArn` is an address.
    """
    subject, text = _DEFAULTS[kind]
    own = config.get(kind) or {}
    html, plain = own.get("HtmlBody") or "", own.get("TextBody") or ""
    body = _filled(html, {name: escape(value) for name, value in values.items()})
    arn = config.get("SourceArn") or ""
    identity = arn.partition(":identity/")[2]
    return Mail(
        sender=config.get("From") or (identity if "@" in identity else default_sender),
        to=to,
        subject=one_line(_filled(own.get("Subject") or subject, values)),
        body=body or _filled(plain or text, values),
        html=bool(html),
        plain=_filled(plain, values) if html else "",
        reply_to=config.get("ReplyTo") or "",
        identity_arn=arn,
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
