"""Identity providers: so far the certificate with which a pool signs its SAML requests."""

from poolhouse.flows import certificates
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import require_pool
from poolhouse.operations.registry import operation
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
