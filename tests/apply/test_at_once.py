"""The same file applied by several at once."""

from poolhouse.apply import run
from support.applying import load
from support.people import at_once

FILE = """
Resources:
  Pool: {Type: 'AWS::Cognito::UserPool', Properties: {UserPoolName: people}}
  Web: {Type: 'AWS::Cognito::UserPoolClient', Properties: {UserPoolId: !Ref Pool, ClientName: web}}
  Admins: {Type: 'AWS::Cognito::UserPoolGroup', Properties: {UserPoolId: !Ref Pool, GroupName: admins}}
"""


def test_several_make_one_pool(server, idp):
    """Ids are drawn at random, so that nothing but the stack's own turn keeps them from making several."""
    stack = load(FILE, server.data)

    def apply() -> str:
        for _ in range(20):
            plan = run.plan(server.services, stack)
            if not plan.changes:
                return "nothing to do"
            try:
                run.carry_out(server.services, plan)
            except run.ChangedMeanwhile:
                continue
            return "done"
        return "never"

    found = at_once(*[apply] * 6)
    assert sorted(found) == ["done", *["nothing to do"] * 5]
    [pool] = idp.list_user_pools(MaxResults=10)["UserPools"]
    assert len(idp.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]) == 1
