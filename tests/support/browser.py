"""Werkzeug's test client on the pages, mounted as the edge mounts them: with the whole path."""

from typing import TYPE_CHECKING

from werkzeug.test import Client
from werkzeug.wrappers import Response

from poolhouse.flows.call import Services
from poolhouse.pages.mounts import mounts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def browser(made: Services) -> Client:
    mounted = mounts(made)

    def application(environ, start):
        path = environ["PATH_INFO"]
        fits = (app for prefix, app in mounted.items() if path == prefix or path.startswith(prefix + "/"))
        chosen: WSGIApplication = next(fits, Response("elsewhere", 404))
        return chosen(environ, start)

    return Client(application)
