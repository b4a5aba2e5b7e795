"""CreateUserPoolReplica, UpdateUserPoolReplica, DeleteUserPoolReplica and ListUserPoolReplicas."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from poolhouse.settings import SettingsError, load
from support.refusals import refusal
from support.sign_in import make_place

HOME, AWAY = "us-east-1", "eu-west-1"
KEY = "arn:aws:kms:us-east-1:123456789012:key/"


def arn(pool: str, region: str) -> str:
    return f"arn:aws:cognito-idp:{region}:000000000000:userpool/{pool}"


def replica(place: Any, status: str) -> dict[str, str]:
    return {
        "RegionName": AWAY,
        "Status": status,
        "Role": "SECONDARY",
        "UserPoolArn": arn(place.pool, AWAY),
    }


def listed(idp: Any, pool: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = idp.list_user_pool_replicas(UserPoolId=pool)["UserPoolReplicas"]
    return found


def create(place: Any, **options: Any) -> dict[str, Any]:
    request = {"UserPoolId": place.pool, "RegionName": AWAY, **options}
    made: dict[str, Any] = place.idp.create_user_pool_replica(**request)["UserPoolReplica"]
    return made


def test_a_replica_is_made_switched_on_and_off_and_deleted(place, away):
    primary = {
        "RegionName": HOME,
        "Status": "ACTIVE",
        "Role": "PRIMARY",
        "UserPoolArn": arn(place.pool, HOME),
    }
    assert listed(place.idp, place.pool) == [primary]
    assert create(place) == replica(place, "INACTIVE")
    assert listed(place.idp, place.pool) == [primary, replica(place, "INACTIVE")]
    which = {"UserPoolId": place.pool, "RegionName": AWAY}
    for idp, status in ((place.idp, "ACTIVE"), (away, "INACTIVE"), (away, "ACTIVE")):  # from either region
        switched = idp.update_user_pool_replica(**which, Status=status)["UserPoolReplica"]
        assert switched == replica(place, status)
        assert listed(away, place.pool) == [primary, replica(place, status)]
    assert refusal(place.idp.delete_user_pool_replica, **which)[0] == "InvalidParameterException"
    place.idp.update_user_pool_replica(**which, Status="INACTIVE")
    assert refusal(away.delete_user_pool_replica, **which)[0] == "OperationNotEnabledException"
    assert place.idp.delete_user_pool_replica(**which)["UserPoolReplica"] == replica(place, "DELETING")
    assert listed(place.idp, place.pool) == [primary]
    assert refusal(away.describe_user_pool, UserPoolId=place.pool)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("region", "error"),
    [
        (HOME, "InvalidParameterException"),
        ("mars-north-1", "InvalidParameterException"),
    ],
)
def test_regions_that_there_is_no_replica_in(place, region, error):
    assert refusal(create, place, RegionName=region)[0] == error


def test_a_second_replica(place):
    create(place)
    assert refusal(create, place)[0] == "InvalidParameterException"


def test_two_at_once_make_one(place):
    def attempt(_: int) -> str:
        try:
            return str(create(place)["Status"])
        except Exception as error:  # noqa: BLE001
            return type(error).__name__

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == ["INACTIVE"] + ["InvalidParameterException"] * 3


def test_a_pool_that_is_not_there_and_a_replica_that_is_not_there(place, away):
    nobody = {"UserPoolId": f"{HOME}_nobody", "RegionName": AWAY}
    which = {"UserPoolId": place.pool, "RegionName": AWAY}
    for call in (
        lambda: place.idp.create_user_pool_replica(**nobody),
        lambda: place.idp.update_user_pool_replica(**nobody, Status="ACTIVE"),
        lambda: place.idp.delete_user_pool_replica(**nobody),
        lambda: place.idp.list_user_pool_replicas(UserPoolId=nobody["UserPoolId"]),
        lambda: place.idp.update_user_pool_replica(**which, Status="ACTIVE"),
        lambda: place.idp.delete_user_pool_replica(**which),
        lambda: away.list_user_pool_replicas(UserPoolId=place.pool),
    ):
        assert refusal(call)[0] == "ResourceNotFoundException"


def test_the_primary_can_neither_be_switched_off_nor_deleted(place):
    which = {"UserPoolId": place.pool, "RegionName": HOME}
    switched = refusal(place.idp.update_user_pool_replica, **which, Status="INACTIVE")
    assert switched[0] == "InvalidParameterException"
    assert refusal(place.idp.delete_user_pool_replica, **which)[0] == "InvalidParameterException"


def test_tiers_and_keys_that_have_no_replicas(server):
    lite = make_place(server, UserPoolTier="LITE", client={"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]})
    assert refusal(create, lite)[0] == "FeatureUnavailableInTierException"
    key = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": f"{KEY}0123-4567"}
    assert refusal(create, make_place(server, KeyConfiguration=key))[0] == "OperationNotEnabledException"
    assert create(make_place(server, KeyConfiguration={**key, "KmsKeyArn": f"{KEY}mrk-0123"}))


def test_a_pool_with_a_replica_cannot_be_deleted(place):
    create(place)
    assert refusal(place.idp.delete_user_pool, UserPoolId=place.pool)[0] == "InvalidParameterException"
    place.idp.delete_user_pool_replica(UserPoolId=place.pool, RegionName=AWAY)
    place.idp.delete_user_pool(UserPoolId=place.pool)


def test_lists_of_pools(place, away):
    """Each region has its own pools and its replicas; new pools are where they are asked for."""
    other = away.create_user_pool(PoolName="other")["UserPool"]["Id"]
    assert other.startswith(f"{AWAY}_")

    def pools(idp: Any) -> dict[str, list[str]]:
        pages = idp.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
        return {pool["Id"]: pool.get("ReplicaRegions", []) for page in pages for pool in page["UserPools"]}

    assert pools(place.idp) == {place.pool: []}
    assert pools(away) == {other: []}
    create(place)
    assert pools(place.idp) == {place.pool: [AWAY]}
    assert pools(away) == {place.pool: [AWAY], other: []}


def test_a_page_token_of_another_list(place):
    (_, message) = refusal(place.idp.list_user_pool_replicas, UserPoolId=place.pool, NextToken="forged")
    assert "invalid" in message


def test_tags_are_each_replica_s_own(place, away):
    create(place, UserPoolTags={"stage": "spare"})
    place.idp.tag_resource(ResourceArn=arn(place.pool, HOME), Tags={"stage": "live"})
    away.tag_resource(ResourceArn=arn(place.pool, AWAY), Tags={"team": "b"})
    away.untag_resource(ResourceArn=arn(place.pool, AWAY), TagKeys=["none"])
    assert away.list_tags_for_resource(ResourceArn=arn(place.pool, AWAY))["Tags"] == {
        "stage": "spare",
        "team": "b",
    }
    assert place.idp.list_tags_for_resource(ResourceArn=arn(place.pool, HOME))["Tags"] == {"stage": "live"}
    elsewhere = refusal(away.list_tags_for_resource, ResourceArn=arn(place.pool, HOME))
    assert elsewhere[0] == "ResourceNotFoundException"
    assert (
        refusal(create, make_place(place.server), UserPoolTags={"aws:x": "y"})[0]
        == "UserPoolTaggingException"
    )


def test_a_description_is_that_of_the_region(place, away):
    create(place, UserPoolTags={"stage": "spare"})
    described = away.describe_user_pool(UserPoolId=place.pool)["UserPool"]
    assert described["Arn"] == arn(place.pool, AWAY)
    assert described["UserPoolTags"] == {"stage": "spare"}
    at_home = place.idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]
    assert at_home["Arn"] == arn(place.pool, HOME)
    assert at_home["Id"] == described["Id"]


@pytest.mark.parametrize("names", [(AWAY,), (HOME, AWAY, HOME)])
def test_a_server_is_in_one_of_its_regions(names):
    regions = [{"name": name, "public_url": "https://id.example.com"} for name in names]
    with pytest.raises(SettingsError, match="lists each region once"):
        load(None, {"server": {"region": HOME, "regions": regions}})
