"""A user's passkeys: register, list, delete (digest «sign-in» §4.5)."""

import json
from typing import Any

from poolhouse.domain.passkeys import LIMIT, Passkey
from poolhouse.errors import ResourceNotFoundException
from poolhouse.flows import paging, passkeys
from poolhouse.flows.call import UserCall
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes


@operation
def start_web_authn_registration(
    call: UserCall,
    request: shapes.StartWebAuthnRegistrationRequest,  # noqa: ARG001 (the token was checked before)
) -> shapes.StartWebAuthnRegistrationResponse:
    """Return what `navigator.credentials.create` is to be called with.

    Raises:
        WebAuthnNotEnabledException, WebAuthnConfigurationMissingException, LimitExceededException: see
            `flows.passkeys.begin_registration`.
    """
    return shapes.StartWebAuthnRegistrationResponse(
        CredentialCreationOptions=passkeys.begin_registration(call)
    )


@operation
def complete_web_authn_registration(
    call: UserCall, request: shapes.CompleteWebAuthnRegistrationRequest
) -> shapes.CompleteWebAuthnRegistrationResponse:
    """Take what `navigator.credentials.create` returned, and store the passkey.

    Raises:
        WebAuthnNotEnabledException, InvalidParameterException, WebAuthnChallengeNotFoundException,
            WebAuthnClientMismatchException, WebAuthnOriginNotAllowedException,
            WebAuthnRelyingPartyMismatchException, WebAuthnCredentialNotSupportedException,
            LimitExceededException: see `flows.passkeys.complete_registration`.
    """
    passkeys.complete_registration(call, request.Credential)
    return shapes.CompleteWebAuthnRegistrationResponse()


@operation
def list_web_authn_credentials(
    call: UserCall, request: shapes.ListWebAuthnCredentialsRequest
) -> shapes.ListWebAuthnCredentialsResponse:
    """Return a page of the caller's passkeys, the oldest first; also those of an earlier relying party.

    Raises:
        InvalidParameterException: the page token is none of ours.
    """
    pool, user = call.caller.pool, call.caller.user
    question = json.dumps(["ListWebAuthnCredentials", pool.id, user.sub])
    after = paging.position(call, question, request.NextToken)
    held = sorted(call.store.peek(lambda tx: tx.passkeys.of(pool.id, user.sub)), key=_place)
    left = [passkey for passkey in held if after is None or _place(passkey) > tuple(json.loads(after))]
    page = left[: request.MaxResults or LIMIT]
    position = json.dumps(_place(page[-1])) if len(left) > len(page) else None
    return shapes.ListWebAuthnCredentialsResponse(
        Credentials=[_description(passkey) for passkey in page],
        NextToken=paging.next_token(call, question, position),
    )


@operation
def delete_web_authn_credential(
    call: UserCall, request: shapes.DeleteWebAuthnCredentialRequest
) -> shapes.DeleteWebAuthnCredentialResponse:
    """Delete one of the caller's passkeys; tokens that were got with it stay good.

    Raises:
        ResourceNotFoundException: the caller has no such passkey.
    """
    pool, user = call.caller.pool, call.caller.user
    if not call.store.write(lambda tx: tx.passkeys.delete(pool.id, user.sub, request.CredentialId)):
        raise ResourceNotFoundException("The passkey does not exist.")
    return shapes.DeleteWebAuthnCredentialResponse()


def _place(passkey: Passkey) -> tuple[Any, ...]:
    return passkey.created, passkey.id


def _description(passkey: Passkey) -> shapes.WebAuthnCredentialDescription:
    return shapes.WebAuthnCredentialDescription(
        CredentialId=passkey.id,
        FriendlyCredentialName=passkey.name,
        RelyingPartyId=passkey.rp_id,
        AuthenticatorAttachment=passkey.attachment or None,
        AuthenticatorTransports=list(passkey.transports),
        CreatedAt=passkey.created,
    )
