"""Forgotten passwords: a code is sent, and sets a new password. All goes alike for nobody."""

from msgspec.structs import replace
from werkzeug.wrappers import Response

from poolhouse.domain.masks import mask
from poolhouse.errors import LimitExceededException, ServiceError
from poolhouse.flows import recovery
from poolhouse.pages import names, sign_in, step
from poolhouse.pages.asking import ask
from poolhouse.pages.attributes import tidy
from poolhouse.pages.language import N_
from poolhouse.pages.problems import WEAK, sentence
from poolhouse.pages.render import redirection
from poolhouse.pages.step import RESET
from poolhouse.pages.visit import Refused, Visit

_NO_NAME = N_("Enter the name that you sign in with.")
_NO_RECOVERY = N_("You cannot reset your password here. Ask an administrator to do it.")
_SENT = N_("A new code is on its way.")
_DONE = N_("Your new password is set. You can sign in with it now.")
_LONGEST_NAME, _LONGEST_PASSWORD = 128, 256


def forgot(visit: Visit) -> Response:
    """Ask for the name, and send a code to who has it."""
    ask(visit)
    if visit.pool.recovery_mechanisms == ("admin_only",):
        raise Refused(_NO_RECOVERY, 403)
    if visit.request.method != "POST":
        return _show(visit, visit.request.args.get("login_hint", ""))
    opened = step.opened(visit, RESET)
    username = opened.username if opened else tidy("username", visit.form.get("username", ""))
    if not 0 < len(username) <= _LONGEST_NAME or not username.isprintable():
        return _show(visit, username[:_LONGEST_NAME], _NO_NAME)
    waiting = step.begin(visit, RESET, username)
    try:
        delivery = recovery.begin(visit.call, visit.pool, visit.client, username, conceals_state=True)
    except LimitExceededException as error:
        return (
            step.draw(visit, waiting, sentence(error)) if opened else _show(visit, username, sentence(error))
        )
    except ServiceError as error:
        return _show(visit, username, sentence(error))
    waiting = replace(waiting, shown={"destination": mask(delivery.medium, delivery.destination)})
    return step.draw(visit, waiting, done=visit.say(_SENT) if opened else "")


def reset(visit: Visit) -> Response:
    """Take the code and the new password."""
    asked = ask(visit)
    if visit.request.method != "POST":
        return redirection(visit.to("/forgotPassword"))
    waiting = step.require(visit, RESET)
    password = visit.form.get("password", "")
    if not password or len(password) > _LONGEST_PASSWORD:
        return step.draw(visit, waiting, WEAK)
    code = "".join(visit.form.get("code", "").split())
    try:
        with visit.services.addresses.watched(visit.call, visit.pool, visit.client):
            recovery.finish(
                visit.call, visit.pool, visit.client, waiting.username, code=code, password=password
            )
    except ServiceError as error:
        return step.draw(visit, waiting, sentence(error))
    return sign_in.show(visit, asked, username=waiting.username, done=_DONE)


def _show(visit: Visit, username: str, problem: str = "") -> Response:
    return visit.page(
        "forgot.html",
        username=username,
        problem=visit.say(problem),
        name_label=visit.say(names.at_sign_in(visit.pool)),
        name_type=names.input_type(visit.pool),
    )
