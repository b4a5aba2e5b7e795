"""Signing in: the page for a name and a password, and a page for each challenge that follows.

`flows.sign_in` says what follows what. Here is what each page makes of its form; what is wrong is asked again
with the problem beside it, until the sign-in is over.
"""

import json
from collections.abc import Callable, Mapping

from msgspec.structs import replace
from werkzeug.wrappers import Response

from poolhouse.domain.second_factors import EMAIL_OTP, SMS_MFA, SOFTWARE_TOKEN_MFA
from poolhouse.errors import (
    InvalidParameterException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    ServiceError,
    UserNotConfirmedException,
)
from poolhouse.flows import sign_in, software_token
from poolhouse.flows.attempt import Outcome, SignedIn
from poolhouse.pages import authorize, names, step
from poolhouse.pages.asking import Asked, ask
from poolhouse.pages.attributes import PREFIX, tidy
from poolhouse.pages.language import N_
from poolhouse.pages.looks import MANAGED
from poolhouse.pages.problems import STALE, WRONG, is_over, sentence
from poolhouse.pages.render import redirection
from poolhouse.pages.step import PASSWORD, SET_UP_APP, SET_UP_EMAIL, SET_UP_PHONE, Step
from poolhouse.pages.visit import Visit

_NO_NAME = N_("Enter the name that you sign in with.")
_NO_PASSKEY = N_("No passkey was used. Try again, or choose another way.")
_WRONG_PASSKEY = N_("This passkey was not accepted. Try again, or choose another way.")
_PASSWORDS = frozenset({"PASSWORD", "PASSWORD_SRP"})
_SET_UP = {SOFTWARE_TOKEN_MFA: SET_UP_APP, EMAIL_OTP: SET_UP_EMAIL, SMS_MFA: SET_UP_PHONE}


def login(visit: Visit) -> Response:
    """Show the sign-in page, or take what was filled in there."""
    asked = ask(visit)
    if visit.request.method != "POST":
        return show(visit, asked, username=visit.request.args.get("login_hint", ""))
    form = visit.form
    if step.FIELD in form:
        return answer(visit)
    if "current" in form:
        reused = authorize.reusable(visit, asked)
        if reused is None:
            return show(visit, asked, problem=STALE)
        return authorize.grant(visit, asked, reused.user, reused.session.auth_time, reused.session.id)
    username = tidy("username", form.get("username", ""))
    if not username:
        return show(visit, asked, problem=_NO_NAME)
    return _begin(visit, asked, username)


def answer(visit: Visit) -> Response:
    """Take the answer to whatever a page has asked; without one, go to the beginning."""
    asked = ask(visit)
    if visit.request.method != "POST":
        return redirection(visit.to("/login"))
    standing = step.require(visit, *_ANSWERS)
    try:
        return _ANSWERS[standing.at](visit, asked, standing)
    except ServiceError as error:
        return _refused(visit, asked, standing, error)


def show(
    visit: Visit, asked: Asked, *, username: str = "", problem: str = "", done: str = "", status: int = 200
) -> Response:
    """Return the sign-in page.

    Args:
        visit: the request.
        asked: what the application wants.
        username: to fill in.
        problem: what went wrong before, marked for translation.
        done: what went well before, likewise.
        status: HTTP status.
    """
    wants_account = "select_account" in asked.prompt
    reused = authorize.reusable(visit, asked) if wants_account else None
    pool = visit.pool
    return visit.page(
        "login.html",
        status=status,
        username=username,
        problem=visit.say(problem),
        done=visit.say(done),
        by_choice=by_choice(visit),
        name_label=visit.say(names.at_sign_in(pool)),
        name_type=names.input_type(pool),
        current=reused.user.attributes.get("email") or reused.user.username if reused else "",
        may_sign_up=may_sign_up(visit),
        may_recover=pool.recovery_mechanisms != ("admin_only",),
    )


def by_choice(visit: Visit) -> bool:
    """Tell whether the name alone is asked for first, and then how to prove it.

    So it is in managed login where pool and client let people choose (digest «sign-in» §2.10).
    """
    return (
        visit.look.version == MANAGED
        and visit.pool.tier != "LITE"
        and len(visit.pool.first_factors) > 1
        and "ALLOW_USER_AUTH" in visit.registered.auth_flows
    )


