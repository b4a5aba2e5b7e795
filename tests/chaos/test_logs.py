"""A server is killed while it delivers logs: the next one delivers them."""

import json
import time

import httpx2
import pytest

from support.process import serving
from support.recorder import Recorder
from support.recorder import json as answering

SETTINGS = """
[messages]
email = "none"

[[logs.map]]
arn = "*"
kind = "webhook"
url = "{url}"
secret = "secret"
"""
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:errors"


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def test_logs_arrive_after_kill_9(tmp_path):
    with Recorder(answering(b"")) as there:
        there.answer = there.hang
        config = tmp_path / "poolhouse.toml"
        config.write_text(SETTINGS.format(url=there.url))
        place = ("--dev", "--data", str(tmp_path / "data"), "--config", str(config))
        with serving(tmp_path / "1.log", *place) as server:
            idp = server.client()
            pool = idp.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
            destination = {
                "LogLevel": "ERROR",
                "EventSource": "userNotification",
                "CloudWatchLogsConfiguration": {"LogGroupArn": GROUP},
            }
            idp.set_log_delivery_configuration(UserPoolId=pool, LogConfigurations=[destination])
            attributes = [{"Name": "email", "Value": "jane@example.com"}]
            with pytest.raises(idp.exceptions.CodeDeliveryFailureException):
                idp.admin_create_user(UserPoolId=pool, Username="jane", UserAttributes=attributes)
            wait_for(lambda: there.requests)
            server.kill()
        there.answer = answering(b"")
        with serving(tmp_path / "2.log", *place) as server:
            past_the_lease = {"advance": 301}
            assert httpx2.post(f"{server.url}/_poolhouse/clock", json=past_the_lease).status_code == 200
            wait_for(lambda: len(there.requests) > 1)
        first, again = (json.loads(request.body) for request in there.requests[:2])
        assert first == again
        assert first["logSourceId"] == {"userPoolId": pool}
