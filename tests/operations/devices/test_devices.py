"""Devices through boto3: offered, confirmed, listed, remembered, forgotten; and tokens that belong to one."""

import base64
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from poolhouse.domain import srp
from poolhouse.keys.signing import parse
from support.devices import ASKING, MISSING, TRACKED, a_gadget, new_gadget
from support.people import at_once, named, refused
from support.server import RunningServer
from support.sign_in import Place, make_place

INVALID = "NotAuthorizedException", "Invalid Refresh Token"
NOT_ITS_KEY = "InvalidParameterException", "Invalid device key given."


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = make_place(server, **TRACKED)
    made.person()
    return made


def device_key(tokens: dict[str, Any]) -> str | None:
    return parse(tokens["AccessToken"]).claims.get("device_key")


def by_flow(place: Place, tokens: dict[str, Any], key: str | None) -> dict[str, Any]:
    named = {"DEVICE_KEY": key} if key else {}
    return place.idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId=place.client,
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], **named},
    )["AuthenticationResult"]


def by_operation(place: Place, tokens: dict[str, Any], key: str | None) -> dict[str, Any]:
    named = {"DeviceKey": key} if key else {}
    return place.idp.get_tokens_from_refresh_token(
        RefreshToken=tokens["RefreshToken"], ClientId=place.client, **named
    )["AuthenticationResult"]


refreshed = pytest.mark.parametrize("refresh", [by_flow, by_operation])


def test_a_sign_in_is_offered_a_key_of_its_own(place: Place) -> None:
    first, second = (place.plain()["AuthenticationResult"] for _ in range(2))
    for tokens in (first, second):
        new = tokens["NewDeviceMetadata"]
        assert re.fullmatch(r"us-east-1_[0-9a-f-]{36}", new["DeviceKey"])
        assert re.fullmatch(r"-[\w-]{9}", new["DeviceGroupKey"])
        assert device_key(tokens) == new["DeviceKey"]
        assert "device_key" not in parse(tokens["IdToken"]).claims
    assert first["NewDeviceMetadata"]["DeviceKey"] != second["NewDeviceMetadata"]["DeviceKey"]
    assert first["NewDeviceMetadata"]["DeviceGroupKey"] == second["NewDeviceMetadata"]["DeviceGroupKey"]
    started = (client := place.srp()).start()
    assert client.answer(client.claim(started))["AuthenticationResult"]["NewDeviceMetadata"]


def test_pools_without_devices_offer_none_and_ignore_keys(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    tokens = place.plain(DEVICE_KEY="us-east-1_whatever")["AuthenticationResult"]
    assert "NewDeviceMetadata" not in tokens
    assert device_key(tokens) is None
    with refused(*NOT_ITS_KEY):
        place.idp.confirm_device(AccessToken=tokens["AccessToken"], DeviceKey="us-east-1_0a")
    assert place.idp.list_devices(AccessToken=tokens["AccessToken"])["Devices"] == []


def test_an_administrator_s_sign_in_is_no_device_s(place: Place) -> None:
    gadget = a_gadget(place)

    def sign_in(**parameters: str) -> dict[str, Any]:
        return place.idp.admin_initiate_auth(
            UserPoolId=place.pool,
            ClientId=place.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "jane", "PASSWORD": "Correct-Horse-9", **parameters},
        )["AuthenticationResult"]

    tokens = sign_in()
    assert "NewDeviceMetadata" not in tokens
    assert device_key(tokens) is None
    assert device_key(sign_in(DEVICE_KEY=gadget.key)) == gadget.key
    with refused(*MISSING):
        sign_in(DEVICE_KEY="us-east-1_0a")


def test_a_server_tells_which_address_a_device_signed_in_from(place: Place) -> None:
    gadget = a_gadget(place)
    place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "jane", "PASSWORD": "Correct-Horse-9", "DEVICE_KEY": gadget.key},
        ContextData={
            "IpAddress": "2001:DB8::0:1",
            "ServerName": "app.example.com",
            "ServerPath": "/sign-in",
            "HttpHeaders": [{"headerName": "User-Agent", "headerValue": "Firefox"}],
        },
    )
    seen = place.idp.admin_get_device(UserPoolId=place.pool, Username="jane", DeviceKey=gadget.key)["Device"]
    assert named(seen["DeviceAttributes"])["last_ip_used"] == "2001:db8::1"


