"""Request rates by category, as the service sets them for an account (digest «users» §7.10)."""

from collections.abc import Mapping
from dataclasses import dataclass

from poolhouse.errors import (
    InvalidParameterException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
)

CATEGORIES: dict[str, tuple[int, tuple[str, ...]]] = {
    "UserAuthentication": (120, ("AdminInitiateAuth", "GetTokensFromRefreshToken", "InitiateAuth")),
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
"""Category → requests a second, and its operations."""

ANSWERS = ("AdminRespondToAuthChallenge", "RespondToAuthChallenge")
ANSWERS_TIMES = 3
"""A sign-in's answers to challenges have three times the rate of its start, apart from it."""

REMAINING = {
    "UserPoolClientRead": 15,
    "UserPoolClientUpdate": 15,
    "UserPoolResourceRead": 20,
    "UserPoolResourceUpdate": 15,
}
"""The categories of all other operations, on app clients and on a pool's resources: requests a second."""

DEFAULTS: Mapping[str, int] = {name: rate for name, (rate, _) in CATEGORIES.items()} | REMAINING
"""Every category → requests a second."""


@dataclass(frozen=True, slots=True)
class ProvisionedLimit:
    """A category's rate that differs from its default.

    Attributes:
        requests: a second.
    """

    category: str
    requests: int
    version: int = 0


def category_of(attributes: Mapping[str, str]) -> str:
    """Return the category that a limit's definition names.

    Raises:
        InvalidParameterException: it names none (the text is a guess).
        ResourceNotFoundException: there is no such category (the text is a guess).
    """
    category = attributes.get("Category")
    if category is None:
        raise InvalidParameterException("The limit definition must have the attribute Category.")
    if category not in DEFAULTS:
        raise ResourceNotFoundException(f"Category {category} does not exist.")
    return category


def check_request(category: str, requests: int, most: int) -> None:
    """Check a rate that is asked for.

    Args:
        category: whose.
        requests: a second.
        most: what no category may pass.

    Raises:
        ServiceQuotaExceededException: it is below the default, or too high (the text is a guess).
    """
    least = DEFAULTS[category]
    if not least <= requests <= most:
        raise ServiceQuotaExceededException(
            f"The requested limit value for {category} must be between {least} and {most}."
        )