def may_sign_up(visit: Visit) -> bool:
    """Tell whether people may register themselves."""
    return not (visit.pool.config.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly")


def start(visit: Visit, flow: str, parameters: Mapping[str, str], session: str | None = None) -> Outcome:
    """Begin a sign-in."""
    return sign_in.start(visit.attempt, flow, parameters, session, admin=False)


def proceed(visit: Visit, asked: Asked, username: str, outcome: Outcome) -> Response:
    """Go on: to the page of the next challenge, or back to the application.

    Args:
        visit: the request.
        asked: what the application wants.
        username: as typed at the beginning.
        outcome: of the step before.
    """
    if isinstance(outcome, SignedIn):
        return authorize.sign_in(visit, asked, outcome.user, outcome.event_id)
    parameters = dict(outcome.parameters)
    offered = outcome.available
    for listed in ("MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP"):
        offered = tuple(json.loads(parameters.pop(listed, "null")) or offered)
    if outcome.name == "NEW_PASSWORD_REQUIRED":
        wanted = json.loads(parameters["requiredAttributes"])
        offered = tuple(name.removeprefix("userAttributes.") for name in wanted)
        parameters = {}
    following = step.begin(
        visit, outcome.name, username, session=outcome.session or "", shown=parameters, offered=offered
    )
    if outcome.name == "SELECT_CHALLENGE" and _PASSWORDS.issuperset(offered):
        following = replace(following, at=PASSWORD)
    if outcome.name == "MFA_SETUP" and len(offered) == 1:
        return _set_up(visit, following, offered[0])
    return step.draw(visit, following)


def _begin(visit: Visit, asked: Asked, username: str) -> Response:
    password = visit.form.get("password")
    parameters = {"USERNAME": username}
    try:
        if password is None and by_choice(visit):
            preferred = visit.form.get("factor")
            chosen = {"PREFERRED_CHALLENGE": preferred} if preferred else {}
            outcome = start(visit, "USER_AUTH", parameters | chosen)
        else:
            outcome = start(visit, "USER_PASSWORD_AUTH", parameters | {"PASSWORD": password or ""})
    except ServiceError as error:
        return _refused(visit, asked, step.begin(visit, "", username), error)
    return proceed(visit, asked, username, outcome)


def _refused(visit: Visit, asked: Asked, standing: Step, error: ServiceError) -> Response:
    """Say what was wrong, where it can be mended."""
    if isinstance(error, UserNotConfirmedException):
        return step.draw(visit, step.begin(visit, step.CONFIRM, standing.username))
    if isinstance(error, PasswordResetRequiredException):
        return step.draw(visit, step.begin(visit, step.RESET, standing.username))
    if is_over(error):
        return show(visit, asked, username=standing.username, problem=STALE)
    if not standing.at:
        return show(visit, asked, username=standing.username, problem=sentence(error))
    return step.draw(visit, standing, sentence(error))


# --- what each page makes of its form -----------------------------------------------------------------------


def _respond(visit: Visit, standing: Step, challenge: str, answers: Mapping[str, str]) -> Outcome:
    given = {"USERNAME": standing.username, **answers}
    return sign_in.answer(visit.attempt, challenge, given, standing.session)


def _answer_choice(visit: Visit, asked: Asked, standing: Step) -> Response:
    chosen = visit.form.get("factor", "")
    if chosen not in standing.offered:
        return step.draw(visit, standing, N_("Choose how you want to sign in."))
    if chosen in _PASSWORDS:
        return step.draw(visit, replace(standing, at=PASSWORD))
    outcome = _respond(visit, standing, "SELECT_CHALLENGE", {"ANSWER": chosen})
    return proceed(visit, asked, standing.username, outcome)


def _answer_password(visit: Visit, asked: Asked, standing: Step) -> Response:
    if "other" in visit.form:
        return step.draw(visit, replace(standing, at="SELECT_CHALLENGE"))
    given = {"ANSWER": "PASSWORD", "PASSWORD": visit.form.get("password", "")}
    outcome = _respond(visit, standing, "SELECT_CHALLENGE", given)
    return proceed(visit, asked, standing.username, outcome)


def _answer_code(visit: Visit, asked: Asked, standing: Step) -> Response:
    if "again" in visit.form and standing.offered:  # a first factor: choosing it again sends another code
        return _choose_again(visit, asked, standing, standing.at)
    if "other" in visit.form and standing.offered:
        return _choose_again(visit, asked, standing, "")
    code = "".join(visit.form.get("code", "").split())
    name = f"{standing.at}_CODE"
    return proceed(visit, asked, standing.username, _respond(visit, standing, standing.at, {name: code}))


def _answer_passkey(visit: Visit, asked: Asked, standing: Step) -> Response:
    if "other" in visit.form:
        return _choose_again(visit, asked, standing, "")
    credential = visit.form.get("credential", "")
    try:
        outcome = _respond(visit, standing, "WEB_AUTHN", {"CREDENTIAL": credential})
    except InvalidParameterException:
        return step.draw(visit, standing, _NO_PASSKEY)
    except NotAuthorizedException as error:
        if error.message != WRONG:
            raise
        return step.draw(visit, standing, _WRONG_PASSKEY)
    return proceed(visit, asked, standing.username, outcome)


def _choose_again(visit: Visit, asked: Asked, standing: Step, factor: str) -> Response:
    """Begin anew with the same name; the challenge that waits is left to its end."""
    preferred = {"PREFERRED_CHALLENGE": factor} if factor else {}
    outcome = start(visit, "USER_AUTH", {"USERNAME": standing.username, **preferred})
    return proceed(visit, asked, standing.username, outcome)


def _answer_mfa_type(visit: Visit, asked: Asked, standing: Step) -> Response:
    chosen = visit.form.get("factor", "")
    if chosen not in standing.offered:
        return step.draw(visit, standing, N_("Choose how you want to prove that it is you."))
    outcome = _respond(visit, standing, "SELECT_MFA_TYPE", {"ANSWER": chosen})
    return proceed(visit, asked, standing.username, outcome)


def _answer_set_up(visit: Visit, _asked: Asked, standing: Step) -> Response:
    chosen = visit.form.get("factor", "")
    if chosen not in standing.offered:
        return step.draw(visit, standing, N_("Choose what you want to set up."))
    return _set_up(visit, standing, chosen)


def _set_up(visit: Visit, standing: Step, factor: str) -> Response:
    following = replace(standing, at=_SET_UP[factor])
    if factor == SOFTWARE_TOKEN_MFA:
        secret, session = software_token.associate_in_sign_in(visit.call, standing.session)
        following = replace(following, session=session, shown={"secret": secret})
    return step.draw(visit, following)


def _answer_app(visit: Visit, asked: Asked, standing: Step) -> Response:
    code = "".join(visit.form.get("code", "").split())
    session = software_token.verify_in_sign_in(visit.call, standing.session, code, "")
    outcome = _respond(visit, replace(standing, session=session), "MFA_SETUP", {})
    return proceed(visit, asked, standing.username, outcome)


def _answer_address(visit: Visit, asked: Asked, standing: Step) -> Response:
    attribute, name = ("email", "EMAIL") if standing.at == SET_UP_EMAIL else ("phone_number", "PHONE_NUMBER")
    address = tidy(attribute, visit.form.get("address", ""))
    if not address:
        return step.draw(visit, standing, N_("Enter where codes are to be sent."))
    outcome = _respond(visit, standing, "MFA_SETUP", {name: address})
    return proceed(visit, asked, standing.username, outcome)


def _answer_new_password(visit: Visit, asked: Asked, standing: Step) -> Response:
    given = {name: tidy(name, visit.form.get(PREFIX + name, "")) for name in standing.offered}
    answers = {
        "NEW_PASSWORD": visit.form.get("password", ""),
        **{f"userAttributes.{name}": value for name, value in given.items() if value},
    }
    try:
        outcome = _respond(visit, standing, "NEW_PASSWORD_REQUIRED", answers)
    except ServiceError as error:
        if is_over(error):
            raise
        return step.draw(visit, standing, sentence(error), given=given)
    return proceed(visit, asked, standing.username, outcome)


_ANSWERS: Mapping[str, Callable[[Visit, Asked, Step], Response]] = {
    "SELECT_CHALLENGE": _answer_choice,
    PASSWORD: _answer_password,
    "EMAIL_OTP": _answer_code,
    "SMS_OTP": _answer_code,
    "SMS_MFA": _answer_code,
    "SOFTWARE_TOKEN_MFA": _answer_code,
    "WEB_AUTHN": _answer_passkey,
    "SELECT_MFA_TYPE": _answer_mfa_type,
    "MFA_SETUP": _answer_set_up,
    SET_UP_APP: _answer_app,
    SET_UP_EMAIL: _answer_address,
    SET_UP_PHONE: _answer_address,
    "NEW_PASSWORD_REQUIRED": _answer_new_password,
}