def test_a_confirmed_device_is_known(place: Place) -> None:
    gadget = new_gadget(place)
    assert gadget.confirm()["UserConfirmationNecessary"] is False
    place.server.clock.advance(60)
    tokens = place.plain(DEVICE_KEY=gadget.key)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in tokens
    assert device_key(tokens) == gadget.key
    device = place.idp.get_device(AccessToken=tokens["AccessToken"], DeviceKey=gadget.key)["Device"]
    assert device["DeviceKey"] == gadget.key
    assert named(device["DeviceAttributes"]) == {
        "device_status": "valid",
        "device_name": "phone",
        "last_ip_used": "127.0.0.1",
    }
    times = [
        device[f"Device{name}Date"].timestamp() for name in ("Create", "LastModified", "LastAuthenticated")
    ]
    now = place.server.clock.now()
    assert times == [now - 60, now, now]
    seen = place.idp.admin_get_device(UserPoolId=place.pool, Username="jane", DeviceKey=gadget.key)["Device"]
    assert named(seen["DeviceAttributes"]) == {
        "device_status": "valid",
        "device_name": "phone",
        "dev:device_arn": f"arn:aws:cognito-idp:us-east-1:000000000000:owner/jane.{place.pool}"
        f"/device/{gadget.key}",
        "dev:device_owner": f"jane.{place.pool}",
        "last_ip_used": "127.0.0.1",
        "dev:device_remembered_status": "remembered",
    }


def test_a_device_without_a_name_or_a_secret(place: Place) -> None:
    gadget = new_gadget(place)
    place.idp.confirm_device(AccessToken=gadget.tokens["AccessToken"], DeviceKey=gadget.key)
    device = place.idp.get_device(AccessToken=gadget.tokens["AccessToken"], DeviceKey=gadget.key)["Device"]
    assert "device_name" not in named(device["DeviceAttributes"])


def test_a_pool_that_asks_remembers_only_who_says_so(server: RunningServer) -> None:
    place = make_place(server, **ASKING)
    place.person()
    gadget = new_gadget(place)
    token = gadget.tokens["AccessToken"]
    assert gadget.confirm()["UserConfirmationNecessary"] is True

    def mine() -> list[str]:
        return [device["DeviceKey"] for device in place.idp.list_devices(AccessToken=token)["Devices"]]

    def status() -> str:
        (device,) = place.idp.admin_list_devices(UserPoolId=place.pool, Username="jane")["Devices"]
        return named(device["DeviceAttributes"])["dev:device_remembered_status"]

    assert (mine(), status()) == ([], "not_remembered")
    place.idp.update_device_status(
        AccessToken=token, DeviceKey=gadget.key, DeviceRememberedStatus="remembered"
    )
    assert (mine(), status()) == ([gadget.key], "remembered")
    place.idp.update_device_status(AccessToken=token, DeviceKey=gadget.key)
    assert status() == "remembered"
    place.idp.admin_update_device_status(
        UserPoolId=place.pool,
        Username="jane",
        DeviceKey=gadget.key,
        DeviceRememberedStatus="not_remembered",
    )
    assert (mine(), status()) == ([], "not_remembered")


def test_devices_are_listed_a_page_at_a_time(place: Place) -> None:
    keys = sorted(a_gadget(place).key for _ in range(5))
    token = place.plain()["AuthenticationResult"]["AccessToken"]

    def walk(operation: Any, **request: Any) -> list[list[str]]:
        pages, following = [], {}
        while True:
            page = operation(**request, **following)
            pages.append([device["DeviceKey"] for device in page["Devices"]])
            if "PaginationToken" not in page:
                return pages
            following = {"PaginationToken": page["PaginationToken"]}

    pages = [keys[:2], keys[2:4], keys[4:]]
    assert walk(place.idp.list_devices, AccessToken=token, Limit=2) == pages
    admin = {"UserPoolId": place.pool, "Username": "jane"}
    assert walk(place.idp.admin_list_devices, Limit=2, **admin) == pages
    assert walk(place.idp.admin_list_devices, Limit=0, **admin) == [keys]
    assert walk(place.idp.admin_list_devices, **admin) == [keys]
    marker = place.idp.list_devices(AccessToken=token, Limit=2)["PaginationToken"]
    with refused("InvalidParameterException"):
        place.idp.admin_list_devices(PaginationToken=marker, **admin)
    place.person("john")
    johns = place.plain("john")["AuthenticationResult"]["AccessToken"]
    with refused("InvalidParameterException"):
        place.idp.list_devices(AccessToken=johns, PaginationToken=marker)


