"""Where nothing stands between a password and tokens, one transaction counts the answer and begins the family."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.sign_in.conftest import arn
from poolhouse.store.families import Families
from poolhouse.store.transaction import Store
from support.server import RunningServer
from support.sign_in import Place, make_place


@pytest.fixture
def counted(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts units of work and stored families, which happen all the same."""
    seen: Counter[str] = Counter()

    def watch(owner: type, name: str) -> None:
        method = getattr(owner, name)

        def counting(*args: Any, **options: Any) -> Any:
            seen[name] += 1
            return method(*args, **options)

        monkeypatch.setattr(owner, name, counting)

    kind = next(kind for kind in type(server.store).__mro__ if "write" in vars(kind) and kind is not Store)
    watch(kind, "write")
    watch(Families, "add")
    return seen


def plain(place: Place) -> Any:
    return place.plain()


def srp(place: Place) -> Any:
    return place.srp().authenticate_user()


@pytest.mark.parametrize("sign_in", [plain, srp])
def test_a_sign_in_waits_for_one_transaction(
    server: RunningServer, counted: Counter[str], sign_in: Any
) -> None:
    server.application.background.stop()
    place = make_place(server)
    place.person()
    sign_in(place)  # signing keys are made at first need
    counted.clear()
    assert "AuthenticationResult" in sign_in(place)
    assert counted == {"write": 1, "add": 1}


def test_no_transaction_is_open_while_a_trigger_is_asked(
    triggered: RunningServer, counted: Counter[str], fired: list[dict[str, Any]]
) -> None:
    triggered.application.background.stop()
    place = make_place(triggered, LambdaConfig={"PostAuthentication": arn("record")})
    place.person()
    srp(place)
    counted.clear()
    srp(place)
    assert counted == {"write": 2, "add": 1}
    assert [event["triggerSource"] for event in fired] == ["PostAuthentication_Authentication"] * 2


@pytest.mark.parametrize("sign_in", [plain, srp])
def test_a_right_password_that_leads_to_no_tokens_begins_no_family(
    server: RunningServer, counted: Counter[str], sign_in: Any
) -> None:
    place = make_place(server)
    place.person()
    place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")
    with pytest.raises(ClientError, match="User is disabled"):
        sign_in(place)
    invited = make_place(server)
    invited.invite()
    assert plain(invited)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert counted["add"] == 0


def test_a_wrong_password_begins_no_family(server: RunningServer, counted: Counter[str]) -> None:
    place = make_place(server)
    place.person()
    for name in ("jane", "nobody"):
        with pytest.raises(ClientError):
            place.plain(name, "Wrong-Horse-9")
    assert counted["add"] == 0
