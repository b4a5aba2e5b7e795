"""Names and values full of what means something to SQL, HTML, URLs, templates and mail, from sign-up to the page."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from support.server import RunningServer
from support.sign_in import PASSWORD

NAMES = [
    "'||(SELECT/**/sub)--",
    "x';DELETE/**/FROM/**/users;--",
    "<script>alert(1)</script>",
    '"onmouseover="alert(1)',
    "{{1234*4321}}${1234*4321}{%print(1234*4321)%}",
    "{####}{username}{##Click##}",
    "a&user_name=admin#x?y=%00%0d%0a+",
    "../../etc/passwd",
    "%s%n%(x)d{0}",
    "\\u0027\\x27",
    "Ἀθῆναι日本語العربية👩🇩🇪",
]


@pytest.mark.parametrize("by", ["CONFIRM_WITH_LINK", "CONFIRM_WITH_CODE"])
def test_a_name_stays_what_it_is_all_the_way(server: RunningServer, by: str) -> None:
    idp = server.client()
    pool = idp.create_user_pool(
        PoolName="people",
        AutoVerifiedAttributes=["email"],
        VerificationMessageTemplate={
            "DefaultEmailOption": by,
            "EmailMessage": "Hello {username}, it is {####}.",
            "EmailMessageByLink": "Hello {username}, {##follow <i>this</i>##}.",
        },
    )["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
    for number, name in enumerate(NAMES):
        email = f"u{number}@example.com"
        idp.sign_up(
            ClientId=client,
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": name}],
        )
        (mail,) = server.mails(email)
        assert "<script" not in mail["body"]
        assert "5332114" not in mail["body"]
        if by == "CONFIRM_WITH_LINK":
            _follow(server, mail["body"], client, name)
        else:
            idp.confirm_sign_up(ClientId=client, Username=name, ConfirmationCode=_code(mail["body"]))
    users = idp.list_users(UserPoolId=pool)["Users"]
    assert sorted(user["Username"] for user in users) == sorted(NAMES)
    for user in users:
        attributes = {each["Name"]: each["Value"] for each in user["Attributes"]}
        assert (user["UserStatus"], attributes["name"]) == ("CONFIRMED", user["Username"])


def _code(body: str) -> str:
    return re.findall(r"it is (\d{6})", body)[-1]


def _follow(server: RunningServer, body: str, client: str, name: str) -> None:
    links = re.findall(r'href="([^"]*)"', body)
    assert len(links) == 1
    parts = urlsplit(unescape(links[0]))
    query = parse_qs(parts.query, strict_parsing=True)
    assert query["client_id"] == [client]
    assert query["user_name"] == [name]
    browser = Client(server.application.wsgi, Response)
    page = browser.get(parts.path, query_string=parts.query)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    again = browser.get(parts.path, query_string=parts.query)
    assert again.status_code == 400


def test_a_link_with_metacharacters_shows_none_of_them(server: RunningServer) -> None:
    browser = Client(server.application.wsgi, Response)
    for name in NAMES:
        for member in ("client_id", "user_name", "confirmation_code"):
            page = browser.get("/confirmUser", query_string={member: name})
            assert page.status_code == 400
            assert name not in page.text
            assert "5332114" not in page.text
