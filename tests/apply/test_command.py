"""`poolhouse apply` as people run it, on both engines, and a server on what it has made."""

import os
import pty
import re
from pathlib import Path

import httpx2
import pytest

from support.applying import command
from support.process import poolhouse, serving, starting

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


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_somebody_confirms_or_not(place, file, answer, status):
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        done = command(file, *place, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == status, done.stderr
    assert ("Done." in done.stdout) is (status == 0)
    assert command(file, "--plan", *place).returncode == (0 if status == 0 else 2)


def test_a_server_in_production(file, store_url, tmp_path):
    """Without `--dev`: signatures count, and the key of `init` is needed for the API alone."""
    config = tmp_path / "poolhouse.toml"
    config.write_text(f'[storage]\nurl = "{store_url}"\n')
    place = ["--config", str(config), "--data", str(tmp_path / "data")]
    made = poolhouse("init", *place).stdout
    key, secret = (
        re.search(rf"{name}\W+(\S+)", made)[1] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    )
    done = command(file, "--yes", *place)
    assert done.returncode == 0, done.stderr
    with serving(tmp_path / "log", *place) as server:
        pool = server.client(key, secret).describe_user_pool(UserPoolId="us-east-1_Shop00001")["UserPool"]
        assert pool["Name"] == "shop-UserPool"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--parameter", "Nope=1"], "--parameter Nope: the template has no such parameter"),
        (["--parameter", "Length"], "the parameter Length is not NAME=VALUE"),
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


def test_a_server_comes_up_with_its_file(place, file, tmp_path):
    config = Path(place[place.index("--config") + 1])
    config.write_text("[server]\napply_parameters = ['Length=10']\n" + config.read_text())
    for _ in range(2):  # the second time there is nothing to do
        with serving(tmp_path / "log", *place, "--apply", str(file)) as server:
            idp = server.client()
            pool = idp.describe_user_pool(UserPoolId="us-east-1_Shop00001")["UserPool"]
            assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 10
            idp.describe_user_pool_client(UserPoolId="us-east-1_Shop00001", ClientId="shopweb")
            assert len(idp.list_user_pools(MaxResults=10)["UserPools"]) == 1


def test_the_issuers_of_a_server_that_comes_up_are_its_own(place, file, tmp_path):
    with serving(tmp_path / "log", *place, "--apply", str(file)) as server:
        found = httpx2.get(f"{server.url}/us-east-1_Shop00001/.well-known/openid-configuration").json()
        assert found["issuer"] == f"http://localhost:{server.port}/us-east-1_Shop00001"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1", "this is no template: it has no Resources"),
        (
            SAM.replace("MinimumLength: !Ref Length", "MinimumLength: 1"),
            "MinimumLength: Member must have value",
        ),
    ],
)
def test_a_server_whose_file_cannot_be_applied_does_not_start(place, file, tmp_path, text, said):
    file.write_text(text)
    log = tmp_path / "log"
    with starting(log, *place, "--apply", str(file)) as process:
        assert process.wait(60) == 1
    assert said in log.read_text()
