"""A code leaves through each real channel, and confirms the person who signed up with it."""

import json
import re
from contextlib import ExitStack
from urllib.parse import parse_qs

import msgspec
import pytest

from poolhouse.settings import Aws
from poolhouse.store import open_store
from support import certificates, mail_server
from support.folk import AUTO_BOTH, AUTO_EMAIL, EMAIL, PHONE, people
from support.recorder import Recorder
from support.recorder import json as answering
from support.server import running_server


@pytest.fixture
def serve(store_url, clock, tmp_path):
    """Start a server with other members of `[messages]`."""
    with ExitStack() as running:

        def start(**messages):
            def change(settings):
                return msgspec.structs.replace(
                    settings,
                    aws=Aws(access_key_id="AKIAEXAMPLE", secret_access_key="secret"),
                    messages=msgspec.structs.replace(settings.messages, **messages),
                )

            store = open_store(store_url, clock)
            return running.enter_context(running_server(store, tmp_path, clock, change))

        yield start


def code_in(text):
    return re.search(r"\b\d{6}\b", text)[0]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_smtp_with_tls_and_auth(serve, tmp_path, security):
    authority = certificates.make(tmp_path)
    inbox = mail_server.Inbox()
    tls = {"implicit": authority.server}
    if security == "starttls":
        tls = {"tls_context": authority.server, "require_starttls": True}
    needed = {
        "auth_required": True,
        "auth_require_tls": security == "starttls",  # aiosmtpd does not see TLS that was there first
        "authenticator": mail_server.authenticator,
    }
    with mail_server.serve(inbox, **tls, **needed) as port:
        server = serve(
            email="smtp",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security=security,
            smtp_ca=str(authority.ca),
            smtp_user="mailer",
            smtp_password="password",
            sender="Accounts <accounts@example.com>",
        )
        pool = people(server, **AUTO_EMAIL)
        delivery = pool.sign_up("jane", email=EMAIL)["CodeDeliveryDetails"]
    assert delivery["Destination"] == "j***@e***"
    message = inbox.message()
    assert (message["To"], message["From"]) == (EMAIL, "Accounts <accounts@example.com>")
    assert inbox.sessions[0][1] is True
    pool.confirm("jane", code_in(message.get_content()))
    assert pool.status("jane") == "CONFIRMED"
    assert b"password" not in b"".join(server.log)


def test_ses(serve):
    with Recorder(answering(b'{"MessageId": "1"}')) as aws:
        pool = people(serve(email="ses", ses_endpoint=aws.url), **AUTO_EMAIL)
        pool.sign_up("jane", email=EMAIL)
    (request,) = aws.requests
    sent = json.loads(request.body)
    assert sent["Destination"] == {"ToAddresses": [EMAIL]}
    pool.confirm("jane", code_in(sent["Content"]["Simple"]["Body"]["Text"]["Data"]))
    assert pool.status("jane") == "CONFIRMED"


def test_sns(serve):
    with Recorder(lambda _: (200, {"content-type": "text/xml"}, _PUBLISHED)) as aws:
        pool = people(serve(sms="sns", sns_endpoint=aws.url), **AUTO_BOTH)
        delivery = pool.sign_up("jane", phone_number=PHONE)["CodeDeliveryDetails"]
    assert delivery == {
        "AttributeName": "phone_number",
        "DeliveryMedium": "SMS",
        "Destination": "+*******4567",
    }
    (request,) = aws.requests
    form = parse_qs(request.body.decode())
    assert (form["Action"], form["PhoneNumber"]) == (["Publish"], [PHONE])
    pool.confirm("jane", code_in(form["Message"][0]))
    assert pool.get("jane")["attributes"]["phone_number_verified"] == "true"


_PUBLISHED = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1'
    b"</MessageId></PublishResult><ResponseMetadata><RequestId>2</RequestId></ResponseMetadata>"
    b"</PublishResponse>"
)


def test_twilio(serve):
    with Recorder(answering(b'{"sid": "SM1"}', status=201)) as twilio:
        settings = {"twilio_url": twilio.url, "twilio_account": "AC1", "twilio_token": "t"}
        pool = people(serve(sms="twilio", twilio_sender="+15005550006", **settings), **AUTO_BOTH)
        pool.sign_up("jane", phone_number=PHONE)
    (request,) = twilio.requests
    form = parse_qs(request.body.decode())
    assert (form["To"], form["From"]) == ([PHONE], ["+15005550006"])
    pool.confirm("jane", code_in(form["Body"][0]))
    assert pool.status("jane") == "CONFIRMED"
