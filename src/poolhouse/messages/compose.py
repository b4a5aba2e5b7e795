"""What a message says: the pool's template or a trigger's text, with its placeholders filled in.

Which template serves which event: digest «users» §4.1; default texts: §4.2; placeholders and limits: §4.3.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from poolhouse.domain.codes import Delivery
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidLambdaResponseException
from poolhouse.messages.outgoing import Mail, Sms

INVITATION = "AdminCreateUser"
_LINKED = frozenset({"SignUp", "ResendCode"})

_CODE_TEXT = "Your verification code is {####}. "
_CODE_SUBJECT = "Your verification code"
_LINK_TEXT = "Please click the link below to verify your email address. {##Verify Your Email##} "
_LINK_SUBJECT = "Your verification link"
_INVITATION_TEXT = "Your username is {username} and temporary password is {####}. "
_WELCOME_TEXT = "Your username is {username}. "
_INVITATION_SUBJECT = "Your temporary password"
_WELCOME_SUBJECT = "Your username"
_AUTHENTICATION_TEXT = "Your authentication code is {####}. "
_AUTHENTICATION_SUBJECT = "Your authentication code"

_PLACEHOLDER = re.compile(r"\{####\}|\{username\}|\{##(?P<text>[^{}]+)##\}")
_LINK = re.compile(r"\{##([^{}]+)##\}")
_TAG = re.compile(r"<[A-Za-z!/][^<>]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_LONGEST_SMS = 140
_LONGEST_MAIL = 20_000
_LONGEST_SUBJECT = 140


@dataclass(frozen=True, slots=True)
class Template:
    """A message with its placeholders; an SMS has no subject."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class CustomTexts:
    """What the CustomMessage trigger answered; None or "" keeps the template."""

    sms: str | None = None
    email: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """What the placeholders stand for.

    Attributes:
        code: the code, or the temporary password.
        username: filled in for invitations alone.
        link: the confirmation URL, where the message carries one.
    """

    code: str
    username: str = ""
    link: str = ""


def wants_link(pool: Pool, source: str, medium: str) -> bool:
    """Tell whether the message confirms by a link: e-mails of sign-up alone (digest «users» §4.1)."""
    option = _verification(pool).get("DefaultEmailOption")
    return medium == "EMAIL" and source in _LINKED and option == "CONFIRM_WITH_LINK"


def link_text(pool: Pool) -> str:
    """Return the text of the template's link, which CustomMessage is offered as `linkParameter`."""
    found = _LINK.search(_verification(pool).get("EmailMessageByLink") or "")
    return found[1] if found else "Click Here"


def confirmation_link(public_url: str, client_id: str, username: str, code: str) -> str:
    """Return the URL that confirms a sign-up (digest «users» §4.4)."""
    query = urlencode({"client_id": client_id, "user_name": username, "confirmation_code": code})
    return f"{public_url}/confirmUser?{query}"


