"""Second factors: what a pool asks for, and what its users have (digest «sign-in» §4.1 to §4.4)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import msgspec

from poolhouse.access.caller import Anonymous, UserCaller
from poolhouse.domain import first_factors, mfa_config, passkeys, second_factors
from poolhouse.domain.aliases import PHONE
from poolhouse.domain.pool import Pool
from poolhouse.domain.second_factors import EMAIL_OTP, SMS_MFA, SOFTWARE_TOKEN_MFA, Setting
from poolhouse.domain.user import Mfa, User
from poolhouse.errors import InvalidParameterException
from poolhouse.flows import software_token
from poolhouse.flows.call import AdminCall, AnyCall, Call, UserCall
from poolhouse.flows.configuration import write_configuration
from poolhouse.flows.lookup import require_pool, require_user, require_user_by_sub, stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def set_user_pool_mfa_config(
    call: AdminCall, request: shapes.SetUserPoolMfaConfigRequest
) -> shapes.SetUserPoolMfaConfigResponse:
    """Say whether a pool asks for second factors, and which.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: members contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
        ConcurrentModificationException: the pool never stops changing.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    now = call.clock.now()

    def work(tx: Tx) -> Pool:
        pool = stored_pool(tx, request.UserPoolId)
        changed = replace(pool, config=mfa_config.change(pool, members), modified=now)
        tx.pools.save(changed)
        return changed

    pool = write_configuration(call.store, work)
    call.config.forget(pool_id=request.UserPoolId)
    return msgspec.convert(mfa_config.describe(pool), shapes.SetUserPoolMfaConfigResponse)


@operation
def get_user_pool_mfa_config(
    call: AdminCall, request: shapes.GetUserPoolMfaConfigRequest
) -> shapes.GetUserPoolMfaConfigResponse:
    """Return what a pool asks for, as it is stored.

    Raises:
        ResourceNotFoundException: there is no such pool.
    """
    pool = call.store.read(lambda tx: stored_pool(tx, request.UserPoolId))
    return msgspec.convert(mfa_config.describe(pool), shapes.GetUserPoolMfaConfigResponse)


@operation
def associate_software_token(
    call: Call[UserCaller | Anonymous], request: shapes.AssociateSoftwareTokenRequest
) -> shapes.AssociateSoftwareTokenResponse:
    """Begin to register an authenticator app, for a signed-in user or in a sign-in that waits for MFA_SETUP.

    Raises:
        InvalidParameterException: an access token and a session came, or neither.
        NotAuthorizedException: the session is none of MFA_SETUP, or too old.
        SoftwareTokenMFANotFoundException: the pool has no authenticator apps.
    """
    session = _session(request.AccessToken, request.Session)
    if session is None:
        return shapes.AssociateSoftwareTokenResponse(SecretCode=software_token.associate(_signed_in(call)))
    code, following = software_token.associate_in_sign_in(call, session)
    return shapes.AssociateSoftwareTokenResponse(SecretCode=code, Session=following)


@operation
def verify_software_token(
    call: Call[UserCaller | Anonymous], request: shapes.VerifySoftwareTokenRequest
) -> shapes.VerifySoftwareTokenResponse:
    """Register an authenticator app by its first code.

    Raises:
        InvalidParameterException: an access token and a session came, or neither.
        NotAuthorizedException: the session is none of AssociateSoftwareToken's, used, or too old.
        SoftwareTokenMFANotFoundException: the pool has no authenticator apps, or none was begun with.
        EnableSoftwareTokenMFAException: the code is wrong.
    """
    session = _session(request.AccessToken, request.Session)
    name = request.FriendlyDeviceName or ""
    if session is None:
        software_token.verify(_signed_in(call), request.UserCode, name)
        return shapes.VerifySoftwareTokenResponse(Status="SUCCESS")
    following = software_token.verify_in_sign_in(call, session, request.UserCode, name)
    return shapes.VerifySoftwareTokenResponse(Status="SUCCESS", Session=following)


@operation
def admin_delete_software_token(
    call: AdminCall, request: shapes.AdminDeleteSoftwareTokenRequest
) -> shapes.AdminDeleteSoftwareTokenResponse:
    """Take a user's authenticator app away; one who has none is no error.

    Raises:
        ResourceNotFoundException, UserNotFoundException: there is no such pool or user.
    """
    pool, now = require_pool(call, request.UserPoolId), call.clock.now()
    call.store.write(lambda tx: software_token.delete(tx, require_user(tx, pool, request.Username), now))
    return shapes.AdminDeleteSoftwareTokenResponse()


@operation
def set_user_mfa_preference(
    call: UserCall, request: shapes.SetUserMFAPreferenceRequest
) -> shapes.SetUserMFAPreferenceResponse:
    """Turn the caller's second factors on or off, and prefer one.

    Raises:
        InvalidParameterException: a rule of `domain.second_factors` refuses.
    """
    caller = call.caller
    _prefer(call, caller.pool, lambda tx: require_user_by_sub(tx, caller.pool, caller.user.sub), request)
    return shapes.SetUserMFAPreferenceResponse()


@operation
def admin_set_user_mfa_preference(
    call: AdminCall, request: shapes.AdminSetUserMFAPreferenceRequest
) -> shapes.AdminSetUserMFAPreferenceResponse:
    """Turn any user's second factors on or off, and prefer one.

    Raises:
        ResourceNotFoundException, UserNotFoundException: there is no such pool or user.
        InvalidParameterException: a rule of `domain.second_factors` refuses.
    """
    pool = require_pool(call, request.UserPoolId)
    _prefer(call, pool, lambda tx: require_user(tx, pool, request.Username), request)
    return shapes.AdminSetUserMFAPreferenceResponse()


