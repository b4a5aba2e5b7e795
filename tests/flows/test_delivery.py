"""Messages that committed transactions owe: sent in the request, or later by the outbox."""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from sqlalchemy import create_engine

from poolhouse.domain.codes import CodePurpose, Delivery
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Credential, Status, User
from poolhouse.errors import (
    CodeDeliveryFailureException,
    InvalidLambdaResponseException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from poolhouse.flows import verification
from poolhouse.flows.delivery import deliver
from poolhouse.messages.channels import folder
from poolhouse.settings import Messages, Trigger
from poolhouse.settings import Triggers as TriggerSettings
from poolhouse.store.tables import metadata
from poolhouse.work import outbox
from support import functions
from support.logs import logged
from support.pools import ARN
from support.recorder import Recorder, json
from support.services import call, services

EMAIL = Delivery("EMAIL", "email", "mary@example.com")
SMS = Delivery("SMS", "phone_number", "+12065550100")
METADATA = {"hint": "metadata-marker"}


class World:
    """A pool with a user who is owed a message."""

    def __init__(self, made, *, username="mary", status=Status.UNCONFIRMED, attributes=None, **config):
        self.services, self.call = made, call(made)
        self.pool = Pool("us-east-1_A", "p", 1.0, 1.0, {}, {"SmsConfiguration": {}, **config})
        given = {"email": EMAIL.destination, "phone_number": SMS.destination, **(attributes or {})}
        self.user = User("us-east-1_A", "sub-1", username, status, True, 1.0, 1.0, given)
        made.store.write(self._add)

    def _add(self, tx):
        tx.pools.add(self.pool)
        tx.users.add(self.user)

    def owe(self, source="SignUp", delivery=EMAIL, secret="123456", purpose=CodePurpose.SIGN_UP):  # noqa: S107
        entry = verification.owe(
            self.call, self.user, source=source, delivery=delivery, secret=secret, client_id="client1"
        )

        def work(tx):
            verification.put(tx, self.call, self.user, purpose, delivery=delivery, code=secret)
            tx.outbox.add(entry)

        self.services.store.write(work)
        return entry

    def deliver(self, entry, metadata=None):
        deliver(self.call, self.pool, self.user, entry, metadata)

    @property
    def waiting(self):
        return self.services.store.read(lambda tx: tx.outbox.due(1e11, 100))

    @property
    def sent(self):
        return folder.read(self.services.settings.outbox_folder, 100)


@pytest.fixture
def world(store, clock, tmp_path):
    with ExitStack() as stack:

        def make(*, messages=None, trigger=None, **more):
            mapped = TriggerSettings(map=(trigger,) if trigger else ())
            return World(
                stack.enter_context(services(store, clock, tmp_path, messages=messages, triggers=mapped)),
                **more,
            )

        yield make


CUSTOM = {"LambdaConfig": {"CustomMessage": ARN}}


def python(name):
    return Trigger(arn="*", kind="python", callable=f"support.functions:{name}")


def rows(store_url: str) -> str:
    engine = create_engine(store_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        found = [str(connection.execute(table.select()).all()) for table in metadata.sorted_tables]
    engine.dispose()
    return "\n".join(found)


def headers(here, mail):
    eml = (here.services.settings.outbox_folder / f"{mail.id}.eml").read_bytes()
    return eml.partition(b"\r\n\r\n")[0]


def test_a_mail_is_sent_and_the_row_goes(world):
    here = world()
    here.deliver(here.owe())
    (mail,) = here.sent
    assert (mail.medium, mail.to, mail.subject) == ("EMAIL", "mary@example.com", "Your verification code")
    assert mail.body == "Your verification code is 123456. "
    assert here.waiting == []


def test_a_text_is_sent(world):
    here = world()
    here.deliver(here.owe("ForgotPassword", SMS, purpose=CodePurpose.FORGOT_PASSWORD))
    (sms,) = here.sent
    assert (sms.medium, sms.to, sms.body) == ("SMS", SMS.destination, "Your verification code is 123456. ")


def test_a_link(world):
    here = world(username="a b&c", VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK"})
    here.deliver(here.owe())
    (mail,) = here.sent
    assert mail.html
    assert (
        'href="https://id.example.com/confirmUser?client_id=client1&amp;user_name=a+b%26c'
        '&amp;confirmation_code=123456"' in mail.body
    )


def test_an_invitation_names_what_one_signs_in_with(world):
    here = world(username="sub-1", status=Status.FORCE_CHANGE_PASSWORD)
    here.user = replace(here.user, identifier="email")
    here.deliver(here.owe("AdminCreateUser", secret="Temp-<1>"))
    assert here.sent[0].body == "Your username is mary@example.com and temporary password is Temp-<1>. "


def test_an_invitation_that_would_not_tell_the_password_is_not_sent(world):
    template = {"InviteMessageTemplate": {"EmailMessage": "Welcome, {username}!"}}
    here = world(AdminCreateUserConfig=template)
    here.deliver(here.owe("AdminCreateUser"))
    assert here.sent == []
    assert here.waiting == []


@pytest.mark.parametrize(
    "username", ["{####}", "{##x##}", "<script>alert(1)</script>", "mary\r\nBcc: eve@example.com"]
)
def test_a_username_injects_nothing(world, username):
    template = {"InviteMessageTemplate": {"EmailMessage": "<p>{username} {####}</p>", "EmailSubject": "Hi"}}
    here = world(username=username, status=Status.FORCE_CHANGE_PASSWORD, AdminCreateUserConfig=template)
    here.deliver(here.owe("AdminCreateUser"))
    (mail,) = here.sent
    assert "<script>" not in mail.body
    assert mail.body.endswith(" 123456</p>")
    assert b"Bcc" not in headers(here, mail)


def test_an_address_with_a_line_break_is_refused(world):
    here = world()
    entry = here.owe(delivery=Delivery("EMAIL", "email", "m@example.com\r\nBcc: eve@example.com"))
    with pytest.raises(CodeDeliveryFailureException):
        here.deliver(entry)
    assert here.sent == []


def test_the_trigger_writes_the_message(world):
    here = world(trigger=python("write_message"), **CUSTOM)
    here.deliver(here.owe(), METADATA)
    (mail,) = here.sent
    assert (mail.subject, mail.body) == ("For mary", "Use 123456 (metadata-marker)")
    event = functions.SEEN[-1]
    assert event["triggerSource"] == "CustomMessage_SignUp"
    assert event["userName"] == "mary"
    assert event["callerContext"]["clientId"] == "client1"
    assert event["request"] == {
        "userAttributes": {
            "sub": "sub-1",
            "cognito:user_status": "UNCONFIRMED",
            "email": "mary@example.com",
            "phone_number": "+12065550100",
        },
        "codeParameter": "{####}",
        "linkParameter": "{##Click Here##}",
        "usernameParameter": None,
        "clientMetadata": METADATA,
    }
    assert event["response"] == {"smsMessage": None, "emailMessage": None, "emailSubject": None}
    assert "123456" not in str(event)


def test_line_breaks_in_an_attribute_reach_no_header(world):
    """A trigger puts the user's name into the subject; the name holds a header."""
    name = "Mary\r\nBcc: eve@example.com"
    here = world(trigger=python("subject_from_name"), attributes={"name": name}, **CUSTOM)
    here.deliver(here.owe())
    (mail,) = here.sent
    assert mail.subject == "For Mary Bcc: eve@example.com"
    assert b"\r\nBcc" not in headers(here, mail)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("refuse", UserLambdaValidationException),
        ("no_code", InvalidLambdaResponseException),
        ("forget", InvalidLambdaResponseException),
        ("wrong_type", InvalidLambdaResponseException),
    ],
)
def test_what_the_trigger_refuses_is_not_sent_later(world, name, error):
    here = world(trigger=python(name), **CUSTOM)
    entry = here.owe()
    with pytest.raises(error):
        here.deliver(entry)
    assert (here.sent, here.waiting) == ([], [])


def test_a_trigger_that_is_not_mapped(world):
    here = world(**CUSTOM)
    entry = here.owe()
    with pytest.raises(
        UnexpectedLambdaException, match="CustomMessage invocation failed due to configuration"
    ):
        here.deliver(entry)


def test_metadata_is_in_no_row_and_no_log(world, store_url):
    here = world(trigger=python("write_message"), messages=Messages(email="none"), **CUSTOM)
    entry = here.owe(secret="the-secret")
    with logged() as lines, pytest.raises(CodeDeliveryFailureException):
        here.deliver(entry, METADATA)
    assert functions.SEEN[-1]["request"]["clientMetadata"] == METADATA
    assert len(here.waiting) == 1
    dump = rows(store_url)
    assert "mary@example.com" in dump
    assert "metadata-marker" not in dump
    assert "the-secret" not in dump
    log = b"".join(lines)
    assert b"message_not_sent" in log
    assert b"marker" not in log
    assert b"mary@" not in log
    assert b"the-secret" not in log


def test_the_outbox_tries_again_with_growing_pauses(world):
    with Recorder(json(b"{}", 500)) as twilio:
        here = world(
            messages=Messages(
                sms="twilio",
                twilio_account="A",
                twilio_token="t",
                twilio_sender="+1",
                twilio_url=twilio.url,
            )
        )
        entry = here.owe(delivery=SMS)
        with pytest.raises(CodeDeliveryFailureException):
            here.deliver(entry)
        assert len(twilio.requests) == 1
        clock = here.services.clock
        for number, pause in enumerate([60, 60, 120, 240], start=2):
            clock.advance(pause - 1)
            outbox.deliver_due(here.services)
            assert len(twilio.requests) == number - 1
            clock.advance(1)
            outbox.deliver_due(here.services)
            assert len(twilio.requests) == number
        twilio.answer = json(b"{}", 201)
        clock.advance(480)
        outbox.deliver_due(here.services)
        assert here.waiting == []
        clock.advance(100_000)
        outbox.deliver_due(here.services)
        assert len(twilio.requests) == 6


def test_pauses_never_exceed_an_hour():
    assert [outbox.wait_seconds(n) for n in (0, 1, 5, 6, 100)] == [60, 120, 1920, 3600, 3600]


def test_a_message_sent_later_asks_the_trigger_without_metadata(world):
    here = world(trigger=python("write_message"), **CUSTOM)
    here.owe()
    here.services.clock.advance(61)
    outbox.deliver_due(here.services)
    assert functions.SEEN[-1]["request"]["clientMetadata"] is None
    assert here.sent[0].body == "Use 123456 (None)"


@pytest.mark.parametrize("why", ["expired", "used", "replaced", "no user", "address changed"])
def test_a_message_that_has_become_worthless_is_dropped(world, why):
    here = world()
    here.owe()
    store, clock = here.services.store, here.services.clock
    clock.advance(61)
    if why == "expired":
        clock.advance(24 * 3600)
    elif why == "used":
        store.write(lambda tx: tx.codes.delete("us-east-1_A", "sub-1", CodePurpose.SIGN_UP))
    elif why == "replaced":
        store.write(
            lambda tx: verification.put(
                tx, here.call, here.user, CodePurpose.SIGN_UP, delivery=EMAIL, code="654321"
            )
        )
    elif why == "no user":
        store.write(lambda tx: tx.users.delete("us-east-1_A", "sub-1"))
    else:

        def move(tx):
            user = tx.users.get("us-east-1_A", "sub-1")
            tx.users.save(replace(user, attributes={**user.attributes, "email": "new@example.com"}))

        store.write(move)
    outbox.deliver_due(here.services)
    assert (here.sent, here.waiting) == ([], [])


def test_an_invitation_is_sent_later_while_the_password_is_temporary(world):
    here = world(status=Status.FORCE_CHANGE_PASSWORD)
    temporary = Credential(b"salt", b"sealed", "", True, here.services.clock.now())
    here.services.store.write(lambda tx: tx.credentials.put(here.pool.id, here.user.sub, temporary))
    here.owe("AdminCreateUser")
    here.services.clock.advance(61)
    outbox.deliver_due(here.services)
    assert len(here.sent) == 1


def test_a_greeting_without_a_password_is_sent_later_too(world):
    here = world(status=Status.CONFIRMED)
    here.owe("AdminCreateUser", secret="")
    here.services.clock.advance(120)
    outbox.deliver_due(here.services)
    assert here.sent[0].body == "Your username is mary. "


def test_an_invitation_is_not_sent_to_who_has_chosen_a_password(world):
    here = world(status=Status.CONFIRMED)
    here.owe("AdminCreateUser")
    here.services.clock.advance(61)
    outbox.deliver_due(here.services)
    assert (here.sent, here.waiting) == ([], [])


def test_of_several_processes_one_sends(world):
    """Another process leases the message between this one's look and its own lease."""
    here = world()
    here.owe()
    here.services.clock.advance(61)
    store = here.services.store
    (seen,) = here.waiting
    assert store.write(lambda tx: tx.outbox.postpone(seen, 3e9)) is not None
    outbox._attempt(here.call, seen)
    assert here.sent == []
