"""Signing up: the form, the code that proves an address, another code. Who is confirmed is signed in."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace
from werkzeug.wrappers import Response

from poolhouse.domain import lockout
from poolhouse.domain.codes import Delivery
from poolhouse.domain.masks import mask
from poolhouse.domain.terms import links_for
from poolhouse.domain.user import Status
from poolhouse.errors import FeatureUnavailableInTierException, NotAuthorizedException, ServiceError
from poolhouse.flows import handover
from poolhouse.flows import sign_up as flow
from poolhouse.flows.attempt import Outcome
from poolhouse.pages import attributes, names, sign_in, step
from poolhouse.pages.asking import Asked, ask
from poolhouse.pages.attributes import tidy
from poolhouse.pages.language import N_
from poolhouse.pages.problems import WEAK, WRONG_CODE, sentence
from poolhouse.pages.render import redirection
from poolhouse.pages.step import CONFIRM
from poolhouse.pages.visit import Refused, Visit

_CLOSED = N_("You cannot sign up here. Ask an administrator for an account.")
_NO_NAME = N_("Choose a name.")
_NO_CODE = N_("Enter the code that was sent to you.")
_CONFIRMED = N_("Your account is confirmed. You can sign in now.")
_SENT = N_("A new code is on its way.")
_LONGEST = {"username": 128, "password": 256}


def sign_up(visit: Visit) -> Response:
    """Show the form, or register whoever has filled it in."""
    asked = ask(visit)
    if not sign_in.may_sign_up(visit):
        raise Refused(_CLOSED, 403)
    if visit.request.method != "POST":
        return _show(visit, {"username": visit.request.args.get("login_hint", "")})
    fields = attributes.at_sign_up(visit.pool)
    username = tidy("username", visit.form.get("username", ""))
    password = visit.form.get("password", "")
    given = attributes.posted(visit.form, fields)
    typed = {"username": username, **given}
    if not _may_be_name(username):
        return _show(visit, typed, _NO_NAME)
    if not password or len(password) > _LONGEST["password"]:
        return _show(visit, typed, WEAK)
    registration = flow.Registration(username, password, tuple(given.items()))
    try:
        user, delivery = flow.sign_up(visit.call, visit.pool, visit.client, registration)
    except ServiceError as error:
        return _show(visit, typed, sentence(error))
    if user.status is Status.CONFIRMED:
        proof = {"USERNAME": username, "PASSWORD": password}
        return _sign_in(visit, asked, username, lambda: sign_in.start(visit, "USER_PASSWORD_AUTH", proof))
    session = handover.begun(visit.call, visit.client, user) or ""
    return step.draw(visit, _waiting(visit, username, session, delivery))


def confirm(visit: Visit) -> Response:
    """Take the code that proves an address, and sign its owner in."""
    asked = ask(visit)
    if visit.request.method != "POST":
        return _ask_name(visit)
    standing = _standing(visit)
    code = "".join(visit.form.get("code", "").split())
    if "code" not in visit.form or not code:
        return step.draw(visit, standing, _NO_CODE if "code" in visit.form else "")
    begun = handover.opened(visit.call, visit.client, standing.session or None)
    try:
        user = flow.confirm(visit.call, visit.pool, visit.client, standing.username, code)
    except ServiceError as error:
        # That somebody is confirmed already is no business of whoever has no code.
        concealed = isinstance(error, NotAuthorizedException) and error.message != lockout.EXCEEDED
        return step.draw(visit, standing, WRONG_CODE if concealed else sentence(error))
    session = handover.confirmed(visit.call, visit.client, user, begun)
    if session is None:
        return sign_in.show(visit, asked, username=standing.username, done=_CONFIRMED)
    return _sign_in(visit, asked, standing.username, lambda: sign_in.start(visit, "USER_AUTH", {}, session))


def resend(visit: Visit) -> Response:
    """Send another code; nobody hears whether there is somebody to send it to."""
    ask(visit)
    if visit.request.method != "POST":
        return redirection(visit.to("/confirm"))
    standing = _standing(visit)
    try:
        delivery = flow.resend(visit.call, visit.pool, visit.client, standing.username)
    except ServiceError as error:
        return step.draw(visit, standing, sentence(error))
    again = _waiting(visit, standing.username, standing.session, delivery)
    return step.draw(visit, again, done=visit.say(_SENT))


def _show(visit: Visit, given: Mapping[str, str], problem: str = "") -> Response:
    pool = visit.pool
    documents = visit.services.store.peek(lambda tx: tx.terms.of_client(pool.id, visit.client.id))
    return visit.page(
        "sign_up.html",
        documents=links_for(documents, visit.spoken.tag),
        given=given,
        problem=visit.say(problem),
        fields=attributes.at_sign_up(pool),
        policy=pool.password_policy,
        name_label=visit.say(names.at_sign_up(pool)),
        name_type=names.input_type(pool),
    )


def _sign_in(visit: Visit, asked: Asked, username: str, begin: Callable[[], Outcome]) -> Response:
    """Sign in who has just been confirmed; where that does not work, they sign in themselves."""
    try:
        outcome = begin()
    except (FeatureUnavailableInTierException, NotAuthorizedException):
        return sign_in.show(visit, asked, username=username, done=_CONFIRMED)
    return sign_in.proceed(visit, asked, username, outcome)


def _standing(visit: Visit) -> step.Step:
    """Return the step of a form; one without is of the page that asks for the name."""
    opened = step.opened(visit, CONFIRM)
    username = tidy("username", visit.form.get("username", ""))
    if opened is None and not _may_be_name(username):
        raise Refused(step.LOST)
    return opened or step.begin(visit, CONFIRM, username)


def _waiting(visit: Visit, username: str, session: str, delivery: Delivery | None) -> step.Step:
    waiting = step.begin(visit, CONFIRM, username, session=session)
    if delivery is None:
        return waiting
    return replace(waiting, shown={"destination": mask(delivery.medium, delivery.destination)})


def _ask_name(visit: Visit, problem: str = "") -> Response:
    return visit.page(
        "confirm_name.html",
        problem=visit.say(problem),
        username=visit.request.args.get("login_hint", ""),
        name_label=visit.say(names.at_sign_in(visit.pool)),
        name_type=names.input_type(visit.pool),
    )


def _may_be_name(text: str) -> bool:
    """Tell whether the API would take a username: nothing invisible, nothing too long."""
    return 0 < len(text) <= _LONGEST["username"] and text.isprintable() and " " not in text
