"""A person signs up through boto3, opens the mailed link in the outbox, and is confirmed: over real HTTP."""

import re
from html import unescape

import httpx2
import pytest

from support.server import running_server


@pytest.fixture
def server(store, clock, tmp_path):
    with running_server(store, tmp_path, clock) as running:
        yield running


def test_sign_up_by_link(server):
    idp = server.client()
    pool_id = idp.create_user_pool(
        PoolName="people",
        AutoVerifiedAttributes=["email"],
        VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK"},
    )["UserPool"]["Id"]
    client_id = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="web")["UserPoolClient"][
        "ClientId"
    ]
    idp.sign_up(
        ClientId=client_id,
        Username="mary",
        Password="Correct-Horse-7",
        UserAttributes=[{"Name": "email", "Value": "mary@example.com"}],
    )
    with httpx2.Client() as browser:
        outbox = browser.get(f"{server.url}/_poolhouse/outbox.json?to=mary@example.com")
        (mail,) = outbox.json()["messages"]
        link = unescape(re.search(r'href="([^"]+)"', mail["body"])[1])
        assert mail["id"] in browser.get(f"{server.url}/_poolhouse/outbox").text
        page = browser.get(link.replace("localhost", "127.0.0.1"))
    assert (page.status_code, "Account confirmed" in page.text) == (200, True)
    user = idp.admin_get_user(UserPoolId=pool_id, Username="mary")
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]
