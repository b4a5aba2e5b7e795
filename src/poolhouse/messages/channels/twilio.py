"""SMS through Twilio's HTTP API, or one that speaks it: POST of `Messages.json`."""

import base64
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import quote, urlencode, urlsplit

import httpx2

from poolhouse.messages.outgoing import SendingError, Sms
from poolhouse.outbound import http
from poolhouse.settings import Messages, SettingsError


def sender(settings: Messages, resources: ExitStack) -> Callable[[Sms], None]:
    """Return the sender.

    Args:
        settings: how messages leave.
        resources: takes what is to be closed at the end.

    Raises:
        SettingsError: account, token, sender or URL is missing.
    """
    account, token = settings.twilio_account, settings.twilio_token
    if not (account and token and settings.twilio_sender and urlsplit(settings.twilio_url).hostname):
        raise SettingsError("messages: twilio needs twilio_account, twilio_token and twilio_sender")
    url = f"{settings.twilio_url.rstrip('/')}/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json"
    headers = {
        "authorization": "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode(),
        "content-type": "application/x-www-form-urlencoded",
    }
    is_service = settings.twilio_sender.startswith("MG")
    sender_member = "MessagingServiceSid" if is_service else "From"
    client = resources.enter_context(http.client(settings.timeout_seconds))

    def send(sms: Sms) -> None:
        form = {"To": sms.to, sender_member: settings.twilio_sender, "Body": sms.body}
        try:
            status, _ = http.post(client, url, content=urlencode(form).encode(), headers=headers)
        except httpx2.HTTPError as error:
            raise SendingError(f"Twilio: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise SendingError(f"Twilio: HTTP {status}")

    return send
