"""A mail server that is down: the user exists, and the message leaves later (digest «users» §3.1, §3.5, §3.9)."""

import socket

import msgspec
import pytest

from poolhouse.store import open_store
from support.folk import AUTO_EMAIL, EMAIL, people
from support.refusals import refusal
from support.server import running_server

FAILED = "CodeDeliveryFailureException"


@pytest.fixture
def server(store_url, clock, tmp_path):
    """A server whose e-mail goes to a port where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]

        def with_smtp(settings):
            messages = msgspec.structs.replace(
                settings.messages, email="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"
            )
            return msgspec.structs.replace(settings, messages=messages)

        with running_server(open_store(store_url, clock), tmp_path, clock, with_smtp) as running:
            yield running


@pytest.fixture
def pool(server):
    return people(server, **AUTO_EMAIL)


def owed(server):
    entries = server.store.read(lambda tx: tx.outbox.due(float("inf"), 100))
    return [(entry.source, entry.delivery.destination) for entry in entries]


def test_sign_up(server, pool):
    assert refusal(pool.sign_up, "jane", email=EMAIL)[0] == FAILED
    assert pool.status("jane") == "UNCONFIRMED"
    assert owed(server) == [("SignUp", EMAIL)]
    assert refusal(pool.sign_up, "jane", email=EMAIL) == ("UsernameExistsException", "User already exists")


def test_an_invitation(server, pool):
    assert refusal(pool.create, "jane", {"email": EMAIL}, MessageAction=None)[0] == FAILED
    assert pool.status("jane") == "FORCE_CHANGE_PASSWORD"
    assert owed(server) == [("AdminCreateUser", EMAIL)]


def test_a_forgotten_password(server, pool):
    pool.confirmed("jane", email=EMAIL, email_verified="true")
    assert refusal(pool.idp.forgot_password, ClientId=pool.client, Username="jane")[0] == FAILED
    assert owed(server) == [("ForgotPassword", EMAIL)]


def test_an_administrators_reset_is_not_told(server, pool):
    """The model gives AdminResetUserPassword no error for it."""
    pool.confirmed("jane", email=EMAIL, email_verified="true")
    pool.idp.admin_reset_user_password(UserPoolId=pool.pool, Username="jane")
    assert pool.status("jane") == "RESET_REQUIRED"
    assert owed(server) == [("ForgotPassword", EMAIL)]


def test_a_client_that_hides_users_does_not_hear_of_it(server):
    """Or it would learn who exists while the mail server is down."""
    pool = people(server, {"PreventUserExistenceErrors": "ENABLED"}, **AUTO_EMAIL)
    pool.confirmed("jane", email=EMAIL, email_verified="true")
    assert refusal(pool.sign_up, "joan", email=EMAIL)[0] == FAILED
    for name in ("jane", "nobody"):
        sent = pool.idp.forgot_password(ClientId=pool.client, Username=name)["CodeDeliveryDetails"]
        assert sent["DeliveryMedium"] == "EMAIL"
    for name in ("joan", "nobody"):
        sent = pool.idp.resend_confirmation_code(ClientId=pool.client, Username=name)["CodeDeliveryDetails"]
        assert sent["DeliveryMedium"] == "EMAIL"
    server.services.couriers.wait(10)
    assert sorted(source for source, _ in owed(server)) == ["ForgotPassword", "ResendCode", "SignUp"]
