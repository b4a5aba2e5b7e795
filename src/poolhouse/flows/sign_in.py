"""Signing in: begin, answer challenges, end with tokens. Free of the wire; operations and pages come here.

`start` and `answer` return a `Challenge` or `SignedIn`, or raise the service's error. `domain.challenges`
decides what follows what; each state that is a challenge has a function in `_ANSWER` that takes its answer.
Whether somebody exists is hidden here (PreventUserExistenceErrors).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from poolhouse.domain import challenges
from poolhouse.domain.challenges import Event, State
from poolhouse.flows import by_password, choice, custom_auth, new_password, proof, tokens
from poolhouse.flows.attempt import Attempt, Outcome, SignedIn
from poolhouse.flows.lookup import check_sign_in_hash
from poolhouse.flows.named import check_named
from poolhouse.flows.owed import proven
from poolhouse.flows.pending import open_session


def start(
    attempt: Attempt,
    flow: str,
    parameters: Mapping[str, str],
    session: str | None = None,
    *,
    admin: bool,
) -> Outcome:
    """Begin a sign-in.

    Args:
        attempt: the request.
        flow: `AuthFlow`.
        parameters: `AuthParameters`, without nulls.
        session: `Session`, for USER_AUTH right after ConfirmSignUp.
        admin: whether AdminInitiateAuth begins it.

    Raises:
        ServiceError: the table of digest «sign-in» §2.2.
    """
    attempt = replace(attempt, device_key=parameters.get("DEVICE_KEY"))
    with attempt.call.services.addresses.watched(attempt.call, attempt.pool, attempt.client):
        return _start(attempt, flow, parameters, session, admin=admin)


def _start(
    attempt: Attempt,
    flow: str,
    parameters: Mapping[str, str],
    session: str | None = None,
    *,
    admin: bool,
) -> Outcome:
    begun = challenges.begin(flow, attempt.client.auth_flows, parameters, admin=admin)
    if begun is challenges.REFRESH_TOKEN_AUTH:
        return _refresh(attempt, parameters)
    if begun is challenges.USER_AUTH and session:
        return choice.begin_signed_up(attempt, session)
    challenges.require(parameters, "USERNAME")
    names = [parameters["USERNAME"]]
    check_sign_in_hash(attempt.call, attempt.client, names, parameters.get("SECRET_HASH"))
    if begun is challenges.CUSTOM_AUTH:
        return custom_auth.begin(attempt, parameters)
    choice.refuse_second_factors(attempt)
    if begun is challenges.USER_AUTH:
        return choice.begin(attempt, parameters)
    if begun is challenges.USER_SRP_AUTH:
        return by_password.begin_srp(attempt, parameters)
    return by_password.begin_plain(attempt, parameters)


def answer(attempt: Attempt, challenge: str, answers: Mapping[str, str], session: str | None) -> Outcome:
    """Take the answer to a challenge.

    Args:
        attempt: the request.
        challenge: `ChallengeName`.
        answers: `ChallengeResponses`, without nulls.
        session: `Session`, where the challenge came with one.

    Raises:
        ServiceError: digest «sign-in» §2.6 and §2.7.
    """
    attempt = replace(attempt, device_key=answers.get("DEVICE_KEY"))
    state = challenges.answered(challenge, answers)
    with attempt.call.services.addresses.watched(attempt.call, attempt.pool, attempt.client):
        return _ANSWER[state](attempt, answers, session)


def _refresh(attempt: Attempt, parameters: Mapping[str, str]) -> SignedIn:
    """Refresh tokens; the secret hash covers the stored username, not an alias (digest «sign-in» §2.5)."""
    call, pool, client = attempt.call, attempt.pool, attempt.client
    grant = tokens.find(call, pool, client, parameters["REFRESH_TOKEN"], device_key=attempt.device_key)
    check_sign_in_hash(
        call,
        client,
        [grant.user.username, grant.user.sub],
        parameters.get("SECRET_HASH"),
        wrong=f"SecretHash does not match for the client: {client.id}",
    )
    return SignedIn(tokens.refresh(call, pool, client, grant))


def _answer_new_password(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    call, pool = attempt.call, attempt.pool
    state = open_session(call, attempt.client, State.NEW_PASSWORD_REQUIRED, session)
    check_named(attempt, answers, state)
    new_password.choose(call, pool, attempt.client, state, answers)
    return proven(attempt, state, Event.NEW_PASSWORD_SET, proof.again(call, pool, state))


def _answer_custom(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    state = open_session(attempt.call, attempt.client, State.CUSTOM_CHALLENGE, session)
    check_named(attempt, answers, state)
    return custom_auth.answered(attempt, state, answers["ANSWER"])


_ANSWER: Mapping[State, Callable[[Attempt, Mapping[str, str], str | None], Outcome]] = {
    State.SELECT_CHALLENGE: choice.answer_choice,
    State.PASSWORD: choice.answer_password,
    State.PASSWORD_SRP: choice.answer_password_srp,
    State.EMAIL_OTP: partial(choice.answer_code, State.EMAIL_OTP),
    State.SMS_OTP: partial(choice.answer_code, State.SMS_OTP),
    State.WEB_AUTHN: choice.answer_passkey,
    State.PASSWORD_VERIFIER: by_password.answer_verifier,
    State.CUSTOM_CHALLENGE: _answer_custom,
    State.NEW_PASSWORD_REQUIRED: _answer_new_password,
}
