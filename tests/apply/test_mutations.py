"""Templates with something in them that does not belong there: refused or planned, and never an error of ours."""

import copy
import json
from random import Random
from typing import Any

import pytest

from poolhouse.apply import run
from poolhouse.apply.files import Unreadable
from support.applying import load, said

_STRANGE: list[Any] = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x" * 300,
    "\x00",
    "\x1b[31m",
    [],
    [None],
    [[]],
    {},
    {"": ""},
    {"Ref": None},
    {"Ref": "Pool"},
    {"Ref": "AWS::NoValue"},
    {"Fn::GetAtt": "Pool.Arn"},
    {"Fn::GetAtt": ["Hook", "Arn"]},
    {"Fn::If": ["Never", {}, []]},
    {"Fn::Sub": "${"},
    {"Fn::Select": [0, []]},
    {"Fn::Nope": 1},
    {"Condition": "Never"},
]
_WHOLE = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev"], "NoEcho": True}},
    "Mappings": {"M": {"A": {"B": "c"}}},
    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    "Resources": {
        "Pool": {
            "Type": "AWS::Cognito::UserPool",
            "Metadata": {"Poolhouse": {"UserPoolId": "us-east-1_Shop00001"}},
            "Properties": {
                "UserPoolName": {"Fn::Sub": "${AWS::StackName}-${Stage}"},
                "LambdaConfig": {"PostConfirmation": {"Fn::GetAtt": ["Hook", "Arn"]}},
                "MfaConfiguration": "OPTIONAL",
                "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
                "Schema": [{"Name": "size", "AttributeDataType": "Number", "Mutable": True}],
                "Policies": {"PasswordPolicy": {"MinimumLength": 8}},
            },
        },
        "Web": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Metadata": {"Poolhouse": {"ClientId": "web", "ClientSecret": "s3cr3t" * 5}},
            "Properties": {"UserPoolId": {"Ref": "Pool"}, "CallbackURLs": ["https://example.com"]},
        },
        "Admins": {
            "Type": "AWS::Cognito::UserPoolGroup",
            "DependsOn": ["Web"],
            "Properties": {"UserPoolId": {"Ref": "Pool"}, "GroupName": "admins"},
        },
        "Sue": {
            "Type": "AWS::Cognito::UserPoolUser",
            "Metadata": {"Poolhouse": {"Password": "Correct-Horse-7"}},
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "Username": "sue",
                "UserAttributes": [{"Name": "email", "Value": "sue@example.com"}],
            },
        },
        "In": {
            "Type": "AWS::Cognito::UserPoolUserToGroupAttachment",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "Username": {"Ref": "Sue"},
                "GroupName": {"Ref": "Admins"},
            },
        },
        "Hook": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "FunctionName": "hook",
                "Events": {
                    "E": {
                        "Type": "Cognito",
                        "Properties": {"UserPool": {"Ref": "Pool"}, "Trigger": "PreSignUp"},
                    }
                },
            },
        },
    },
    "Outputs": {"Id": {"Value": {"Ref": "Pool"}}},
}


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to all that lies in a tree."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for step, each in inside for found in [(*path, step), *places(each, (*path, step))]]


def changed(random: Random) -> Any:
    """Return the template with something strange in one or two places."""
    tree = copy.deepcopy(_WHOLE)
    for _ in range(random.choice([1, 1, 2])):
        *above, last = random.choice(places(tree))
        node: Any = tree
        for step in above:
            node = node[step]
        node[last] = copy.deepcopy(random.choice(_STRANGE))
    return tree


@pytest.mark.timeout(300)
def test_whatever_is_in_it_it_is_planned_or_refused(server, idp):
    random, planned = Random(5), 0  # a seed that is always the same
    for _ in range(120):
        text = json.dumps(changed(random))
        try:
            plan = run.plan(server.services, load(text, server.data, name="file.json"))
        except Unreadable:
            continue
        planned += 1
        told = said(plan)
        assert told.replace("\n", "").isprintable()  # nothing steers a terminal
        assert "Correct-Horse-7" not in told
    assert planned > 30
    assert idp.list_user_pools(MaxResults=10)["UserPools"] == []
