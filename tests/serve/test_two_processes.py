"""Two server processes on one PostgreSQL: what one of them ends, the other refuses at once."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from botocore.exceptions import ClientError

import engines
from support.process import Serving, poolhouse, serving
from support.sign_in import ALL_FLOWS, PASSWORD

REVOKED = "Access Token has been revoked"
_PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Serving, Serving]]:
    """The arguments that both have in common, and the two."""
    folder = tmp_path_factory.mktemp("place")
    with engines.database("postgresql", folder) as url, ExitStack() as stack:
        config = folder / "poolhouse.toml"
        config.write_text(f'[server]\npublic_url = "https://id.example.com"\n[storage]\nurl = "{url}"\n')
        arguments = ["--data", str(folder / "data"), "--config", str(config)]
        one, other = (
            stack.enter_context(serving(folder / f"log{number}", "--dev", *arguments)) for number in range(2)
        )
        yield arguments, one, other


@pytest.fixture(scope="module")
def pool(place: tuple[list[str], Serving, Serving]) -> tuple[str, str]:
    """A pool that tracks sessions, with a user, and a client of it."""
    idp = place[1].client()
    made = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    idp.set_user_pool_session_configuration(
        UserPoolId=made, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 2}
    )
    client = idp.create_user_pool_client(UserPoolId=made, ClientName="app", ExplicitAuthFlows=ALL_FLOWS)
    idp.admin_create_user(UserPoolId=made, Username="jane", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=made, Username="jane", Password=PASSWORD, Permanent=True)
    return made, client["UserPoolClient"]["ClientId"]


def signed_in(server: Serving, client: str) -> dict[str, str]:
    answer = server.client().initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client,
        AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
    )
    return dict(answer["AuthenticationResult"])


def current(server: Serving, tokens: dict[str, str]) -> str:
    listed = server.client().list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]
    (found,) = [each["SessionId"] for each in listed if each["IsCurrentSession"]]
    return str(found)


def refusal(function: Callable[..., Any], **options: Any) -> str:
    with pytest.raises(ClientError) as refused:
        function(**options)
    return str(refused.value.response["Error"]["Message"])


@pytest.mark.parametrize("how", ["session", "session by an administrator", "token", "everywhere", "limit"])
def test_what_one_process_ends_the_other_refuses_at_once(
    place: tuple[list[str], Serving, Serving], pool: tuple[str, str], how: str
) -> None:
    _, one, other = place
    pool_id, client = pool
    kept, gone = signed_in(other, client), signed_in(one, client)
    get_user, token = one.client().get_user, gone["AccessToken"]
    assert get_user(AccessToken=token)["Username"] == "jane", "and from here on this process remembers it"
    session = current(one, gone)
    idp = other.client()
    if how == "session":
        idp.revoke_user_session(AccessToken=kept["AccessToken"], SessionId=session)
    elif how == "session by an administrator":
        idp.admin_revoke_user_session(UserPoolId=pool_id, Username="jane", SessionId=session)
    elif how == "token":
        idp.revoke_token(Token=gone["RefreshToken"], ClientId=client)
    elif how == "everywhere":
        idp.global_sign_out(AccessToken=kept["AccessToken"])
    else:
        signed_in(other, client)
        signed_in(other, client)
    assert refusal(get_user, AccessToken=token) == REVOKED
    assert refusal(one.client().list_user_sessions, AccessToken=token) == REVOKED
    refreshed = refusal(
        one.client().get_tokens_from_refresh_token, RefreshToken=gone["RefreshToken"], ClientId=client
    )
    assert refreshed == "Refresh Token has been revoked"


def test_groups_of_one_process_are_in_the_others_next_tokens(
    place: tuple[list[str], Serving, Serving], pool: tuple[str, str]
) -> None:
    _, one, other = place
    pool_id, client = pool
    idp, member = one.client(), {"UserPoolId": pool_id, "Username": "jane", "GroupName": "staff"}
    assert groups(other, client) is None
    idp.create_group(UserPoolId=pool_id, GroupName="staff")
    idp.admin_add_user_to_group(**member)
    assert groups(other, client) == ["staff"]
    idp.delete_group(UserPoolId=pool_id, GroupName="staff")
    assert groups(other, client) is None


def groups(server: Serving, client: str) -> Any:
    token = signed_in(server, client)["AccessToken"]
    return jwt.decode(token, options={"verify_signature": False}).get("cognito:groups")


def test_signing_keys_change_for_both(
    place: tuple[list[str], Serving, Serving], pool: tuple[str, str]
) -> None:
    arguments, one, other = place
    pool_id, client = pool
    tokens = [signed_in(each, client) for each in (one, other)]
    too_soon = poolhouse("signing-key", "rotate", pool_id, "--notice", "5", *arguments)
    assert (too_soon.returncode, "at least 60" in too_soon.stderr) == (1, True)
    nowhere = poolhouse("signing-key", "rotate", "us-east-1_Nowhere00", *arguments)
    assert (nowhere.returncode, nowhere.stderr) == (1, "poolhouse: there is no pool us-east-1_Nowhere00\n")
    rotated = poolhouse("signing-key", "rotate", pool_id, *arguments)
    assert re.fullmatch(rf"The new keys of {pool_id} are published, .*\n", rotated.stdout), rotated.stderr
    again = poolhouse("signing-key", "rotate", pool_id, *arguments)
    assert (again.returncode, "do not sign yet" in again.stderr) == (1, True)
    listed = poolhouse("signing-key", "list", pool_id, *arguments).stdout.splitlines()
    assert len(listed) == 4
    assert sum("signs until 20" in line for line in listed) == 2
    assert sum("signs from 20" in line for line in listed) == 2
    for server in (one, other):
        end = time.monotonic() + _PATIENCE_SECONDS
        while len(keys(server, pool_id)) < 4:
            assert time.monotonic() < end
            time.sleep(0.2)
        assert [line.split()[0] for line in listed] == keys(server, pool_id)
        tokens.append(signed_in(server, client))
    checker = jwt.PyJWKClient(f"{other.url}/{pool_id}/.well-known/jwks.json")
    for each in tokens:
        for name in ("IdToken", "AccessToken"):
            key = checker.get_signing_key_from_jwt(each[name])
            assert jwt.decode(each[name], key, algorithms=["RS256"], options={"verify_aud": False})["sub"]


def test_attack_a_token_of_a_removed_signing_key(
    place: tuple[list[str], Serving, Serving], pool: tuple[str, str]
) -> None:
    """Also one that both have accepted before; the sign-in goes on with a token of another key."""
    arguments, one, other = place
    pool_id, client = pool
    tokens = signed_in(one, client)
    stolen, others = tokens["AccessToken"], jwt.get_unverified_header(tokens["IdToken"])["kid"]
    for server in (one, other):
        assert server.client().get_user(AccessToken=stolen)["Username"] == "jane"
    kid = jwt.get_unverified_header(stolen)["kid"]
    unknown = poolhouse("signing-key", "remove", pool_id, f"x{kid}", *arguments)
    assert (unknown.returncode, unknown.stderr) == (1, f"poolhouse: {pool_id} has no signing key x{kid}\n")
    removed = poolhouse("signing-key", "remove", pool_id, kid, *arguments)
    assert removed.stdout == f"Removed. Tokens that {kid} signed are refused from now on.\n", removed.stderr
    time.sleep(2)
    for server in (one, other):
        idp = server.client()
        assert refusal(idp.get_user, AccessToken=stolen) == "Invalid Access Token"
        assert kid not in keys(server, pool_id)
        assert others in keys(server, pool_id)
        again = idp.get_tokens_from_refresh_token(RefreshToken=tokens["RefreshToken"], ClientId=client)
        fresh = again["AuthenticationResult"]["AccessToken"]
        assert jwt.get_unverified_header(fresh)["kid"] != kid
        for each in (one, other):
            assert each.client().get_user(AccessToken=fresh)["Username"] == "jane"


def keys(server: Serving, pool_id: str) -> list[str]:
    document = httpx2.get(f"{server.url}/{pool_id}/.well-known/jwks.json", timeout=5).json()
    return [key["kid"] for key in document["keys"]]


def test_the_commands_need_a_place(tmp_path: Path) -> None:
    for command in (["list"], ["rotate"]):
        refused = poolhouse("signing-key", *command, "us-east-1_Ab12Cd34E", "--data", str(tmp_path / "none"))
        assert refused.returncode == 1
        assert refused.stderr.startswith("poolhouse: there is no ")
