"""Templates: parameters, conditions, order, what is skipped, and what is refused with its place."""

import json

import pytest

from poolhouse.apply.files import Unreadable
from support.applying import actions, applied, load, planned, said

POOL = "  Pool: {Type: 'AWS::Cognito::UserPool', Properties: {UserPoolName: %s}}\n"


def template(value: str = "people", *sections: str, resources: str = "") -> str:
    return "\n".join([*sections, "Resources:\n" + POOL % value + resources])


def value_of(stack, name: str = "Pool", member: str = "UserPoolName"):
    """Return a property of a stack's resource, evaluated without knowing any other."""
    resource = next(resource for resource in stack.resources if resource.name == name)
    return stack.evaluate(resource.properties, (), lambda name, attribute: f"<{name} {attribute}>")[member]


def wrong(tmp_path, text: str, **parameters: str) -> str:
    with pytest.raises(Unreadable) as error:
        load(text, tmp_path, **parameters)
    return str(error.value)


@pytest.mark.parametrize(
    ("parameter", "given", "value", "expected"),
    [
        ("{Type: String, Default: dev}", {}, "!Ref P", "dev"),
        ("{Type: String, Default: dev}", {"P": "prod"}, "!Ref P", "prod"),
        ("{Type: String, Default: ''}", {}, "!Sub 'x${P}'", "x"),
        ("{Type: Number, Default: 8}", {}, "!Ref P", "8"),
        ("{Type: CommaDelimitedList, Default: 'a, b'}", {}, "!Join ['-', !Ref P]", "a-b"),
        ("{Type: 'List<Number>', Default: '1,2'}", {}, "!Select [1, !Ref P]", "2"),
        ("{Type: 'AWS::EC2::VPC::Id', Default: vpc}", {}, "!Ref P", "vpc"),
        ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}", {"P": "told"}, "!Ref P", "told"),
        ("{Default: dev}", {}, "!Ref P", "dev"),
    ],
)
def test_parameters(tmp_path, parameter, given, value, expected):
    stack = load(template(value, f"Parameters: {{P: {parameter}}}"), tmp_path, **given)
    assert value_of(stack) == expected


@pytest.mark.parametrize(
    ("parameter", "given", "reason"),
    [
        ("{Type: String, AllowedValues: [a, b]}", "c", "Parameters.P: the value is none of a, b"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "a1", "Parameters.P: the value does not match [a-z]+"),
        ("{Type: String, AllowedPattern: '['}", "a1", "Parameters.P.AllowedPattern: no pattern"),
        ("{Type: String, MinLength: 3}", "ab", "the value breaks MinLength or MaxLength"),
        ("{Type: String, MaxLength: 3, ConstraintDescription: at most three}", "abcd", "P: at most three"),
        ("{Type: Number}", "many", "the value is no number"),
        ("{Type: Number, MaxValue: 3}", "4", "the value breaks MinValue or MaxValue"),
        ("{Type: String}", "x" * 5000, "the value is no text of at most 4096 characters"),
        ("String", "x", "a parameter is a map with a Type"),
    ],
)
def test_values_that_a_parameter_does_not_take(tmp_path, parameter, given, reason):
    assert reason in wrong(tmp_path, template("x", f"Parameters: {{P: {parameter}}}"), P=given)


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("{Type: String}", "P: the parameter has no default: give a value, --parameter P=…"),
        ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}", "there is no Parameter Store here"),
    ],
)
def test_a_parameter_without_a_value_is_missed_where_it_is_used(server, parameter, reason):
    sections = f"Parameters: {{P: {parameter}, Unused: {{Type: String}}}}"
    assert reason in said(planned(server, template("!Ref P", sections)))
    assert planned(server, template("people", sections)).possible


def test_pseudo_parameters(tmp_path):
    text = template("!Sub '${AWS::StackName}/${AWS::Region}/${AWS::AccountId}/${AWS::Partition}'")
    assert value_of(load(text, tmp_path)) == "shop/us-east-1/000000000000/aws"


