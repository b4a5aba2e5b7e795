"""What triggers may answer, as typed values (digest «users» §5.5 to §5.11). null counts as left out."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from poolhouse.errors import InvalidLambdaResponseException

_T = TypeVar("_T", bound=msgspec.Struct)


class PreSignUp(msgspec.Struct, frozen=True, rename="camel"):
    """Ignored for AdminCreateUser (digest «users» §5.5)."""

    auto_confirm_user: bool | None = None
    auto_verify_email: bool | None = None
    auto_verify_phone: bool | None = None


class CustomMessage(msgspec.Struct, frozen=True, rename="camel"):
    """Texts that take the template's place; what they must contain is `messages.compose`'s business."""

    sms_message: str | None = None
    email_message: str | None = None
    email_subject: str | None = None


class UserMigration(msgspec.Struct, frozen=True, rename="camel"):
    """A user to take over; without `user_attributes` there is none (digest «users» §5.10)."""

    user_attributes: dict[str, str] | None = None
    final_user_status: str | None = None
    message_action: str | None = None
    desired_delivery_mediums: list[str] | None = None
    force_alias_creation: bool | None = None
    enable_sms_mfa: bool | None = msgspec.field(default=None, name="enableSMSMFA")


class DefineAuthChallenge(msgspec.Struct, frozen=True, rename="camel"):
    """What comes next: a challenge, tokens or the end (digest «users» §5.13)."""

    challenge_name: str | None = None
    issue_tokens: bool | None = None
    fail_authentication: bool | None = None


class CreateAuthChallenge(msgspec.Struct, frozen=True, rename="camel"):
    """A challenge: what the client is told, what the verifier is told, and a note for later."""

    public_challenge_parameters: dict[str, str] | None = None
    private_challenge_parameters: dict[str, str] | None = None
    challenge_metadata: str | None = None


class VerifyAuthChallenge(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the answer was right."""

    answer_correct: bool | None = None


class Groups(msgspec.Struct, frozen=True, rename="camel"):
    """Group data that replaces both tokens'; without names it suppresses them."""

    groups_to_override: list[str] | None = None
    iam_roles_to_override: list[str] | None = None
    preferred_role: str | None = None


class Claims(msgspec.Struct, frozen=True, rename="camel"):
    """Changes to one token, version 2 and later."""

    claims_to_add_or_override: dict[str, Any] | None = None
    claims_to_suppress: list[str] | None = None
    scopes_to_add: list[str] | None = None
    scopes_to_suppress: list[str] | None = None


class TokenGeneration(msgspec.Struct, frozen=True):
    """Changes to the tokens, whatever the version.

    Attributes:
        groups: None keeps the user's groups.
    """

    id_token: Claims = Claims()
    access_token: Claims = Claims()
    groups: Groups | None = None


class _DetailsV1(msgspec.Struct, frozen=True, rename="camel"):
    claims_to_add_or_override: dict[str, str] | None = None
    claims_to_suppress: list[str] | None = None
    group_override_details: Groups | UnsetType | None = UNSET


class _DetailsV2(msgspec.Struct, frozen=True, rename="camel"):
    id_token_generation: Claims | None = None
    access_token_generation: Claims | None = None
    group_override_details: Groups | UnsetType | None = UNSET


class _ResponseV1(msgspec.Struct, frozen=True, rename="camel"):
    claims_override_details: _DetailsV1 | None = None


class _ResponseV2(msgspec.Struct, frozen=True, rename="camel"):
    claims_and_scope_override_details: _DetailsV2 | None = None


def unrecognizable() -> InvalidLambdaResponseException:
    """Return the error for an answer of the wrong form."""
    return InvalidLambdaResponseException("Unrecognizable lambda output")


def read(response: Mapping[str, Any], form: type[_T]) -> _T:
    """Read an answer's `response`.

    Raises:
        InvalidLambdaResponseException: a member has the wrong type.
    """
    try:
        return msgspec.convert(response, form)
    except msgspec.ValidationError as error:
        raise unrecognizable() from error


def token_generation(response: Mapping[str, Any], version: str) -> TokenGeneration:
    """Read PreTokenGeneration's answer.

    Args:
        response: the answer's `response`.
        version: `events.token_generation_version`.

    Raises:
        InvalidLambdaResponseException: a member has the wrong type (in version 1 a claim that is no string),
            or a scope contains a space.
    """
    if version == "1":
        old = read(response, _ResponseV1).claims_override_details or _DetailsV1()
        changes = Claims(old.claims_to_add_or_override, old.claims_to_suppress)
        return TokenGeneration(id_token=changes, groups=_groups(old.group_override_details))
    new = read(response, _ResponseV2).claims_and_scope_override_details or _DetailsV2()
    access = new.access_token_generation or Claims()
    if any(" " in scope for scope in access.scopes_to_add or ()):
        raise unrecognizable()
    return TokenGeneration(
        id_token=new.id_token_generation or Claims(),
        access_token=access,
        groups=_groups(new.group_override_details),
    )


def _groups(details: Groups | UnsetType | None) -> Groups | None:
    """Left out keeps the groups; null or empty suppresses them."""
    return None if details is UNSET else details or Groups()
