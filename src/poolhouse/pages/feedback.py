"""The page behind the links of a notification: it asks whether it was you (digest «users» §4.3).

Opening a link changes nothing: mail scanners follow all of them, and a notification has one for each answer.
What is answered is posted with the token, which is all the proof there is: no cookie is looked at.
"""

from werkzeug.wrappers import Request, Response

from poolhouse.domain.auth_events import INVALID, VALID
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows import feedback
from poolhouse.flows.call import Services
from poolhouse.flows.notifications import PATH
from poolhouse.pages.errors import problem
from poolhouse.pages.language import N_, chosen
from poolhouse.pages.render import page
from poolhouse.pages.visit import call_of

_USELESS = N_("This link is not valid, has been used already, or has expired.")
_THANKS = {
    VALID: N_("Thank you. We will remember it."),
    INVALID: N_("Thank you. Change your password now, so that nobody else can sign in with it."),
}


def show(services: Services, request: Request) -> Response:
    """Ask, or take the answer."""
    call, spoken = call_of(services, request), chosen(request)
    token = request.values.get("feedback_token", "")
    about, done = feedback.opened(call, token), ""
    if about is None:
        return problem(services, request, _USELESS)
    if request.method == "POST":
        value = request.form.get("feedback_value", "")
        if value not in _THANKS:
            return problem(services, request, _USELESS)
        try:
            feedback.give(call, about, value)
        except NotAuthorizedException:
            return problem(services, request, _USELESS)
        done = _THANKS[value]
    return page(
        "feedback.html",
        services.entropy,
        spoken=spoken,
        posts_to="'self'",
        path=PATH,
        token=token,
        valid=VALID,
        invalid=INVALID,
        done=spoken.say(done) if done else "",
    )
