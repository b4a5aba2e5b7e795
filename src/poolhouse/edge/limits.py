"""Request rates by category, as the service sets them for an account (digest «sign-in» §1.11).

Off unless `limits.requests` is on. Rates are those of one process: with several, each allows as much.
"""

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from poolhouse.errors import TooManyRequestsException
from poolhouse.wire.operations import OPERATIONS

CATEGORIES: dict[str, tuple[int, tuple[str, ...]]] = {
    "UserAuthentication": (120, ("AdminInitiateAuth", "InitiateAuth")),
    # A sign-in's answers to challenges have three times the rate of its start.
    "UserAuthenticationAnswers": (360, ("AdminRespondToAuthChallenge", "RespondToAuthChallenge")),
    "UserCreation": (
        50,
        ("AdminConfirmSignUp", "AdminCreateUser", "ConfirmSignUp", "ResendConfirmationCode", "SignUp"),
    ),
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
    "UserRead": (120, ("AdminGetUser", "GetUser")),
    "UserUpdate": (
        25,
        (
            "AdminDeleteUser",
            "AdminDeleteUserAttributes",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminUpdateUserAttributes",
            "DeleteUser",
            "DeleteUserAttributes",
            "GetUserAttributeVerificationCode",
            "UpdateUserAttributes",
            "VerifyUserAttribute",
        ),
    ),
    "UserList": (30, ("ListUsers",)),
    "UserToken": (
        120,
        (
            "AdminUserGlobalSignOut",
            "GetDerivedToken",
            "GetTokensFromRefreshToken",
            "GlobalSignOut",
            "RevokeToken",
        ),
    ),
    "ClientAuthentication": (150, ("GetClientToken",)),
    "LimitManagement": (1, ("GetProvisionedLimit", "UpdateProvisionedLimit")),
}
"""Category → requests a second, and its operations. Configuration has the categories below."""

_READ_RATE, _UPDATE_RATE = 15, 15
_READS = ("Describe", "Get", "List")


def rates() -> dict[str, tuple[RateLimitItem, str]]:
    """Return operation → its rate and its category."""
    table: dict[str, tuple[RateLimitItem, str]] = {}
    for name in OPERATIONS:
        reads = name.removeprefix("Admin").startswith(_READS)
        rate = RateLimitItemPerSecond(_READ_RATE if reads else _UPDATE_RATE)
        table[name] = rate, "ConfigurationRead" if reads else "ConfigurationUpdate"
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
