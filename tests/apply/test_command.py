"""`poolhouse apply` as people run it, on both engines, and a server on what it has made."""

from pathlib import Path

import pytest

from support.applying import command
from support.process import serving

SAM = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12}
Parameters:
  Length: {Type: Number, Default: 8}
Resources:
  UserPool:
    Type: AWS::Cognito::UserPool
    Metadata: {Poolhouse: {UserPoolId: us-east-1_Shop00001}}
    Properties:
      UserPoolName: !Sub ${AWS::StackName}-UserPool
      Policies: {PasswordPolicy: {MinimumLength: !Ref Length}}
      UsernameAttributes: [email]
  Client:
    Type: AWS::Cognito::UserPoolClient
    Metadata: {Poolhouse: {ClientId: shopweb}}
    Properties:
      UserPoolId: !Ref UserPool
      ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
  Confirm:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      CodeUri: src/
      Events:
        SignUp: {Type: Cognito, Properties: {Trigger: PreSignUp, UserPool: !Ref UserPool}}
  Table: {Type: AWS::Serverless::SimpleTable}
Outputs:
  Pool: {Value: !Ref UserPool}
  Issuer: {Value: !GetAtt UserPool.ProviderURL}
"""


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> list[str]:
    config = tmp_path / "poolhouse.toml"
    config.write_text(
        f'[storage]\nurl = "{store_url}"\n[[triggers.map]]\narn = "*:function:shop-Confirm"\n'
        'kind = "python"\ncallable = "support.functions:accept"\n'
    )
    return ["--dev", "--config", str(config), "--data", str(tmp_path / "data")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    file = folder / "template.yaml"
    file.write_text(SAM)
    return file


def test_a_sam_template_and_a_user_who_signs_in(place, file, tmp_path):
    plan = command(file, "--plan", *place)
    assert plan.returncode == 2, plan.stderr
    assert "create     UserPool  UserPool  us-east-1_Shop00001" in plan.stdout
    assert "skipped    Confirm  AWS::Serverless::Function" in plan.stdout
    done = command(file, "--yes", *place)
    assert done.returncode == 0, done.stderr
    assert "Pool = us-east-1_Shop00001" in done.stdout.splitlines()
    again = command(file, *place)
    assert again.returncode == 0
    assert "Nothing to do: everything is as the file wants it." in again.stdout.splitlines()
    assert command(file, "--plan", *place).returncode == 0
    with serving(tmp_path / "log", *place) as server:
        idp = server.client()
        idp.sign_up(ClientId="shopweb", Username="sue@example.com", Password="Correct-Horse-7")
        signed_in = idp.initiate_auth(
            ClientId="shopweb",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "sue@example.com", "PASSWORD": "Correct-Horse-7"},
        )
        assert "AccessToken" in signed_in["AuthenticationResult"]
        longer = command(file, "--yes", "--parameter", "Length=12", *place)  # while it is served
        assert longer.returncode == 0, longer.stderr
        pool = idp.describe_user_pool(UserPoolId="us-east-1_Shop00001")["UserPool"]
        assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12


def test_nobody_confirms(place, file):
    done = command(file, *place)
    assert (done.returncode, done.stderr) == (
        1,
        "poolhouse: nobody is there to confirm: --yes does without, --plan only shows\n",
    )
    assert command(file, "--plan", *place).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--parameter", "Nope=1"], "--parameter Nope: the template has no such parameter"),
        (["--parameter", "Length"], "--parameter Length is not NAME=VALUE"),
        (["--parameter", "Length=long"], "Parameters.Length: the value is no number"),
        (["--stack", "a_b"], "'a_b' is no name for a stack"),
    ],
)
def test_arguments_that_are_wrong(place, file, arguments, said):
    done = command(file, "--plan", *arguments, *place)
    assert done.returncode == 1
    assert said in done.stderr


def test_files_that_are_none(place, tmp_path):
    missing = command(tmp_path / "missing.yaml", *place)
    assert (missing.returncode, missing.stderr.startswith("poolhouse: cannot read ")) == (1, True)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert "cannot read" in command(tmp_path / "binary.yaml", *place).stderr
    (tmp_path / "other.yaml").write_text("a: 1")
    assert "this is no template: it has no Resources" in command(tmp_path / "other.yaml", *place).stderr


def test_a_folder_that_was_never_made_is_not_made(tmp_path, file):
    """A mistyped `--data` must not make another database."""
    done = command(file, "--yes", "--data", str(tmp_path / "mistyped"))
    assert done.returncode == 1
    assert "there is no key ring at" in done.stderr
    assert not (tmp_path / "mistyped").exists()