def test_what_is_not_there(place: Place) -> None:
    token = place.plain()["AuthenticationResult"]["AccessToken"]
    idp, key = place.idp, "us-east-1_0a"
    for operation in (idp.get_device, idp.forget_device, idp.update_device_status):
        with refused(*MISSING):
            operation(AccessToken=token, DeviceKey=key)
    admin = {"UserPoolId": place.pool, "Username": "jane", "DeviceKey": key}
    for operation in (idp.admin_get_device, idp.admin_forget_device, idp.admin_update_device_status):
        with refused(*MISSING):
            operation(**admin)
        with refused("ResourceNotFoundException", "User pool us-east-1_nowhere does not exist."):
            operation(**admin | {"UserPoolId": "us-east-1_nowhere"})
    nobody = admin | {"Username": "nobody"}
    for operation in (idp.admin_forget_device, idp.admin_update_device_status):
        with refused("UserNotFoundException", "User does not exist."):
            operation(**nobody)
    with refused("ResourceNotFoundException", "User does not exist."):
        idp.admin_get_device(**nobody)
    with refused("ResourceNotFoundException", "User does not exist."):
        idp.admin_list_devices(UserPoolId=place.pool, Username="nobody")


@pytest.mark.parametrize("changed", ["PasswordVerifier", "Salt"])
@pytest.mark.parametrize("value", ["", "AA==", "%%%", "é", base64.b64encode(bytes(500)).decode()])
def test_a_secret_that_srp_cannot_use(place: Place, changed: str, value: str) -> None:
    """A verifier of 0 would let everybody in."""
    gadget = new_gadget(place)
    with refused("InvalidParameterException", f"Invalid {changed} in DeviceSecretVerifierConfig."):
        gadget.confirm(DeviceSecretVerifierConfig={**gadget.config, changed: value})


@pytest.mark.parametrize("number", [srp.N, 2 * srp.N])
def test_a_verifier_that_is_none_modulo_n(place: Place, number: int) -> None:
    gadget = new_gadget(place)
    verifier = base64.b64encode(srp.pad(number)).decode()
    with refused("InvalidParameterException", "Invalid PasswordVerifier in DeviceSecretVerifierConfig."):
        gadget.confirm(DeviceSecretVerifierConfig={**gadget.config, "PasswordVerifier": verifier})


def test_a_second_confirmation(place: Place) -> None:
    gadget = a_gadget(place)
    with refused("DeviceKeyExistsException"):
        gadget.confirm()


def test_many_confirmations_at_once(place: Place) -> None:
    gadget = new_gadget(place)
    results = at_once(*[gadget.confirm] * 8)
    codes = [each.response["Error"]["Code"] for each in results if isinstance(each, ClientError)]
    assert codes == ["DeviceKeyExistsException"] * 7


@pytest.mark.parametrize("whose", ["another sign-in", "another user", "another pool"])
def test_a_key_that_did_not_come_with_the_token(place: Place, server: RunningServer, whose: str) -> None:
    gadget = new_gadget(place)
    other = make_place(server, **TRACKED) if whose == "another pool" else place
    if whose != "another sign-in":
        other.person("eve")
    theirs = new_gadget(other, "jane" if whose == "another sign-in" else "eve")
    with refused(*NOT_ITS_KEY):
        gadget.confirm(DeviceKey=theirs.key)
    theirs.confirm()
    with refused("DeviceKeyExistsException" if whose == "another sign-in" else NOT_ITS_KEY[0]):
        gadget.confirm(DeviceKey=theirs.key)


@pytest.mark.parametrize("whose", ["another user", "another pool"])
def test_the_device_of_somebody_else(place: Place, server: RunningServer, whose: str) -> None:
    other = make_place(server, **TRACKED) if whose == "another pool" else place
    other.person("eve")
    theirs = a_gadget(other, "eve")
    with refused(*MISSING):
        place.plain(DEVICE_KEY=theirs.key)
    client = place.srp()
    answers = client.claim(client.start(DEVICE_KEY=theirs.key))
    with refused(*MISSING):
        client.answer({**answers, "DEVICE_KEY": theirs.key})
    token = place.plain()["AuthenticationResult"]["AccessToken"]
    for operation in (place.idp.get_device, place.idp.forget_device, place.idp.update_device_status):
        with refused(*MISSING):
            operation(AccessToken=token, DeviceKey=theirs.key)
    assert other.plain("eve", DEVICE_KEY=theirs.key)["AuthenticationResult"]


