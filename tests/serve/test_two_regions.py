"""Two server processes as two regions over one PostgreSQL: a pool, and its replica in the other region."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError

import engines
from support.process import Serving, serving
from support.sign_in import ALL_FLOWS, PASSWORD

HOME, AWAY = "us-east-1", "eu-west-1"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Serving]]:
    """The servers of the two regions, whose settings differ in `server.region` alone."""
    folder = tmp_path_factory.mktemp("regions")
    with engines.database("postgresql", folder) as url, ExitStack() as stack:

        def started(region: str) -> Serving:
            config = folder / f"{region}.toml"
            listed = "".join(
                f'[[server.regions]]\nname = "{name}"\npublic_url = "https://{name}.id.example.com"\n'
                for name in (HOME, AWAY)
            )
            config.write_text(f'[storage]\nurl = "{url}"\n[server]\nregion = "{region}"\n{listed}')
            arguments = ("--dev", "--data", str(folder / "data"), "--config", str(config))
            return stack.enter_context(serving(folder / f"{region}.log", *arguments))

        yield started(HOME), started(AWAY)


def refusal(function: Callable[..., Any], **options: Any) -> str:
    with pytest.raises(ClientError) as refused:
        function(**options)
    return str(refused.value.response["Error"]["Code"])


def signed_in(idp: Any, client: str) -> dict[str, str]:
    parameters = {"USERNAME": "jane", "PASSWORD": PASSWORD}
    answer = idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters=parameters)
    return dict(answer["AuthenticationResult"])


def test_a_pool_in_two_regions(servers: tuple[Serving, Serving]) -> None:
    home, away = servers[0].client(region=HOME), servers[1].client(region=AWAY)
    pool = home.create_user_pool(PoolName="people")["UserPool"]["Id"]
    made = home.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=ALL_FLOWS)
    client = made["UserPoolClient"]["ClientId"]
    assert pool.startswith(HOME)
    assert refusal(away.describe_user_pool, UserPoolId=pool) == "ResourceNotFoundException"
    home.create_user_pool_replica(UserPoolId=pool, RegionName=AWAY)
    away.update_user_pool_replica(UserPoolId=pool, RegionName=AWAY, Status="ACTIVE")

    time.sleep(2.1)  # for users, what a server knows of a pool is at most two seconds old

    # Who signs up at home signs in away; each takes the other's tokens, which have one issuer.
    home.sign_up(ClientId=client, Username="jane", Password=PASSWORD)
    home.admin_confirm_sign_up(UserPoolId=pool, Username="jane")
    for one, other in ((home, away), (away, home)):
        tokens = signed_in(one, client)
        claims = jwt.decode(tokens["AccessToken"], options={"verify_signature": False})
        assert claims["iss"] == f"https://{HOME}.id.example.com/{pool}"
        assert other.get_user(AccessToken=tokens["AccessToken"])["Username"] == "jane"

        # What one ends the other refuses at once.
        one.revoke_token(Token=tokens["RefreshToken"], ClientId=client)
        assert refusal(other.get_user, AccessToken=tokens["AccessToken"]) == "NotAuthorizedException"

    # Nothing is written away.
    enabled = "OperationNotEnabledException"
    assert refusal(away.sign_up, ClientId=client, Username="sue", Password=PASSWORD) == enabled
    assert refusal(away.admin_create_user, UserPoolId=pool, Username="sue") == enabled
    assert refusal(away.admin_disable_user, UserPoolId=pool, Username="jane") == enabled
    assert refusal(away.create_user_pool_client, UserPoolId=pool, ClientName="b") == enabled

    # A pool goes when its replica has gone.
    which = {"UserPoolId": pool, "RegionName": AWAY}
    assert refusal(home.delete_user_pool, UserPoolId=pool) == "InvalidParameterException"
    assert refusal(home.delete_user_pool_replica, **which) == "InvalidParameterException"
    home.update_user_pool_replica(**which, Status="INACTIVE")
    assert refusal(away.delete_user_pool_replica, **which) == enabled
    home.delete_user_pool_replica(**which)
    assert refusal(away.describe_user_pool, UserPoolId=pool) == "ResourceNotFoundException"
    home.delete_user_pool(UserPoolId=pool)
