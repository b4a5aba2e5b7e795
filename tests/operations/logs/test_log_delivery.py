"""SetLogDeliveryConfiguration and GetLogDeliveryConfiguration."""

import msgspec
import pytest

from poolhouse.settings import LogDestination, Logs
from poolhouse.store import open_store
from support.folk import people
from support.refusals import refusal
from support.server import running_server

GROUP = {
    "CloudWatchLogsConfiguration": {"LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/pools/a"}
}
BUCKET = {"S3Configuration": {"BucketArn": "arn:aws:s3:::pool-logs"}}
STREAM = {
    "FirehoseConfiguration": {"StreamArn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/pool-logs"}
}
NOTIFICATIONS = {"LogLevel": "ERROR", "EventSource": "userNotification", **GROUP}
EVENTS = {"LogLevel": "INFO", "EventSource": "userAuthEvents"}


@pytest.fixture
def server(store_url, clock, tmp_path):
    entries = (
        LogDestination(arn="arn:aws:logs:*:log-group:/pools/*", kind="file"),
        LogDestination(arn="arn:aws:logs:*:log-group:/other/*", kind="file", pools="eu-*"),
        LogDestination(arn="arn:aws:s3:::*", kind="file"),
        LogDestination(arn="arn:aws:firehose:*", kind="file"),
    )

    def change(settings):
        return msgspec.structs.replace(settings, logs=Logs(map=entries))

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as running:
        yield running


def configure(pool, *configurations):
    return pool.idp.set_log_delivery_configuration(
        UserPoolId=pool.pool, LogConfigurations=list(configurations)
    )["LogDeliveryConfiguration"]


def stored(pool):
    return pool.idp.get_log_delivery_configuration(UserPoolId=pool.pool)["LogDeliveryConfiguration"]


@pytest.mark.parametrize("destination", [GROUP, BUCKET, STREAM])
def test_it_is_replaced_whole(server, destination):
    pool = people(server, UserPoolTier="PLUS")
    assert stored(pool) == {"UserPoolId": pool.pool, "LogConfigurations": []}
    both = [NOTIFICATIONS, {**EVENTS, **destination}]
    assert configure(pool, *both) == stored(pool) == {"UserPoolId": pool.pool, "LogConfigurations": both}
    assert configure(pool, NOTIFICATIONS)["LogConfigurations"] == [NOTIFICATIONS]
    pool.idp.update_user_pool(UserPoolId=pool.pool)
    assert stored(pool)["LogConfigurations"] == [NOTIFICATIONS]
    assert "LogConfigurations" not in pool.idp.describe_user_pool(UserPoolId=pool.pool)["UserPool"]
    assert configure(pool)["LogConfigurations"] == stored(pool)["LogConfigurations"] == []


@pytest.mark.parametrize(
    ("configurations", "message"),
    [
        ([NOTIFICATIONS, NOTIFICATIONS], "Only one log configuration is allowed for userNotification."),
        ([{**NOTIFICATIONS, "LogLevel": "INFO"}], "LogLevel INFO is not supported for userNotification."),
        ([{**EVENTS, "LogLevel": "ERROR", **GROUP}], "LogLevel ERROR is not supported for userAuthEvents."),
        ([EVENTS], "Exactly one destination is required for userAuthEvents."),
        ([{**EVENTS, **GROUP, **BUCKET}], "Exactly one destination is required for userAuthEvents."),
        (
            [{"LogLevel": "ERROR", "EventSource": "userNotification", **BUCKET}],
            "userNotification supports CloudWatchLogsConfiguration only.",
        ),
        (
            [{**NOTIFICATIONS, "CloudWatchLogsConfiguration": {}}],
            "Invalid LogGroupArn in CloudWatchLogsConfiguration.",
        ),
    ],
)
def test_what_does_not_go_together(server, configurations, message):
    pool = people(server, UserPoolTier="PLUS")
    assert refusal(configure, pool, *configurations) == ("InvalidParameterException", message)
    assert stored(pool)["LogConfigurations"] == []


ARNS = {
    "LogGroupArn": "CloudWatchLogsConfiguration",
    "BucketArn": "S3Configuration",
    "StreamArn": "FirehoseConfiguration",
}


@pytest.mark.parametrize(
    ("member", "arn"),
    [
        ("LogGroupArn", "arn:aws:sns:us-east-1:000000000000:log-group:a"),
        ("LogGroupArn", "arn:aws:logs:us-east-1:000000000000:stream:a"),
        # The region becomes part of a host's name.
        ("LogGroupArn", "arn:aws:logs:x@evil.example/:000000000000:log-group:/pools/a"),
        ("LogGroupArn", "arn:aws:logs:us-east-1.evil.example:000000000000:log-group:/pools/a"),
        ("StreamArn", "arn:aws:firehose:us-east-1:000000000000:deliverystream/../../x"),
        ("StreamArn", "arn:aws:firehose:evil.example/:000000000000:deliverystream/x"),
        ("BucketArn", "arn:aws:s3:::../../etc"),
        ("BucketArn", "arn:aws:s3:::bucket/../../x"),
        ("BucketArn", "arn:aws:s3:::Bucket"),
    ],
)
def test_arns_that_are_none(server, member, arn):
    pool = people(server, UserPoolTier="PLUS")
    kind = ARNS[member]
    said = f"Invalid {member} in {kind}."
    assert refusal(configure, pool, {**EVENTS, kind: {member: arn}}) == ("InvalidParameterException", said)


@pytest.mark.parametrize("group", ["/unknown/a", "/other/a"])
def test_a_log_group_that_stands_for_nothing_or_is_another_pools(server, group):
    pool = people(server)
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    asked = {**NOTIFICATIONS, "CloudWatchLogsConfiguration": {"LogGroupArn": arn}}
    said = f"The log destination {arn} does not exist, or is not for this user pool."
    assert refusal(configure, pool, asked) == ("InvalidParameterException", said)


@pytest.mark.parametrize("tier", ["LITE", "ESSENTIALS"])
def test_authentication_events_need_plus(server, tier):
    pool = people(server, UserPoolTier=tier)
    assert refusal(configure, pool, {**EVENTS, **GROUP})[0] == "FeatureUnavailableInTierException"
    configure(pool, NOTIFICATIONS)


def test_a_pool_that_is_not_there(server):
    pool = people(server)
    pool.pool = "us-east-1_nowhere00"
    for call in (configure, stored):
        assert refusal(call, pool)[0] == "ResourceNotFoundException"
