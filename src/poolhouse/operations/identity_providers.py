"""Identity providers: so far the pool itself, as one that users lose, and its certificate for SAML."""

from dataclasses import replace

from poolhouse.domain.aliases import USERNAME, normalise
from poolhouse.domain.codes import CodePurpose
from poolhouse.domain.providers import check_native
from poolhouse.domain.user import Status
from poolhouse.errors import UserNotFoundException
from poolhouse.flows import certificates
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import find_user, require_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def get_signing_certificate(
    call: AdminCall, request: shapes.GetSigningCertificateRequest
) -> shapes.GetSigningCertificateResponse:
    """Return the certificate with which the pool signs SAML requests: DER in base64.

    Raises:
        ResourceNotFoundException: there is no such pool.
    """
    pool = require_pool(call, request.UserPoolId)
    return shapes.GetSigningCertificateResponse(Certificate=certificates.current(call, pool.id).certificate)


@operation
def admin_disable_provider_for_user(
    call: AdminCall, request: shapes.AdminDisableProviderForUserRequest
) -> shapes.AdminDisableProviderForUserResponse:
    """Take a user's password away, and with it every way to sign in, until an administrator sets another.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: there is no such identity provider.
        UserNotFoundException: there is no user of that username.
    """
    pool, named = require_pool(call, request.UserPoolId), request.User
    check_native(pool, named.ProviderName, named.ProviderAttributeName)
    username, now = named.ProviderAttributeValue or "", call.clock.now()

    def work(tx: Tx) -> None:
        user = find_user(tx, pool, username)
        if user is None or normalise(pool, USERNAME, username) != user.username:
            raise UserNotFoundException("User does not exist.")
        tx.credentials.delete(pool.id, user.sub)
        tx.codes.delete(pool.id, user.sub, CodePurpose.FORGOT_PASSWORD)
        tx.users.save(replace(user, status=Status.EXTERNAL_PROVIDER, modified=now))

    call.store.write(work)
    return shapes.AdminDisableProviderForUserResponse()
