"""What a visitor is told: a sentence in their language for each error that an operation of a visitor declares."""

import pytest

from poolhouse import errors
from poolhouse.pages.language import NAMES, SOURCE, language
from poolhouse.pages.problems import sentence
from poolhouse.wire.operations import OPERATIONS

_VISITED = (
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "ForgotPassword",
    "InitiateAuth",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "SignUp",
)
# Triggers speak for themselves; a pool or client that is not there has no pages; steps are not sent on as errors.
_ELSEWHERE = {
    "UserLambdaValidationException",
    "UnexpectedLambdaException",
    "InvalidLambdaResponseException",
    "ResourceNotFoundException",
    "PasswordResetRequiredException",
    "UserNotConfirmedException",
}
_MET = sorted({name for operation in _VISITED for name in OPERATIONS[operation].errors} - _ELSEWHERE)


@pytest.mark.parametrize("name", _MET)
def test_each_error_has_a_sentence_in_every_language(name):
    error = getattr(errors, name)("Some words of the service.")
    told = sentence(error)
    assert told != error.message
    for tag in NAMES:
        assert (language(tag).say(told) == told) == (tag == SOURCE), tag


def test_what_a_trigger_says_stays():
    error = errors.UserLambdaValidationException("PreSignUp failed with error Members only.")
    assert language("de").say(sentence(error)) == error.message


def test_known_sentences_of_the_service_are_translated():
    error = errors.InvalidParameterException("Invalid email address format.")
    assert sentence(error) == error.message
    assert language("nl").say(sentence(error)) == "Dit is geen geldig e-mailadres."
