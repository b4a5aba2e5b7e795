"""A mail server that is down: what is stored stays, and the message leaves later (digest «users» §2.2, step 9)."""

import socket

import msgspec
import pytest

from poolhouse.store import open_store
from support.people import ALIASES, AUTO_BOTH, HOLD_BOTH, People, fresh, refused
from support.server import running_server


@pytest.fixture
def people(store_url, clock, tmp_path):
    """A server whose e-mail goes to a port where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]

        def with_smtp(settings):
            messages = msgspec.structs.replace(
                settings.messages, email="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"
            )
            return msgspec.structs.replace(settings, messages=messages)

        with running_server(open_store(store_url, clock), tmp_path, clock, with_smtp) as server:
            yield People(server, server.client(), store_url)


def owed(people):
    entries = people.server.store.read(lambda tx: tx.outbox.due(float("inf"), 100))
    return [entry.delivery.destination for entry in entries]


def test_the_user_is_told_the_change_stays_and_the_message_is_owed(people):
    for setting in (HOLD_BOTH, AUTO_BOTH):
        sue, new = people.pool(**ALIASES, **setting).user(), fresh()
        with refused("CodeDeliveryFailureException"):
            sue.update({"email": new, "name": "Sue"})
        assert sue.get()["name"] == "Sue"
        assert sue.get().get("email") == (None if setting is HOLD_BOTH else new)
        assert new in owed(people)
        with refused("CodeDeliveryFailureException"):
            sue.update({"email": new} if setting is HOLD_BOTH else {"email": fresh()})


def test_an_administrator_is_not_told(people):
    sue, new = people.pool(**ALIASES, **AUTO_BOTH).user(), fresh()
    sue.admin_update({"email": new})
    assert sue.get()["email"] == new
    assert owed(people) == [new]


def test_a_requested_code(people):
    email = fresh()
    sue = people.pool(**ALIASES).user(email=email)
    with refused("CodeDeliveryFailureException"):
        sue.request_code("email")
    assert owed(people) == [email]