@operation
def set_user_settings(
    call: UserCall, request: shapes.SetUserSettingsRequest
) -> shapes.SetUserSettingsResponse:
    """Turn SMS on or off as the caller's second factor: the older form of SetUserMFAPreference.

    Raises:
        InvalidParameterException: the options are others than SMS to the phone number, or a rule refuses.
    """
    caller = call.caller
    _set_options(
        call,
        caller.pool,
        lambda tx: require_user_by_sub(tx, caller.pool, caller.user.sub),
        request.MFAOptions,
        admin=False,
    )
    return shapes.SetUserSettingsResponse()


@operation
def admin_set_user_settings(
    call: AdminCall, request: shapes.AdminSetUserSettingsRequest
) -> shapes.AdminSetUserSettingsResponse:
    """Turn SMS on or off as any user's second factor.

    Raises:
        ResourceNotFoundException, UserNotFoundException: there is no such pool or user.
        InvalidParameterException: the options are others than SMS to the phone number, or a rule refuses.
    """
    pool = require_pool(call, request.UserPoolId)
    _set_options(
        call, pool, lambda tx: require_user(tx, pool, request.Username), request.MFAOptions, admin=True
    )
    return shapes.AdminSetUserSettingsResponse()


@operation
def get_user_auth_factors(
    call: UserCall,
    request: shapes.GetUserAuthFactorsRequest,  # noqa: ARG001 (the token is checked)
) -> shapes.GetUserAuthFactorsResponse:
    """Return what the caller can sign in with."""
    user = call.caller.user
    return shapes.GetUserAuthFactorsResponse(
        Username=user.username,
        PreferredMfaSetting=user.mfa.preferred or None,
        UserMFASettingList=list(user.mfa.enabled) or None,
        ConfiguredUserAuthFactors=_factors(call, call.caller.pool, user),
    )


@operation
def admin_get_user_auth_factors(
    call: AdminCall, request: shapes.AdminGetUserAuthFactorsRequest
) -> shapes.AdminGetUserAuthFactorsResponse:
    """Return what any user can sign in with.

    Raises:
        ResourceNotFoundException, UserNotFoundException: there is no such pool or user.
    """
    pool = require_pool(call, request.UserPoolId)
    user = call.store.read(lambda tx: require_user(tx, pool, request.Username))
    return shapes.AdminGetUserAuthFactorsResponse(
        Username=user.username,
        PreferredMfaSetting=user.mfa.preferred or None,
        UserMFASettingList=list(user.mfa.enabled) or None,
        ConfiguredUserAuthFactors=_factors(call, pool, user),
    )


def _session(access_token: str | None, session: str | None) -> str | None:
    """Return the session that stands in for an access token; None where it is the token that counts.

    Raises:
        InvalidParameterException: both came, or neither.
    """
    if bool(access_token) is bool(session):
        raise InvalidParameterException("Either AccessToken or Session must be provided, and not both.")
    return session or None


def _signed_in(call: Call[UserCaller | Anonymous]) -> UserCall:
    """Return the call of an operation whose access token was checked before it came here."""
    return cast("UserCall", call)


def _prefer(
    call: AnyCall,
    pool: Pool,
    find: Callable[[Tx], User],
    request: shapes.SetUserMFAPreferenceRequest | shapes.AdminSetUserMFAPreferenceRequest,
) -> None:
    sent = {
        SMS_MFA: request.SMSMfaSettings,
        SOFTWARE_TOKEN_MFA: request.SoftwareTokenMfaSettings,
        EMAIL_OTP: request.EmailMfaSettings,
    }
    settings = {name: Setting(block.Enabled, block.PreferredMfa) for name, block in sent.items() if block}
    passkey_mfa = request.WebAuthnMfaSettings.Enabled if request.WebAuthnMfaSettings else None
    _change(
        call,
        find,
        lambda user: second_factors.prefer(
            pool,
            user,
            settings,
            passkey_mfa=passkey_mfa,
            admin=isinstance(request, shapes.AdminSetUserMFAPreferenceRequest),
        ),
    )


def _set_options(
    call: AnyCall,
    pool: Pool,
    find: Callable[[Tx], User],
    options: Sequence[shapes.MFAOptionType],
    *,
    admin: bool,
) -> None:
    if any((option.DeliveryMedium, option.AttributeName) != ("SMS", PHONE) for option in options):
        raise InvalidParameterException("MFAOptions can only be SMS to phone_number.")
    settings = {SMS_MFA: Setting(enabled=bool(options), preferred=None)}
    _change(call, find, lambda user: second_factors.prefer(pool, user, settings, admin=admin))


def _change(call: AnyCall, find: Callable[[Tx], User], change: Callable[[User], Mfa]) -> None:
    now = call.clock.now()

    def work(tx: Tx) -> None:
        user = find(tx)
        tx.users.save(replace(user, mfa=change(user), modified=now))

    call.store.write(work)


def _factors(call: AnyCall, pool: Pool, user: User) -> list[str]:
    def work(tx: Tx) -> tuple[bool, bool]:
        held = passkeys.usable(tx.passkeys.of(pool.id, user.sub), pool)
        return tx.credentials.get(pool.id, user.sub) is not None, bool(held)

    password, passkey = call.store.read(work)
    return list(first_factors.configured(pool, user, password=password, passkey=passkey))
