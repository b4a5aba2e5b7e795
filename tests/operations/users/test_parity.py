"""Users beside what the real service answered. Subs and times are the server's own; all else is the same."""

import json
import re

import pytest

from support.folk import PASSWORD, people
from support.parity import recorded

SUB = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def answers():
    return {step["name"]: step for step in recorded("users", "answers")}


def plain(answer):
    """Return an answer with one mark for every sub, no times, and attributes by name."""
    answer = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    text = SUB.sub("<sub>", json.dumps(answer, default=lambda _: "<time>"))
    return json.loads(text, object_hook=_sorted)


def _sorted(found):
    for name, value in found.items():
        if name.endswith("Date"):
            found[name] = "<time>"
        if name.endswith("Attributes"):
            found[name] = sorted(value, key=lambda attribute: attribute["Name"])
    return found


def test_a_user_that_an_administrator_creates(server, answers):
    pool, step = people(server), answers["AdminCreateUser"]
    answer = pool.idp.admin_create_user(UserPoolId=pool.pool, **step["request"])
    assert plain(answer) == plain(step["response"])


def test_a_user_whose_address_is_the_username(server, answers):
    pool, step = people(server, UsernameAttributes=["email"]), answers["AdminGetUser"]
    given = [a for a in step["response"]["UserAttributes"] if a["Name"] not in {"sub", "email"}]
    pool.create("jane@example.com", UserAttributes=given)
    answer = pool.idp.admin_get_user(UserPoolId=pool.pool, **step["request"])
    assert plain(answer) == plain(step["response"])


def test_a_sign_up_that_sends_no_code(server, answers):
    pool, step = people(server), answers["SignUp"]
    answer = pool.idp.sign_up(ClientId=pool.client, Password=PASSWORD, **step["request"])
    assert plain(answer) == plain(step["response"])
