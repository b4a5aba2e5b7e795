"""Tags of pools, through botocore (digest «users» §6.6)."""

from functools import partial

import pytest
from botocore.exceptions import ClientError

from support.people import at_once
from support.refusals import refusal


@pytest.fixture
def arn(idp):
    return idp.create_user_pool(PoolName="people", UserPoolTags={"team": "red"})["UserPool"]["Arn"]


def tags(idp, arn):
    listed = idp.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert idp.describe_user_pool(UserPoolId=arn.rpartition("/")[2])["UserPool"]["UserPoolTags"] == listed
    return listed


def test_tags_come_change_and_go(idp, arn):
    assert tags(idp, arn) == {"team": "red"}
    idp.tag_resource(ResourceArn=arn, Tags={"team": "blue", "stage": "", "ümlaut x": "日本"})
    assert tags(idp, arn) == {"team": "blue", "stage": "", "ümlaut x": "日本"}
    idp.untag_resource(ResourceArn=arn, TagKeys=["team", "nothing", "stage"])
    assert tags(idp, arn) == {"ümlaut x": "日本"}
    idp.untag_resource(ResourceArn=arn, TagKeys=["ümlaut x"])
    assert tags(idp, arn) == {}


def test_fifty_and_no_more(idp, arn):
    idp.tag_resource(ResourceArn=arn, Tags={f"k{number}": "v" for number in range(49)})
    too_many = ("InvalidParameterException", "A user pool can have at most 50 tags.")
    assert refusal(idp.tag_resource, ResourceArn=arn, Tags={"one": "more", "k0": "w"}) == too_many
    assert tags(idp, arn)["k0"] == "v"
    idp.tag_resource(ResourceArn=arn, Tags={"k0": "w"})
    assert tags(idp, arn)["k0"] == "w"


@pytest.mark.parametrize("given", [{"aws:x": "1"}, {"AWS:x": "1"}, {"x" * 129: "1"}, {"x": "1" * 257}])
def test_keys_and_values_that_are_refused(idp, arn, given):
    assert refusal(idp.tag_resource, ResourceArn=arn, Tags=given)[0] == "InvalidParameterException"
    assert tags(idp, arn) == {"team": "red"}


@pytest.mark.parametrize(
    "change",
    [
        lambda arn: arn[:-1],
        lambda arn: f"{arn}x",
        lambda arn: arn.replace("us-east-1:0", "us-east-1:1"),
        lambda arn: arn.replace("cognito-idp", "iam"),
        lambda arn: arn.replace(":us-east-1:", ":eu-west-1:"),
        lambda arn: f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/other:{arn.rpartition(':')[2]}",
        lambda arn: f"{arn}:userpool/other",
        lambda arn: f"arn:aws:iam::123456789012:role/{arn[-9:]}",
    ],
)
def test_an_arn_that_is_no_pools(idp, arn, change):
    wrong = change(arn)
    for call, rest in (
        (idp.list_tags_for_resource, {}),
        (idp.tag_resource, {"Tags": {"a": "b"}}),
        (idp.untag_resource, {"TagKeys": ["team"]}),
    ):
        assert refusal(call, ResourceArn=wrong, **rest)[0] == "ResourceNotFoundException"
    assert tags(idp, arn) == {"team": "red"}
    assert (
        refusal(idp.list_tags_for_resource, ResourceArn="userpool/" + "x" * 20)[0]
        == "InvalidParameterException"
    )


def test_tags_given_and_taken_at_once_are_all_counted(idp, arn):
    gives = [partial(idp.tag_resource, ResourceArn=arn, Tags={f"k{number}": "v"}) for number in range(8)]
    takes = [partial(idp.untag_resource, ResourceArn=arn, TagKeys=["team"])]
    assert not [r for r in at_once(*gives, *takes) if isinstance(r, ClientError)]
    assert tags(idp, arn) == {f"k{number}": "v" for number in range(8)}