def test_a_wrong_password_says_nothing_of_devices(place: Place) -> None:
    with refused("NotAuthorizedException", "Incorrect username or password."):
        place.plain(password="Wrong-Horse-9", DEVICE_KEY="us-east-1_0a")


@pytest.mark.parametrize("key", ["us-east-1_0a", "x" * 5000, "ü", "../..", " "])
def test_a_stale_key_leaves_the_secret_block_alive(place: Place, key: str) -> None:
    """amazon-cognito-identity-js and Amplify answer the same PASSWORD_VERIFIER again, without the key."""
    client = place.srp()
    answers = client.claim(client.start(DEVICE_KEY=key))
    with refused(*MISSING):
        client.answer({**answers, "DEVICE_KEY": key})
    assert client.answer(answers)["AuthenticationResult"]["NewDeviceMetadata"]


@refreshed
def test_refreshing_the_tokens_of_a_device_needs_its_key(place: Place, refresh: Any) -> None:
    gadget, other = new_gadget(place), a_gadget(place)
    assert device_key(refresh(place, gadget.tokens, None)) == gadget.key, "not yet confirmed"
    gadget.confirm()
    assert device_key(refresh(place, gadget.tokens, gadget.key)) == gadget.key
    later = place.plain(DEVICE_KEY=gadget.key)["AuthenticationResult"]
    for tokens in (gadget.tokens, later):
        for key in (None, other.key, "us-east-1_0a"):
            with refused(*INVALID):
                refresh(place, tokens, key)
    assert device_key(refresh(place, later, gadget.key)) == gadget.key


def forget(place: Place, token: str, key: str) -> None:
    place.idp.forget_device(AccessToken=token, DeviceKey=key)


def admin_forget(place: Place, _: str, key: str) -> None:
    place.idp.admin_forget_device(UserPoolId=place.pool, Username="jane", DeviceKey=key)


@refreshed
@pytest.mark.parametrize("forget", [forget, admin_forget])
def test_a_forgotten_device_refreshes_no_more(place: Place, refresh: Any, forget: Any) -> None:
    stolen, kept = a_gadget(place), a_gadget(place)
    again = place.plain(DEVICE_KEY=stolen.key)["AuthenticationResult"]
    forget(place, kept.tokens["AccessToken"], stolen.key)
    for tokens in (stolen.tokens, again):
        for key in (stolen.key, kept.key, None):
            with refused(*INVALID):
                refresh(place, tokens, key)
    assert refresh(place, kept.tokens, kept.key)
    with refused(*MISSING):
        place.plain(DEVICE_KEY=stolen.key)
    with refused(*MISSING):
        forget(place, kept.tokens["AccessToken"], stolen.key)
    with refused(*NOT_ITS_KEY):  # or who holds the device could bring its tokens back
        stolen.confirm()
    with refused(*NOT_ITS_KEY):
        stolen.confirm(AccessToken=again["AccessToken"])


def test_the_access_token_of_a_forgotten_device_lives_out_its_time(place: Place) -> None:
    gadget = a_gadget(place)
    forget(place, gadget.tokens["AccessToken"], gadget.key)
    assert place.idp.get_user(AccessToken=gadget.tokens["AccessToken"])["Username"] == "jane"


def test_devices_go_with_their_user(place: Place) -> None:
    gadget = a_gadget(place)
    place.idp.admin_delete_user(UserPoolId=place.pool, Username="jane")
    place.person()
    assert place.idp.admin_list_devices(UserPoolId=place.pool, Username="jane")["Devices"] == []
    with refused(*MISSING):
        place.plain(DEVICE_KEY=gadget.key)


def test_a_verifier_is_sealed_and_no_other_s(place: Place) -> None:
    gadget = a_gadget(place)
    token = place.idp.get_user(AccessToken=gadget.tokens["AccessToken"])
    sub = named(token["UserAttributes"])["sub"]
    device = place.server.store.peek(lambda tx: tx.devices.get(place.pool, sub, gadget.key))
    verifier = base64.b64decode(gadget.config["PasswordVerifier"]).lstrip(b"\0")
    assert verifier not in device.sealed_verifier
    assert len(device.sealed_verifier) > 384
