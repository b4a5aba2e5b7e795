"""What a visitor is told when something was refused: what to do, in the same words whoever exists."""

from collections.abc import Mapping

from poolhouse.domain import lockout
from poolhouse.domain.challenges import INVALID_SESSION
from poolhouse.errors import (
    AliasExistsException,
    CodeDeliveryFailureException,
    CodeMismatchException,
    EnableSoftwareTokenMFAException,
    ExpiredCodeException,
    InternalErrorException,
    InvalidEmailRoleAccessPolicyException,
    InvalidLambdaResponseException,
    InvalidParameterException,
    InvalidPasswordException,
    InvalidSmsRoleAccessPolicyException,
    InvalidSmsRoleTrustRelationshipException,
    InvalidUserPoolConfigurationException,
    LimitExceededException,
    NotAuthorizedException,
    PasswordHistoryPolicyViolationException,
    ServiceError,
    TooManyFailedAttemptsException,
    TooManyRequestsException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
    UsernameExistsException,
    UserNotFoundException,
)
from poolhouse.flows import software_token
from poolhouse.pages.language import N_

WRONG = N_("Incorrect username or password.")
BUSY = N_("There were too many attempts. Please try again later.")
WRONG_CODE = N_("This code is wrong or too old. Check it, or ask for a new one.")
USED_CODE = N_("This code was used already. Wait for the next one, and enter that.")
TAKEN = N_("Another account uses this address already.")
EXISTS = N_("There is an account of this name already. Choose another name, or sign in.")
WEAK = N_("This password does not meet the rules. Choose another one.")
REPEATED = N_("You have used this password before. Choose another one.")
NOT_SENT = N_("The message could not be sent. Please try again later.")
STALE = N_("Your sign-in took too long, or was finished elsewhere. Please sign in again.")
ODD = N_("Something that you entered is not as it should be. Check it, and try again.")
REFUSED = N_("This cannot be done here. Ask an administrator.")
DISABLED = N_("User is disabled.")
AGAIN = N_("Something went wrong. Please start again.")

_BY_KIND: Mapping[type[ServiceError], str] = {
    UserNotFoundException: WRONG,
    LimitExceededException: BUSY,
    TooManyRequestsException: BUSY,
    CodeMismatchException: WRONG_CODE,
    ExpiredCodeException: WRONG_CODE,
    EnableSoftwareTokenMFAException: WRONG_CODE,
    InvalidPasswordException: WEAK,
    PasswordHistoryPolicyViolationException: REPEATED,
    UsernameExistsException: EXISTS,
    AliasExistsException: TAKEN,
    CodeDeliveryFailureException: NOT_SENT,
    InvalidUserPoolConfigurationException: NOT_SENT,
    InvalidEmailRoleAccessPolicyException: NOT_SENT,
    InvalidSmsRoleAccessPolicyException: NOT_SENT,
    InvalidSmsRoleTrustRelationshipException: NOT_SENT,
    TooManyFailedAttemptsException: BUSY,
    InvalidParameterException: ODD,
    InternalErrorException: AGAIN,
}
_OF_TRIGGERS = (UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException)
_BY_MESSAGE: Mapping[str, str] = {
    lockout.WRONG: WRONG,
    lockout.EXCEEDED: BUSY,
    software_token.USED: USED_CODE,
    "User is disabled": DISABLED,
    **{
        told: told
        for told in (
            DISABLED,
            N_("Contact administrator to reset password."),
            N_("Invalid email address format."),
            N_("Invalid phone number format."),
            N_("User is already confirmed."),
        )
    },
}


def sentence(error: ServiceError) -> str:
    """Return what to tell, marked for translation; what a trigger says itself stays as it is."""
    if isinstance(error, _OF_TRIGGERS):
        return error.message
    return _BY_MESSAGE.get(error.message) or _BY_KIND.get(type(error), REFUSED)


def is_over(error: ServiceError) -> bool:
    """Tell whether a sign-in cannot go on and has to begin again."""
    return isinstance(error, NotAuthorizedException) and error.message.startswith(
        INVALID_SESSION.removesuffix(".")
    )
