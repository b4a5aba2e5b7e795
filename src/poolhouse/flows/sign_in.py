"""Signing in: begin, answer challenges, end with tokens. Free of the wire; operations and pages come here.

`start` and `answer` return a `Challenge` or `SignedIn`, or raise the service's error. `domain.challenges`
decides what follows what; each state that is a challenge has a function in `_ANSWER` that takes its answer.
Whether somebody exists is hidden here (PreventUserExistenceErrors).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from poolhouse.domain import challenges, replicas
from poolhouse.domain.challenges import Event, Flow, State
from poolhouse.errors import ServiceError
from poolhouse.flows import (
    auth_events,
    by_device,
    by_password,
    choice,
    custom_auth,
    new_password,
    one_time_code,
    proof,
    regions,
    second_factor,
    software_token,
    tokens,
)
from poolhouse.flows.attempt import Attempt, Outcome, SignedIn
from poolhouse.flows.lookup import check_sign_in_hash
from poolhouse.flows.named import open_named
from poolhouse.flows.owed import proven


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
    begun = challenges.begin(flow, attempt.client.auth_flows, parameters, admin=admin)
    if begun is not challenges.REFRESH_TOKEN_AUTH:
        attempt = replace(attempt, story=auth_events.story(attempt.call, attempt.pool))
    with attempt.call.services.addresses.watched(attempt.call, attempt.pool, attempt.client):
        return _told(attempt, lambda: _start(attempt, begun, parameters, session))


def _start(attempt: Attempt, begun: Flow, parameters: Mapping[str, str], session: str | None) -> Outcome:
    if begun is challenges.REFRESH_TOKEN_AUTH:
        return _refresh(attempt, parameters)
    if begun is challenges.USER_AUTH and session:
        return choice.begin_signed_up(attempt, session)
    challenges.require(parameters, "USERNAME")
    names = [parameters["USERNAME"]]
    check_sign_in_hash(attempt.call, attempt.client, names, parameters.get("SECRET_HASH"))
    if begun is challenges.CUSTOM_AUTH:
        return custom_auth.begin(attempt, parameters)
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
    state = challenges.answered(challenge, answers)
    if regions.is_secondary(attempt.call.settings, attempt.call.region, attempt.pool):
        replicas.check_challenge(state)
    story = auth_events.story(attempt.call, attempt.pool)
    attempt = replace(attempt, device_key=answers.get("DEVICE_KEY"), story=story)
    with attempt.call.services.addresses.watched(attempt.call, attempt.pool, attempt.client):
        return _told(attempt, lambda: _ANSWER[state](attempt, answers, session))


def _told(attempt: Attempt, step: Callable[[], Outcome]) -> Outcome:
    """Take a step of a sign-in, and record it before it is answered."""
    call, pool, client, story = attempt.call, attempt.pool, attempt.client, attempt.story
    if story is None:
        return step()
    try:
        outcome = step()
    except ServiceError as error:
        auth_events.tell(call, pool, client, story, refusal=error)
        raise
    auth_events.tell(call, pool, client, story, refusal=None, ends=isinstance(outcome, SignedIn))
    return outcome


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
    return SignedIn(grant.user, tokens.refresh(call, pool, client, grant))


def _answer_new_password(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    waiting = open_named(attempt, State.NEW_PASSWORD_REQUIRED, answers, session)
    new_password.choose(attempt.call, attempt.pool, attempt.client, waiting, answers)
    subject = proof.again(attempt.call, attempt.pool, waiting)
    return proven(attempt, waiting, Event.NEW_PASSWORD_SET, subject)


def _answer_device_verifier(attempt: Attempt, answers: Mapping[str, str], _: str | None) -> Outcome:
    waiting, subject = by_device.check(attempt, answers)
    return proven(attempt, waiting, Event.DEVICE_PROVEN, subject)


def _answer_custom(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    waiting = open_named(attempt, State.CUSTOM_CHALLENGE, answers, session)
    return custom_auth.answered(attempt, waiting, answers["ANSWER"])


def _answer_code(state: State, attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    """Take a code that was sent, as first factor or as second; a wrong one leaves the session good."""
    waiting = open_named(attempt, state, answers, session)
    subject = one_time_code.check(attempt, waiting, answers[f"{state.challenge}_CODE"])
    event = Event.SECOND_PROVEN if waiting.state in challenges.SECOND else Event.CODE_PROVEN
    return proven(attempt, waiting, event, subject)


def _answer_software_token(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    waiting = open_named(attempt, State.SOFTWARE_TOKEN_MFA, answers, session)
    subject = software_token.check(attempt, waiting, answers["SOFTWARE_TOKEN_MFA_CODE"])
    return proven(attempt, waiting, Event.SECOND_PROVEN, subject)


def _answer_mfa_type(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    return second_factor.choose(
        attempt, open_named(attempt, State.SELECT_MFA_TYPE, answers, session), answers
    )


def _answer_setup(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    waiting = open_named(attempt, State.MFA_SETUP, answers, session)
    if waiting.state is State.MFA_SETUP:
        return second_factor.set_up_address(attempt, waiting, answers)
    subject = second_factor.redeem_set_up(attempt, waiting)
    return proven(attempt, waiting, Event.SECOND_PROVEN, subject)


_ANSWER: Mapping[State, Callable[[Attempt, Mapping[str, str], str | None], Outcome]] = {
    State.SELECT_CHALLENGE: choice.answer_choice,
    State.PASSWORD: choice.answer_password,
    State.PASSWORD_SRP: choice.answer_password_srp,
    State.EMAIL_OTP: partial(_answer_code, State.EMAIL_OTP),
    State.SMS_OTP: partial(_answer_code, State.SMS_OTP),
    State.WEB_AUTHN: choice.answer_passkey,
    State.SMS_MFA: partial(_answer_code, State.SMS_MFA),
    State.SOFTWARE_TOKEN_MFA: _answer_software_token,
    State.SELECT_MFA_TYPE: _answer_mfa_type,
    State.MFA_SETUP: _answer_setup,
    State.PASSWORD_VERIFIER: by_password.answer_verifier,
    State.DEVICE_SRP_AUTH: by_device.begin,
    State.DEVICE_PASSWORD_VERIFIER: _answer_device_verifier,
    State.CUSTOM_CHALLENGE: _answer_custom,
    State.NEW_PASSWORD_REQUIRED: _answer_new_password,
}
"""By the first state of each `ChallengeName`."""
