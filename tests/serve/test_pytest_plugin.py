"""The plugin in a run of its own, as a suite that installed the package has it."""

import os
import subprocess
import sys
from pathlib import Path

_SUITE = """
def sign_up(pool, email):
    pool.idp.sign_up(ClientId=pool.client_id, Username="sue", Password="Correct-horse-7",
                     UserAttributes=[{"Name": "email", "Value": email}])

def test_one(poolhouse):
    sign_up(poolhouse, "sue@example.com")
    poolhouse.idp.confirm_sign_up(ClientId=poolhouse.client_id, Username="sue",
                                  ConfirmationCode=poolhouse.code("sue@example.com"))
    tokens = poolhouse.idp.initiate_auth(
        ClientId=poolhouse.client_id, AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "sue", "PASSWORD": "Correct-horse-7"})
    assert tokens["AuthenticationResult"]["AccessToken"]

def test_another_has_a_pool_of_its_own(poolhouse, poolhouse_server):
    assert poolhouse.issuer == f"{poolhouse_server.url}/{poolhouse.pool_id}"
    assert poolhouse.idp.list_users(UserPoolId=poolhouse.pool_id)["Users"] == []
    sign_up(poolhouse, "sue@example.com")
"""


def test_a_suite_has_a_pool_for_each_test(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(_SUITE)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr
