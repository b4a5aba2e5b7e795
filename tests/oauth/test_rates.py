"""Request rates count for the endpoints as for the operations that do the same."""

import pytest
from werkzeug.test import Client

from poolhouse.errors import TooManyRequestsException
from poolhouse.oauth.endpoint import REQUEST_ID
from poolhouse.oauth.mounts import mounts
from support.oauth import FORM

COUNTED = [
    ("/oauth2/token", "grant_type=client_credentials", "GetClientToken"),
    ("/oauth2/token", "grant_type=refresh_token", "GetTokensFromRefreshToken"),
    ("/oauth2/token", "grant_type=authorization_code", "GetTokensFromRefreshToken"),
    ("/oauth2/token", "", "GetTokensFromRefreshToken"),
    ("/oauth2/revoke", "token=x", "RevokeToken"),
    ("/oauth2/userInfo", "", "GetUser"),
    ("/oauth2/register", "", "CreateUserPoolClient"),
]


@pytest.mark.parametrize(("path", "content", "operation"), COUNTED)
def test_more_requests_than_a_second_allows(shared, path, content, operation):
    counted = []

    def limit(name):
        counted.append(name)
        raise TooManyRequestsException("Rate exceeded")

    def nobody(_token, _scope):
        raise AssertionError("nothing is looked at any more")

    endpoint = Client(mounts(shared.server.services, nobody, nobody, limit)[path])
    environ = {REQUEST_ID: "r-1"}
    answer = endpoint.post(path, data=content, content_type=FORM, environ_overrides=environ)
    assert (answer.status_code, answer.json) == (429, {"error": "temporarily_unavailable"})
    assert counted == [operation]
