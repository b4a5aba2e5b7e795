"""A page's token is good for the list that it came from, and for no other, at every operation that lists."""

from typing import Any

import pytest
from botocore.session import Session

from poolhouse.operations.registry import HANDLERS
from support.people import People, refused
from support.server import RunningServer

ROLE = "arn:aws:iam::000000000000:role/logs"
_MODEL = Session().get_service_model("cognito-idp")
LISTS = {
    name: token
    for name in HANDLERS
    for token in ("NextToken", "PaginationToken")
    if token in _MODEL.operation_model(name).input_shape.members
}
"""Operation → the name of its token, in what is sent and in what comes."""

ONE_PAGE = {
    "AdminListUserSessions",
    "ListUserSessions",
    "ListUserPoolClientSecrets",
    "ListUserPoolReplicas",
}
"""These never have a second page: at most so many are kept as a page holds."""

BY_OTHERS = {"ListUserPools", "AdminListDevices", "ListDevices", "ListWebAuthnCredentials"}
"""ListUserPools is no pool's; the pages of devices and passkeys are walked in their own tests."""


class Kit:
    """A pool that has two of everything that is listed."""

    def __init__(self, people: People) -> None:
        pool = people.pool(
            AutoVerifiedAttributes=["email"],
            UserPoolTier="PLUS",
            UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"},
        )
        self.idp, self.pool = pool.idp, pool.id
        self.jane = pool.user("jane")
        pool.token("jane")  # the second event
        pool.user("john")
        for number in range(2):
            group = {"UserPoolId": pool.id, "GroupName": f"g{number}"}
            self.idp.create_group(**group)
            self.idp.admin_add_user_to_group(Username="jane", **group)
            self.idp.create_resource_server(UserPoolId=pool.id, Identifier=f"api{number}", Name="api")
            client = self.idp.create_user_pool_client(UserPoolId=pool.id, ClientName=f"c{number}")
            self.client = client["UserPoolClient"]["ClientId"]
            self.idp.create_terms(
                UserPoolId=pool.id,
                ClientId=self.client,
                TermsName="terms-of-use",
                TermsSource="LINK",
                Enforcement="NONE",
                Links={"cognito:default": "https://example.com/terms"},
            )
            self.idp.create_user_import_job(
                UserPoolId=pool.id, JobName=f"j{number}", CloudWatchLogsRoleArn=ROLE
            )
        self.idp.admin_add_user_to_group(UserPoolId=pool.id, Username="john", GroupName="g0")

    def ask(self, name: str, **more: Any) -> dict[str, Any]:
        """Ask for a list, for one to a page where that can be said."""
        members = _MODEL.operation_model(name).input_shape.members
        known = {
            "UserPoolId": self.pool,
            "Username": "jane",
            "GroupName": "g0",
            "ClientId": self.client,
            "AccessToken": self.jane.token,
            "Limit": 1,
            "MaxResults": 1,
        }
        request = {member: value for member, value in known.items() if member in members}
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
        return dict(getattr(self.idp, method)(**request, **more))

    def token(self, name: str) -> str:
        return str(self.ask(name)[LISTS[name]])


@pytest.fixture
def kits(server: RunningServer, store_url: str) -> tuple[Kit, Kit]:
    ours, theirs = (Kit(People(server, server.client(), store_url)) for _ in range(2))
    return ours, theirs


def test_attack_page_tokens_of_other_lists_and_pools(kits: tuple[Kit, Kit]) -> None:
    ours, theirs = kits
    paged = [name for name in LISTS if name not in ONE_PAGE | BY_OTHERS]
    tokens = {name: ours.token(name) for name in [*paged, "ListUserPools"]}
    foreign = {name: theirs.token(name) for name in paged}
    for name in paged:
        assert ours.ask(name, **{LISTS[name]: tokens[name]})
    for name, member in LISTS.items():
        others = [token for of, token in tokens.items() if of != name]
        own = [foreign[name], _changed(tokens[name])] if name in paged else []
        for token in [*others, *own, "AAAA"]:
            with refused("InvalidParameterException"):
                ours.ask(name, **{member: token})


def _changed(token: str) -> str:
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
