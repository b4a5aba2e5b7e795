"""USER_AUTH: the user chooses the first factor, or the client names one (digest «sign-in» §2.10)."""

from collections.abc import Mapping

from msgspec.structs import replace

from poolhouse.domain import challenges, first_factors, made_up, tiers
from poolhouse.domain.aliases import USERNAME, normalise
from poolhouse.domain.challenges import Event, Facts, State
from poolhouse.errors import InvalidParameterException
from poolhouse.flows import by_password, handover, one_time_code, passkeys, proof
from poolhouse.flows.attempt import Attempt, Challenge, Outcome, admit, ask_srp, find
from poolhouse.flows.attempt import pending as remember
from poolhouse.flows.named import open_named
from poolhouse.flows.owed import proven
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import Subject

_SRP_A = "SRP_A"


def begin(attempt: Attempt, parameters: Mapping[str, str]) -> Outcome:
    """Begin, with the factor that `PREFERRED_CHALLENGE` names if the user has it, else with the choice.

    Raises:
        FeatureUnavailableInTierException: the pool's tier has no choice-based sign-in.
        UserNotFoundException: there is no such user, and the client may know.
    """
    _refuse_tier(attempt)
    typed, preferred = parameters["USERNAME"], parameters.get("PREFERRED_CHALLENGE", "")
    subject, migrated = find(attempt, typed), False
    if preferred == State.PASSWORD and State.PASSWORD in parameters:
        subject, migrated = by_password.take_over(attempt, subject, typed, parameters[State.PASSWORD])
    admit(attempt, subject, typed)
    offered = _offered(attempt, subject, typed)
    event = challenges.CHOSEN.get(preferred, Event.CHOICE_LEFT)
    state = challenges.advance(State.START, event, Facts(offered=offered))
    if state is State.PASSWORD and State.PASSWORD in parameters:
        chosen = remember(attempt, state, subject, typed)
        return by_password.prove(attempt, chosen, subject, parameters, migrated=migrated)
    return _ask(attempt, state, subject, typed, parameters, offered=offered)


def answer_choice(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    """Take the choice; what the factor needs may come along.

    Raises:
        InvalidParameterException: the factor was not offered.
        NotAuthorizedException: the session was used before.
    """
    waiting = open_named(attempt, State.SELECT_CHALLENGE, answers, session)
    chosen = answers["ANSWER"]
    if chosen not in waiting.offered:
        raise InvalidParameterException(f"{chosen} is not an available challenge.")
    state = challenges.advance(waiting.state, challenges.CHOSEN[chosen], Facts(offered=waiting.offered))
    if state is State.PASSWORD and State.PASSWORD in answers:
        return _prove(attempt, replace(waiting, state=state), answers)
    subject = proof.again(attempt.call, attempt.pool, waiting)
    return _spend_and_ask(attempt, state, subject, waiting, answers)


def answer_password(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    """Take the answer to PASSWORD; a wrong one leaves the session good."""
    waiting = open_named(attempt, State.PASSWORD, answers, session)
    return _prove(attempt, waiting, answers)


def answer_password_srp(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Challenge:
    """Take the answer to PASSWORD_SRP, and ask for PASSWORD_VERIFIER."""
    waiting = open_named(attempt, State.PASSWORD_SRP, answers, session)
    subject = proof.again(attempt.call, attempt.pool, waiting)
    return _spend_and_ask(attempt, waiting.state, subject, waiting, answers)


def answer_passkey(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    """Take the answer to WEB_AUTHN; a wrong one leaves the session good."""
    waiting = open_named(attempt, State.WEB_AUTHN, answers, session)
    subject = passkeys.check(attempt, waiting, answers["CREDENTIAL"])
    return proven(attempt, waiting, Event.PASSKEY_PROVEN, subject)


def begin_signed_up(attempt: Attempt, session: str) -> Outcome:
    """Sign a user in who has just confirmed the sign-up; the code that came back then is the first factor.

    Raises:
        FeatureUnavailableInTierException: the pool's tier has no choice-based sign-in.
        NotAuthorizedException: the session is none of ConfirmSignUp's, used, or too old.
    """
    _refuse_tier(attempt)
    sub = handover.redeem(attempt.call, attempt.client, session)
    subject = find(attempt, sub)
    admit(attempt, subject, sub)
    return proven(attempt, remember(attempt, State.START, subject, sub), Event.SIGN_UP_PROVEN, subject)


def _refuse_tier(attempt: Attempt) -> None:
    if attempt.pool.tier == "LITE":
        tiers.check_features(attempt.pool.tier, ["Choice-Based Sign-In"])


def _offered(attempt: Attempt, subject: Subject, typed: str) -> tuple[str, ...]:
    held = passkeys.of(attempt.call, attempt.pool, subject)
    if subject.user:
        return first_factors.offered(
            attempt.pool, subject.user, password=subject.credential is not None, passkey=bool(held)
        )
    name = normalise(attempt.pool, USERNAME, typed)
    return first_factors.made_up(attempt.pool, made_up.factors(proof.seed(attempt.call, attempt.pool), name))


def _prove(attempt: Attempt, waiting: Pending, answers: Mapping[str, str]) -> Outcome:
    subject = proof.again(attempt.call, attempt.pool, waiting)
    subject, migrated = by_password.take_over(attempt, subject, waiting.typed, answers[State.PASSWORD])
    return by_password.prove(attempt, waiting, subject, answers, migrated=migrated, spend=waiting)


def _spend_and_ask(
    attempt: Attempt, state: State, subject: Subject, waiting: Pending, answers: Mapping[str, str]
) -> Challenge:
    """Ask what was chosen. The session is used up: one choice sends one message."""
    if _SRP_A in answers:
        proof.parse_public(answers[_SRP_A])
    proof.spend(attempt.call, waiting)
    return _ask(attempt, state, subject, waiting.typed, answers, offered=waiting.offered)


def _ask(
    attempt: Attempt,
    state: State,
    subject: Subject,
    typed: str,
    given: Mapping[str, str],
    *,
    offered: tuple[str, ...],
) -> Challenge:
    if state is State.PASSWORD_SRP and _SRP_A in given:
        client_public = proof.parse_public(given[_SRP_A])
        proof.refuse_locked(attempt.call, subject)
        following = challenges.advance(state, Event.SRP_BEGUN, Facts())
        return ask_srp(attempt, following, subject, typed, client_public, session=True)
    waiting = replace(remember(attempt, state, subject, typed), offered=offered)
    if state in one_time_code.ATTRIBUTE:
        return one_time_code.ask(attempt, subject, waiting)
    if state is State.WEB_AUTHN:
        return passkeys.ask(attempt, subject, waiting)
    return Challenge(state, {}, seal_session(attempt.call, waiting), offered)