def template(pool: Pool, source: str, medium: str, *, passwordless: bool = False) -> Template:
    """Return the pool's template for a message.

    Args:
        pool: the user pool.
        source: suffix of the trigger source, as in `OutboxEntry.source`.
        medium: `EMAIL` or `SMS`.
        passwordless: whether an invitation has no password to tell; a text that speaks of one does not serve.
    """
    if source == INVITATION:
        invite = (pool.config.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
        body = invite.get("SMSMessage" if medium == "SMS" else "EmailMessage") or _INVITATION_TEXT
        if passwordless:
            text = _WELCOME_TEXT if "{####}" in body else body
            return Template(invite.get("EmailSubject") or _WELCOME_SUBJECT, text)
        return Template(invite.get("EmailSubject") or _INVITATION_SUBJECT, body)
    if source == "Authentication":
        mfa = pool.config.get("EmailMfaConfiguration") or {}
        sms = pool.config.get("SmsAuthenticationMessage")
        body = (sms if medium == "SMS" else mfa.get("Message")) or _AUTHENTICATION_TEXT
        return Template(mfa.get("Subject") or _AUTHENTICATION_SUBJECT, body)
    own = _verification(pool)
    if wants_link(pool, source, medium):
        return Template(
            own.get("EmailSubjectByLink") or _LINK_SUBJECT, own.get("EmailMessageByLink") or _LINK_TEXT
        )
    legacy = pool.config
    if medium == "SMS":
        return Template("", own.get("SmsMessage") or legacy.get("SmsVerificationMessage") or _CODE_TEXT)
    return Template(
        own.get("EmailSubject") or legacy.get("EmailVerificationSubject") or _CODE_SUBJECT,
        own.get("EmailMessage") or legacy.get("EmailVerificationMessage") or _CODE_TEXT,
    )


def _verification(pool: Pool) -> Mapping[str, Any]:
    found: Mapping[str, Any] = pool.config.get("VerificationMessageTemplate") or {}
    return found


def customise(original: Template, texts: CustomTexts, *, medium: str, invitation: bool) -> Template:
    """Put the trigger's texts in the template's place (digest «users» §5.11).

    Raises:
        InvalidLambdaResponseException: a text is too long, or lacks the placeholder for the code (or the
            link), or, in an invitation, that for the username.
    """
    body = texts.sms if medium == "SMS" else texts.email
    subject = texts.subject or original.subject
    longest = _LONGEST_SMS if medium == "SMS" else _LONGEST_MAIL
    member = "smsMessage" if medium == "SMS" else "emailMessage"
    if len(body or "") > longest:
        raise _invalid(f"{member} must be at most {longest} characters")
    if medium == "EMAIL" and len(subject) > _LONGEST_SUBJECT:
        raise _invalid(f"emailSubject must be at most {_LONGEST_SUBJECT} characters")
    if not body:
        return Template(subject, original.body)
    if invitation and not ("{####}" in body and "{username}" in body):
        raise _invalid(f"{member} must contain both {{username}} and {{####}}")
    if "{####}" not in body and not (_LINK.search(original.body) and _LINK.search(body)):
        raise _invalid(f"{member} must contain the code parameter")
    return Template(subject, body)


def _invalid(reason: str) -> InvalidLambdaResponseException:
    # The service's wording is not on record (digest «users» §5.11); the author of the function reads this.
    return InvalidLambdaResponseException(f"Invalid lambda function output : {reason}")


def render(filled: Template, values: Values) -> tuple[str, str, bool]:
    """Fill the placeholders in; return subject, body, and whether the body is HTML.

    One pass over the template: what is put in is never looked at again, so that a username that looks like a
    placeholder stays a username. In HTML every value is escaped.
    """
    linked = bool(values.link) and _LINK.search(filled.body) is not None
    html = linked or _TAG.search(filled.body) is not None
    safe = escape if html else str

    def fill(found: re.Match[str]) -> str:
        if found["text"] is not None:
            return f'<a href="{safe(values.link)}">{found["text"]}</a>' if linked else found[0]
        if found[0] == "{username}":
            return safe(values.username) if values.username else found[0]
        return safe(values.code)

    return one_line(filled.subject), _PLACEHOLDER.sub(fill, filled.body), html


def one_line(subject: str) -> str:
    """Return a subject as a header can hold it."""
    return _CONTROL.sub(" ", subject).strip()


def mail(pool: Pool, delivery: Delivery, filled: Template, values: Values, default_sender: str) -> Mail:
    """Return the e-mail, addressed as the pool's EmailConfiguration says (digest «users» §4.5).

    Args:
        pool: the user pool.
        delivery: where it goes.
        filled: the template, or what the trigger put in its place.
        values: what the placeholders stand for.
        default_sender: `From` where the pool names neither `From` nor an address as `SourceArn`.
    """
    config: Mapping[str, Any] = pool.config.get("EmailConfiguration") or {}
    arn = config.get("SourceArn") or ""
    identity = arn.partition(":identity/")[2]
    subject, body, html = render(filled, values)
    return Mail(
        sender=config.get("From") or (identity if "@" in identity else default_sender),
        to=delivery.destination,
        subject=subject,
        body=body,
        html=html,
        reply_to=config.get("ReplyToEmailAddress") or "",
        identity_arn=arn,
        configuration_set=config.get("ConfigurationSet") or "",
    )


def sms(delivery: Delivery, filled: Template, values: Values) -> Sms:
    """Return the text message: plain text, whatever the template looks like."""
    code_and_name = {"{####}": values.code, "{username}": values.username or "{username}"}
    body = _PLACEHOLDER.sub(lambda found: code_and_name.get(found[0], found[0]), filled.body)
    return Sms(delivery.destination, body)