def test_the_name_of_a_stack(tmp_path):
    folder = tmp_path / "my shop_2"
    folder.mkdir()
    assert load(template(), folder, stack=None).place.stack == "my-shop-2"
    named = template("x", "Metadata: {Poolhouse: {StackName: named}}")
    assert load(named, folder, stack=None).place.stack == "named"
    assert load(named, folder, stack="told").place.stack == "told"
    (tmp_path / "2").mkdir()
    assert load(template(), tmp_path / "2", stack=None).place.stack == "stack-2"


def test_resources_whose_condition_does_not_hold_are_not_there(tmp_path):
    more = "  Other: {Type: 'AWS::Cognito::UserPool', Condition: Never}\n"
    text = template("x", "Conditions: {Never: !Equals [a, b]}", resources=more)
    assert [resource.name for resource in load(text, tmp_path).resources] == ["Pool"]


def test_each_comes_after_what_it_needs(tmp_path):
    more = (
        "  A: {Type: 'AWS::Cognito::UserPoolGroup', DependsOn: B, Properties: {UserPoolId: !Ref Pool}}\n"
        "  B: {Type: 'AWS::Cognito::UserPoolGroup', DependsOn: [C], Properties: {UserPoolId: !Sub '${Pool}'}}\n"
        "  C: {Type: 'AWS::Cognito::UserPoolUser', Properties: {UserPoolId: !Ref Pool}}\n"
    )
    assert [each.name for each in load(template(resources=more), tmp_path).resources] == [
        "Pool",
        "C",
        "B",
        "A",
    ]


@pytest.mark.parametrize(
    ("kind", "properties", "expression", "expected"),
    [
        (
            "AWS::Lambda::Function",
            "{}",
            "!GetAtt X.Arn",
            "arn:aws:lambda:us-east-1:000000000000:function:shop-X",
        ),
        (
            "AWS::Lambda::Function",
            "{FunctionName: f}",
            "!GetAtt X.Arn",
            "arn:aws:lambda:us-east-1:000000000000:function:f",
        ),
        ("AWS::Serverless::Function", "{FunctionName: !Sub '${AWS::StackName}-f'}", "!Ref X", "shop-f"),
        ("AWS::Lambda::Function", "{FunctionName: !Ref Pool}", "!Ref X", "shop-X"),
        ("AWS::IAM::Role", "{}", "!GetAtt X.Arn", "arn:aws:iam::000000000000:role/shop-X"),
        ("AWS::S3::Bucket", "{BucketName: b}", "!GetAtt X.Arn", "arn:aws:s3:::b"),
        ("AWS::SNS::Topic", "{}", "!Ref X", "arn:aws:sns:us-east-1:000000000000:shop-X"),
        ("Custom::Thing", "{}", "!Ref X", "shop-X"),
        ("AWS::Cognito::UserPoolIdentityProvider", "{ProviderName: Google}", "!Ref X", "Google"),
        ("AWS::Cognito::IdentityPool", "{}", "!Ref X", "shop-X"),
    ],
)
def test_what_stands_in_for_what_is_not_made(tmp_path, kind, properties, expression, expected):
    more = f"  X: {{Type: '{kind}', Properties: {properties}}}\n"
    stack = load(template(expression, resources=more), tmp_path)
    assert value_of(stack) == expected
    assert stack.skipped == {"X": kind}


def test_what_is_not_made_can_be_told(tmp_path):
    more = "  Site: {Type: 'AWS::CloudFront::Distribution'}\n"
    text = template("!Sub 'https://${Site.DomainName}/in'", resources=more)
    stack = load(text, tmp_path, **{"Site.DomainName": "localhost:3000"})
    assert value_of(stack) == "https://localhost:3000/in"


def test_what_is_not_made_and_not_told_is_asked_for(server):
    more = "  Site: {Type: 'AWS::CloudFront::Distribution'}\n"
    plan = planned(server, template("!GetAtt Site.DomainName", resources=more))
    assert "say what its DomainName is, --parameter Site.DomainName=…" in said(plan)


