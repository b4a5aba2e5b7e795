"""The files of docs/how-to/apply.md."""

import re
from pathlib import Path

import pytest

from support.applying import applied, planned

_HOW_TO = (Path(__file__).parents[2] / "docs" / "how-to" / "apply.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", _HOW_TO, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize(("language", "name"), [("yaml", "template.yaml"), ("toml", "shop.toml")])
def test_the_files_of_the_how_to(server, idp, language, name):
    text = block(language)
    applied(server, text, name=name)
    assert not planned(server, text, name=name).changes
    client = idp.describe_user_pool_client(UserPoolId="us-east-1_Shop00001", ClientId="shopweb")
    assert "ALLOW_USER_SRP_AUTH" in client["UserPoolClient"]["ExplicitAuthFlows"]
