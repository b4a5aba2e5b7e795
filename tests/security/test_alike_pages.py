"""The pages do the same work for everybody and for nobody, as the operations do (`test_alike.py`)."""

from collections import Counter
from collections.abc import Callable

import pytest

from security.conftest import Production
from support.sign_in import PASSWORD, Place
from support.visitor import HOSTED, Visitor, style

WRONG = "Wrong-Horse-9"
NEW = "Another-Horse-10"
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
Act = Callable[[Visitor, str], object]


def sign_in(visitor: Visitor, name: str) -> object:
    return visitor.sign_in(name, WRONG)


def named(visitor: Visitor, name: str) -> object:
    return visitor.submit(visitor.get("/login"), username=name)


def forgot(visitor: Visitor, name: str) -> object:
    return visitor.submit(visitor.get("/forgotPassword"), username=name)


def reset(visitor: Visitor, name: str) -> object:
    page = visitor.submit(visitor.get("/forgotPassword"), username=name)
    return visitor.submit(page, code="000000", password=NEW)


def resend(visitor: Visitor, name: str) -> object:
    return visitor.submit(visitor.submit(visitor.get("/confirm"), username=name), number=1)


@pytest.fixture
def place(production: Production) -> Place:
    """A pool with people of every standing, and nothing in the background."""
    production.server.application.background.stop()
    idp = production.client()
    pool = idp.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"], Policies=FACTORS)[
        "UserPool"
    ]["Id"]
    made = Place(production.server, idp, pool, "").another_client(**HOSTED)
    idp.create_user_pool_domain(UserPoolId=pool, Domain="people", ManagedLoginVersion=2)
    style(made)
    made.person("jane", email="jane@example.com", email_verified="true")
    made.person("disabled", email="disabled@example.com", email_verified="true")
    idp.admin_disable_user(UserPoolId=pool, Username="disabled")
    made.invite("invited", email="invited@example.com", email_verified="true")
    idp.sign_up(
        ClientId=made.client,
        Username="waiting",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "waiting@example.com"}],
    )
    return made


@pytest.mark.parametrize("act", [sign_in, named, forgot, reset, resend])
def test_the_same_work(place: Place, work: Counter[str], act: Act) -> None:
    act(Visitor(place), "warm-up")  # configuration is read, and connections are made, at first need
    place.server.services.couriers.wait(10)
    done = {}
    for name in ("nobody", "jane", "disabled", "invited", "waiting"):
        visitor = Visitor(place)
        work.clear()
        act(visitor, name)
        place.server.services.couriers.wait(10)
        done[name] = dict(work)
    assert {str(each) for each in done.values()} == {str(done["nobody"])}, done