def test_triggers_of_sam(tmp_path):
    more = (
        "  Up: {Type: 'AWS::Serverless::Function', Properties: {Events: {E: {Type: Cognito, Properties: "
        "{UserPool: !Ref Pool, Trigger: [PreSignUp, PostConfirmation]}}, H: {Type: Api}}}}\n"
    )
    arn = "arn:aws:lambda:us-east-1:000000000000:function:shop-Up"
    stack = load(template(resources=more), tmp_path)
    assert value_of(stack, member="LambdaConfig") == {"PreSignUp": arn, "PostConfirmation": arn}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (template("x", "Parametres: {}"), "line 1: Parametres: a template has no such section"),
        (template("x", "Parameters: [a]"), "line 1: Parameters: the section is a map"),
        ("Resources:\n  a_b: {Type: X}", "line 2: Resources.a_b: a logical id has letters and digits only"),
        ("Resources:\n  A: X", "Resources.A: a resource is a map with a Type"),
        (
            "Resources:\n  A: {Type: X, Propertys: {}}",
            "Resources.A.Propertys: a resource has no such attribute",
        ),
        (
            "Resources:\n  A: {Type: 'AWS::Cognito::UserPoolClint'}",
            "line 2: Resources.A: there is no type AWS::Cognito::UserPoolClint, but AWS::Cognito::UserPoolClient",
        ),
        ("Resources:\n  A: {Type: 'AWS::Cognito::UserPool', Properties: []}", None),
        (
            "Resources:\n  A: {Type: 'AWS::Cognito::UserPool', Properties: [x]}",
            "A.Properties: properties are a map",
        ),
        (
            "Resources:\n  A: {Type: 'AWS::Cognito::UserPool', DependsOn: B}",
            "Resources.A.DependsOn: there is no resource B",
        ),
        (
            "Resources:\n  A: {Type: 'AWS::Cognito::UserPool', DependsOn: {x: y}}",
            "a logical id or a list of them",
        ),
        ("Resources:\n  A: {Type: X, Condition: Nope}", "Resources.A.Condition: there is no condition Nope"),
        (
            template("x", "Conditions: {A: !Not [!Condition B], B: !Condition A}"),
            "the condition is defined by itself: A → B → A",
        ),
        (
            (
                "Resources:\n"
                "  A: {Type: 'AWS::Cognito::UserPoolGroup', Properties: {UserPoolId: !Ref B}}\n"
                "  B: {Type: 'AWS::Cognito::UserPoolGroup', Properties: {UserPoolId: !GetAtt C.X}}\n"
                "  C: {Type: 'AWS::Cognito::UserPoolGroup', DependsOn: A}\n"
            ),
            "the resources need one another: A → B → C → A",
        ),
        (
            template(
                resources="  F: {Type: 'AWS::Serverless::Function', Properties: {Events: {E: {Type: Cognito}}}}\n"
            ),
            "Resources.F.Properties.Events.E: a Cognito event has UserPool, a Ref, and Trigger",
        ),
        ("Resources: {A: {Type: X, Type: Y}}", "line 1: Resources.A.Type: the key is there twice"),
        (
            json.dumps({"Resources": {"A": {"Type": "X", "Nope": 1}}}),
            "Resources.A.Nope: a resource has no such",
        ),
        (
            (
                "Resources:\n  P: {Type: 'AWS::Cognito::UserPool', Properties: {LambdaConfig: !If [A, {}, {}]}}\n"
                "  F: {Type: 'AWS::Serverless::Function', Properties: {Events: {E: {Type: Cognito, Properties: "
                "{UserPool: !Ref P, Trigger: PreSignUp}}}}}\n"
            ),
            "Resources.P.Properties.LambdaConfig: events of functions are added to it",
        ),
        ("[1, 2]", "this is no template"),
        ("Resources", "this is no template"),
    ],
)
def test_templates_that_are_wrong(tmp_path, text, reason):
    if reason is None:
        load(text, tmp_path)
    else:
        assert reason in wrong(tmp_path, text)


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    told = wrong(tmp_path, "Nope: 1\nResources:\n  A: X\n  B: {Type: X, Y: Z}\n")
    assert len(told.splitlines()) == 4


def test_a_chain_of_conditions_without_end(tmp_path):
    """Each refers to the next: deep enough to exhaust an interpreter's stack."""
    chain = "".join(f"  C{n}: !Not [!Condition C{n + 1}]\n" for n in range(5000))
    assert "nested too deep" in wrong(tmp_path, template("x", f"Conditions:\n{chain}  C5000: !Equals [a, a]"))


