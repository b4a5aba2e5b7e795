"""CUSTOM_AUTH: three triggers define, create and verify challenges (digest «sign-in» §2.11, «users» §5.13).

DefineAuthChallenge looks at the challenges so far and asks for another, grants tokens or ends the sign-in. It
is obeyed within the table of `domain.challenges`. There is no lock-out here but for SRP's passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from poolhouse.domain import challenges
from poolhouse.domain.challenges import Event, Facts, State
from poolhouse.errors import InvalidParameterException, NotAuthorizedException
from poolhouse.flows import proof
from poolhouse.flows.attempt import Attempt, Challenge, Outcome, admit, ask_srp, find, shown
from poolhouse.flows.attempt import pending as remember
from poolhouse.flows.owed import proven
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import WRONG, Subject
from poolhouse.triggers import answers, events

_CUSTOM = Facts(custom=True)
_LONGEST_SESSION = 4096
_SRP_A = "SRP_A"


def begin(attempt: Attempt, parameters: Mapping[str, str]) -> Outcome:
    """Begin, with SRP where `CHALLENGE_NAME` is `SRP_A`.

    Raises:
        InvalidParameterException: the pool has no such triggers, or SRP_A is missing or no number.
        NotAuthorizedException: the DefineAuthChallenge trigger ends the sign-in.
    """
    if not attempt.pool.lambda_config.get("DefineAuthChallenge"):
        raise _not_configured()
    typed = parameters["USERNAME"]
    subject = find(attempt, typed)
    if parameters.get("CHALLENGE_NAME") != _SRP_A:
        admit(attempt, subject, typed)
        return _Round(attempt, subject, typed, ()).define(State.START)
    challenges.require(parameters, _SRP_A)
    client_public = proof.parse_public(parameters[_SRP_A])
    proof.refuse_locked(attempt.call, subject)
    admit(attempt, subject, typed)
    return _Round(attempt, subject, typed, ((_SRP_A, True, None),)).define(State.START, client_public)


def password_proven(attempt: Attempt, subject: Subject, state: Pending) -> Outcome:
    """Go on after a PASSWORD_VERIFIER that the trigger asked for."""
    if attempt.story:
        attempt.story.met()
    past = (*state.past, (State.PASSWORD_VERIFIER.value, True, None))
    return _Round(attempt, subject, state.typed, past).define(state.state)


def answered(attempt: Attempt, state: Pending, answer: str) -> Outcome:
    """Have an answer verified, and go on. The session is used up first, even if a trigger then fails.

    Raises:
        NotAuthorizedException: the session was used before, or the trigger ends the sign-in.
    """
    call, pool = attempt.call, attempt.pool
    proof.spend(call, state)
    subject = proof.again(call, pool, state)
    right = _Round(attempt, subject, state.typed, state.past).verify(state.private, answer)
    past = (*state.past, (State.CUSTOM_CHALLENGE.value, right, state.note))
    return _Round(attempt, subject, state.typed, past).define(state.state)


@dataclass(frozen=True, slots=True)
class _Round:
    """What the triggers are told, each time.

    Attributes:
        past: the challenges so far.
    """

    attempt: Attempt
    subject: Subject
    typed: str
    past: tuple[events.PastChallenge, ...]

    def define(self, at: State, client_public: int = 0) -> Outcome:
        """Ask what comes next, and do it."""
        request = events.define_auth_challenge(
            shown(self.attempt, self.subject),
            self.past,
            self.attempt.client_metadata,
            user_not_found=self.subject.user is None,
        )
        response = self._fire("DefineAuthChallenge", request, events.DEFINE_AUTH_CHALLENGE_RESPONSE)
        decision = answers.read(response, answers.DefineAuthChallenge)
        if decision.fail_authentication:
            raise NotAuthorizedException(WRONG)
        if decision.issue_tokens:
            return proven(self.attempt, self._at(at), Event.TOKENS_GRANTED, self.subject)
        if decision.challenge_name == State.CUSTOM_CHALLENGE:
            return self._create(challenges.advance(at, Event.CHALLENGE_WANTED, _CUSTOM))
        if decision.challenge_name == State.PASSWORD_VERIFIER and client_public:
            state = challenges.advance(at, Event.SRP_WANTED, _CUSTOM)
            return ask_srp(
                self.attempt, state, self.subject, self.typed, client_public, past=self.past, session=True
            )
        raise answers.unrecognizable()

    def verify(self, private: Mapping[str, str], answer: str) -> bool:
        """Ask whether an answer is right."""
        request = events.verify_auth_challenge(
            shown(self.attempt, self.subject),
            private,
            answer,
            self.attempt.client_metadata,
            user_not_found=self.subject.user is None,
        )
        response = self._fire("VerifyAuthChallengeResponse", request, events.VERIFY_AUTH_CHALLENGE_RESPONSE)
        return bool(answers.read(response, answers.VerifyAuthChallenge).answer_correct)

    def _create(self, state: State) -> Challenge:
        request = events.create_auth_challenge(
            shown(self.attempt, self.subject),
            self.past,
            self.attempt.client_metadata,
            user_not_found=self.subject.user is None,
        )
        response = self._fire("CreateAuthChallenge", request, events.CREATE_AUTH_CHALLENGE_RESPONSE)
        made = answers.read(response, answers.CreateAuthChallenge)
        waiting = replace(
            self._at(state),
            private=made.private_challenge_parameters or {},
            note=made.challenge_metadata,
        )
        session = seal_session(self.attempt.call, waiting)
        if len(session) > _LONGEST_SESSION:
            raise answers.unrecognizable()
        named = {"USERNAME": self._username()}
        return Challenge(state, {**(made.public_challenge_parameters or {}), **named}, session)

    def _at(self, state: State) -> Pending:
        """Return the sign-in as it stands in `state`."""
        standing = remember(self.attempt, state, self.subject, self.typed)
        return replace(standing, past=self.past, custom=True)

    def _fire(
        self, family: str, request: Mapping[str, object], response: Mapping[str, object]
    ) -> Mapping[str, object]:
        name = self.subject.user.username if self.subject.user else self.typed
        answer = self.attempt.fire(family, name, request, response)
        if answer is None:
            raise _not_configured()
        return answer

    def _username(self) -> str:
        """Return the challenge's USERNAME; nobody's has the form of a user's."""
        if self.subject.user or self.attempt.pool.username_attributes:
            return self.subject.username
        return self.typed


def _not_configured() -> InvalidParameterException:
    return InvalidParameterException("Custom auth lambda trigger is not configured for the user pool.")
