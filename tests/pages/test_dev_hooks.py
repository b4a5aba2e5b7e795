"""What tests ask of `serve --dev`, on both engines: the clock, codes, snapshots, failures."""

import httpx2
import msgspec
import pytest

from poolhouse.settings import Trigger, Triggers
from poolhouse.store import open_store
from poolhouse.testing import Server, TestingError
from support.people import ARN, PASSWORD, fresh, refused
from support.server import running_server


@pytest.fixture
def dev(server) -> Server:
    return Server(server.url)


@pytest.fixture
def pool(dev):
    return dev.pool()


def sign_up(pool, email: str) -> None:
    pool.idp.sign_up(
        ClientId=pool.client_id,
        Username=email.partition("@")[0],
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )


def sign_in(pool, name: str):
    return pool.idp.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]


def test_the_last_code(dev, pool):
    sue, bob = fresh("sue"), fresh("bob")
    sign_up(pool, sue)
    sign_up(pool, bob)
    name = sue.partition("@")[0]
    pool.idp.confirm_sign_up(ClientId=pool.client_id, Username=name, ConfirmationCode=dev.code(sue))
    assert sign_in(pool, name)["AccessToken"]
    assert [message["to"] for message in dev.messages(bob)] == [bob]
    assert len(dev.messages()) == 2
    with pytest.raises(TestingError):
        dev.code("nobody@example.com")


def test_the_clock_is_set_forward(dev, pool):
    sue = fresh("sue")
    sign_up(pool, sue)
    code, before = dev.code(sue), dev.now()
    dev.advance(25 * 3600)
    assert dev.now() == pytest.approx(before + 25 * 3600)
    with refused("ExpiredCodeException"):
        pool.idp.confirm_sign_up(
            ClientId=pool.client_id, Username=sue.partition("@")[0], ConfirmationCode=code
        )


@pytest.mark.parametrize(
    "body", [b'{"advance": -1}', b'{"advance": "1"}', b"{}", b"[]", b"\xff", b'{"advance": 1e300}']
)
def test_the_clock_takes_nothing_else(server, body):
    assert httpx2.post(f"{server.url}/_poolhouse/clock", content=body).status_code == 400


def test_a_snapshot_is_what_there_was(dev, pool):
    """Users come back, passwords and all; what came later is gone; tokens of before are good again."""
    sue, bob = fresh("sue"), fresh("bob")
    sign_up(pool, sue)
    name = sue.partition("@")[0]
    pool.idp.admin_confirm_sign_up(UserPoolId=pool.pool_id, Username=name)
    token = sign_in(pool, name)["AccessToken"]
    taken = dev.snapshot()
    sign_up(pool, bob)
    pool.idp.admin_delete_user(UserPoolId=pool.pool_id, Username=name)
    with refused("UserNotFoundException"):
        pool.idp.get_user(AccessToken=token)
    later = dev.pool()
    for _ in range(2):
        dev.reset(taken)
        assert pool.idp.get_user(AccessToken=token)["Username"] == name
        assert sign_in(pool, name)
        assert [u["Username"] for u in pool.idp.list_users(UserPoolId=pool.pool_id)["Users"]] == [name]
        with refused("ResourceNotFoundException"):
            pool.idp.describe_user_pool(UserPoolId=later.pool_id)
        pool.idp.delete_user_pool(UserPoolId=pool.pool_id)


def test_a_reset_empties_the_server(dev, pool):
    dev.reset()
    assert pool.idp.list_user_pools(MaxResults=10)["UserPools"] == []
    assert dev.pool().pool_id


@pytest.mark.parametrize("snapshot", ["../../etc/passwd", "x", "", 5])
def test_a_snapshot_is_named_by_its_id(server, snapshot):
    answer = httpx2.post(f"{server.url}/_poolhouse/reset", json={"snapshot": snapshot})
    assert answer.status_code == 400


def test_an_unknown_snapshot(dev):
    with pytest.raises(TestingError, match="no snapshot"):
        dev.reset("00000000-0000-4000-8000-000000000000")


def test_the_next_delivery_fails(dev, pool):
    sue = fresh("sue")
    dev.fail_next("delivery")
    with refused("CodeDeliveryFailureException"):
        sign_up(pool, sue)
    pool.idp.resend_confirmation_code(ClientId=pool.client_id, Username=sue.partition("@")[0])
    assert dev.code(sue)


def test_the_next_trigger_fails(store_url, clock, tmp_path):
    function = f"{ARN}accept"

    def mapped(settings):
        trigger = Trigger(arn=function, kind="python", callable="support.functions:accept")
        return msgspec.structs.replace(settings, triggers=Triggers(map=(trigger,)))

    with running_server(open_store(store_url, clock), tmp_path, clock, mapped) as server:
        dev = Server(server.url)
        pool = dev.pool(LambdaConfig={"PreSignUp": function})
        dev.fail_next("trigger", times=2)
        for _ in range(2):
            with refused(
                "UnexpectedLambdaException", "PreSignUp invocation failed due to error a test asked for it."
            ):
                sign_up(pool, fresh())
        sign_up(pool, fresh())


class TestAttacks:
    """Web pages on other sites, in a browser on the developer's machine."""

    @pytest.mark.parametrize("path", ["clock", "snapshot", "reset", "fail"])
    def test_a_foreign_page_asks(self, server, path):
        answer = httpx2.post(
            f"{server.url}/_poolhouse/{path}", json={}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers

    def test_they_are_asked_by_post(self, server):
        for path in ("snapshot", "reset", "fail"):
            assert httpx2.get(f"{server.url}/_poolhouse/{path}").status_code == 405