def test_a_chain_of_resources_without_end(tmp_path):
    chain = "".join(
        f"  R{n}: {{Type: 'AWS::Cognito::UserPoolGroup', DependsOn: R{n + 1}}}\n" for n in range(3000)
    )
    told = wrong(tmp_path, template(resources=f"{chain}  R3000: {{Type: 'AWS::Cognito::UserPoolGroup'}}\n"))
    assert "nested too deep" in told


def test_conditions_on_parameters_without_a_value_stop_nothing_that_does_not_need_them(tmp_path):
    sections = ("Parameters: {P: {Type: String}}", "Conditions: {IsProd: !Equals [!Ref P, prod]}")
    more = "  Table: {Type: 'AWS::DynamoDB::Table', Condition: IsProd}\n"
    assert load(template("x", *sections, resources=more), tmp_path).skipped == {
        "Table": "AWS::DynamoDB::Table"
    }
    more = "  Group: {Type: 'AWS::Cognito::UserPoolGroup', Condition: IsProd}\n"
    assert "give a value, --parameter P=…" in wrong(tmp_path, template("x", *sections, resources=more))


CDK = {
    "Resources": {
        "Pool4000": {
            "Type": "AWS::Cognito::UserPool",
            "Properties": {
                "AccountRecoverySetting": {
                    "RecoveryMechanisms": [
                        {"Name": "verified_phone_number", "Priority": 1},
                        {"Name": "verified_email", "Priority": 2},
                    ]
                },
                "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
                "EmailVerificationMessage": "The verification code to your new account is {####}",
                "EmailVerificationSubject": "Verify your new account",
                "SmsVerificationMessage": "The verification code to your new account is {####}",
                "VerificationMessageTemplate": {
                    "DefaultEmailOption": "CONFIRM_WITH_CODE",
                    "EmailMessage": "The verification code to your new account is {####}",
                    "EmailSubject": "Verify your new account",
                    "SmsMessage": "The verification code to your new account is {####}",
                },
                "LambdaConfig": {"PostConfirmation": {"Fn::GetAtt": ["Hook1234", "Arn"]}},
            },
            "UpdateReplacePolicy": "Retain",
            "DeletionPolicy": "Retain",
            "Metadata": {"aws:cdk:path": "Stack/Pool/Resource"},
        },
        "PoolWeb5000": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "AllowedOAuthFlows": ["implicit", "code"],
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthScopes": [
                    "profile",
                    "phone",
                    "email",
                    "openid",
                    "aws.cognito.signin.user.admin",
                ],
                "CallbackURLs": [{"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Site", "DomainName"]}]]}],
                "SupportedIdentityProviders": ["COGNITO"],
                "UserPoolId": {"Ref": "Pool4000"},
            },
        },
        "Hook1234": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs22.x"}},
        "Site": {"Type": "AWS::CloudFront::Distribution"},
        "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable"},
    },
    "Conditions": {
        "CDKMetadataAvailable": {
            "Fn::Or": [
                {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}] * 2},
                {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-west-2"]},
            ]
        }
    },
    "Parameters": {
        "BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        }
    },
    "Rules": {
        "CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1"], "2"]}]}}]}
    },
}


def test_what_cdk_makes(server, idp):
    """The JSON that `cdk synth` writes for a pool with a client, a function and a site."""
    text, told = json.dumps(CDK), {"Site.DomainName": "shop.example.com"}
    done = applied(server, text, name="template.json", **told)
    assert actions(done) == {"Pool4000": "create", "PoolWeb5000": "create"}
    assert set(done.stack.skipped) == {"Hook1234", "Site", "CDKMetadata"}
    [pool] = idp.list_user_pools(MaxResults=10)["UserPools"]
    [client] = idp.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    found = idp.describe_user_pool_client(UserPoolId=pool["Id"], ClientId=client["ClientId"])[
        "UserPoolClient"
    ]
    assert found["CallbackURLs"] == ["https://shop.example.com"]
    assert not planned(server, text, name="template.json", **told).changes
