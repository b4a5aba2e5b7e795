"""Request rates by category, as the service sets them for an account (digest «users» §7.10).

Off unless `limits.requests` is on. Rates are those of one process: with several, each allows as much.
"""

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from poolhouse.errors import TooManyRequestsException
from poolhouse.wire.operations import OPERATIONS

CATEGORIES: dict[str, tuple[int, tuple[str, ...]]] = {
    "UserAuthentication": (120, ("AdminInitiateAuth", "GetTokensFromRefreshToken", "InitiateAuth")),
    # A sign-in's answers to challenges have three times the rate of its start.
    "UserAuthenticationAnswers": (360, ("AdminRespondToAuthChallenge", "RespondToAuthChallenge")),
    "UserCreation": (50, ("AdminConfirmSignUp", "AdminCreateUser", "ConfirmSignUp", "SignUp")),
    "UserAccountRecovery": (
        30,
        (
            "AdminResetUserPassword",
            "AdminSetUserPassword",
            "ChangePassword",
            "ConfirmForgotPassword",
            "ForgotPassword",
        ),
    ),
    "UserRead": (120, ("AdminGetUser", "AdminGetUserAuthFactors", "GetUser", "GetUserAuthFactors")),
    "UserUpdate": (
        25,
        (
            "AdminAddUserToGroup",
            "AdminDeleteUser",
            "AdminDeleteUserAttributes",
            "AdminDisableProviderForUser",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminLinkProviderForUser",
            "AdminRemoveUserFromGroup",
            "AdminUpdateUserAttributes",
            "AdminUserGlobalSignOut",
            "DeleteUser",
            "DeleteUserAttributes",
            "GlobalSignOut",
            "UpdateUserAttributes",
            "VerifyUserAttribute",
        ),
    ),
    "UserList": (30, ("ListUsers", "ListUsersInGroup")),
    "UserToken": (120, ("GetDerivedToken", "RevokeToken")),
    "UserResourceRead": (
        50,
        (
            "AdminGetDevice",
            "AdminListDevices",
            "AdminListGroupsForUser",
            "AdminListUserAuthEvents",
            "AdminListUserSessions",
            "GetDevice",
            "GetUserAttributeVerificationCode",
            "ListDevices",
            "ListUserSessions",
            "ListWebAuthnCredentials",
            "ResendConfirmationCode",
        ),
    ),
    "UserResourceUpdate": (
        25,
        (
            "AdminDeleteSoftwareToken",
            "AdminForgetDevice",
            "AdminRevokeUserSession",
            "AdminSetUserMFAPreference",
            "AdminSetUserSettings",
            "AdminUpdateAuthEventFeedback",
            "AdminUpdateDeviceStatus",
            "AssociateSoftwareToken",
            "CompleteWebAuthnRegistration",
            "ConfirmDevice",
            "DeleteWebAuthnCredential",
            "ForgetDevice",
            "RevokeUserSession",
            "SetUserMFAPreference",
            "SetUserSettings",
            "StartWebAuthnRegistration",
            "UpdateAuthEventFeedback",
            "UpdateDeviceStatus",
            "VerifySoftwareToken",
        ),
    ),
    "UserPoolRead": (15, ("DescribeUserPool", "GetUserPoolMfaConfig", "ListUserPools")),
    "UserPoolUpdate": (
        15,
        (
            "AddCustomAttributes",
            "CreateUserPool",
            "DeleteUserPool",
            "SetUserPoolMfaConfig",
            "UpdateUserPool",
        ),
    ),
    "ClientAuthentication": (150, ("GetClientToken",)),
    "LimitManagement": (1, ("GetProvisionedLimit", "UpdateProvisionedLimit")),
}
"""Category → requests a second, and its operations. App clients and a pool's resources have those below."""

_CLIENT_RATES = {"Read": 15, "Update": 15}
_RESOURCE_RATES = {"Read": 20, "Update": 15}
_READS = ("Describe", "Get", "List")


def rates() -> dict[str, tuple[RateLimitItem, str]]:
    """Return operation → its rate and its category."""
    table: dict[str, tuple[RateLimitItem, str]] = {}
    for name in OPERATIONS:
        doing = "Read" if name.startswith(_READS) else "Update"
        client = "UserPoolClient" in name
        requests = (_CLIENT_RATES if client else _RESOURCE_RATES)[doing]
        category = f"UserPool{'Client' if client else 'Resource'}{doing}"
        table[name] = RateLimitItemPerSecond(requests), category
    for category, (requests, names) in CATEGORIES.items():
        table |= dict.fromkeys(names, (RateLimitItemPerSecond(requests), category))
    return table


class RateLimits:
    """Counts requests in windows of a second."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rates = rates()

    def check(self, operation: str) -> None:
        """Count a request.

        Raises:
            TooManyRequestsException: its category has had its share of this second.
        """
        rate, category = self._rates[operation]
        if not self._limiter.hit(rate, category):
            raise TooManyRequestsException("Rate exceeded")
