"""Managed login styles through botocore, and the pages that they change."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from domain.test_images import ICO, PNG, svg
from poolhouse.domain.branding_defaults import DEFAULTS
from support.refusals import refusal

NOWHERE = "us-east-1_nowhere00"
SOME_ID = "01234567-89ab-4cde-8f01-23456789abcd"
RED = {"components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "aa0000ff"}}}}}
LOGO = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}


@pytest.fixture
def pool_id(idp):
    pool_id = idp.create_user_pool(PoolName="P")["UserPool"]["Id"]
    idp.create_user_pool_domain(Domain="example", UserPoolId=pool_id, ManagedLoginVersion=2)
    return pool_id


@pytest.fixture
def client(idp, pool_id):
    def make():
        return idp.create_user_pool_client(UserPoolId=pool_id, ClientName="C")["UserPoolClient"]["ClientId"]

    return make


@pytest.fixture
def create(idp, pool_id, client):
    def make(client_id=None, **members):
        client_id = client_id or client()
        return idp.create_managed_login_branding(UserPoolId=pool_id, ClientId=client_id, **members)[
            "ManagedLoginBranding"
        ]

    return make


@pytest.fixture
def update(idp, pool_id):
    def change(style, **members):
        return idp.update_managed_login_branding(
            UserPoolId=pool_id, ManagedLoginBrandingId=style["ManagedLoginBrandingId"], **members
        )["ManagedLoginBranding"]

    return change


def test_provided_values(idp, pool_id, client, create):
    client_id = client()
    style = create(client_id, UseCognitoProvidedValues=True)
    assert style["UseCognitoProvidedValues"] is True
    assert style["UserPoolId"] == pool_id
    assert "Settings" not in style
    assert style["Assets"] == []
    by_client = idp.describe_managed_login_branding_by_client(UserPoolId=pool_id, ClientId=client_id)
    by_id = idp.describe_managed_login_branding(
        UserPoolId=pool_id, ManagedLoginBrandingId=style["ManagedLoginBrandingId"], ReturnMergedResources=True
    )
    assert by_client["ManagedLoginBranding"] == style
    assert by_id["ManagedLoginBranding"] == style | {"Settings": DEFAULTS}


def test_settings_and_assets_are_kept_and_merged(idp, pool_id, create, update):
    style = create(Settings=RED, Assets=[LOGO])
    assert style["Settings"] == RED
    (asset,) = style["Assets"]
    assert asset == LOGO
    style = update(
        style,
        Settings={"components": {"form": {"borderRadius": 2}}},
        Assets=[{"Category": "FAVICON_ICO", "ColorMode": "DYNAMIC", "Extension": "ICO", "Bytes": ICO}],
    )
    assert style["Settings"]["components"]["form"] == {"borderRadius": 2}
    assert style["Settings"]["components"]["primaryButton"] == RED["components"]["primaryButton"]
    assert [asset["Category"] for asset in style["Assets"]] == ["FORM_LOGO", "FAVICON_ICO"]
    merged = idp.describe_managed_login_branding(
        UserPoolId=pool_id, ManagedLoginBrandingId=style["ManagedLoginBrandingId"], ReturnMergedResources=True
    )["ManagedLoginBranding"]["Settings"]
    button = merged["components"]["primaryButton"]
    assert button["lightMode"]["defaults"] == {"backgroundColor": "aa0000ff", "textColor": "ffffffff"}
    assert button["darkMode"] == DEFAULTS["components"]["primaryButton"]["darkMode"]
    assert update(style, UseCognitoProvidedValues=True)["Assets"] == []


def test_what_merged_describes_can_be_sent_back(idp, pool_id, client, create):
    style = create(Settings=RED, Assets=[LOGO])
    merged = idp.describe_managed_login_branding(
        UserPoolId=pool_id, ManagedLoginBrandingId=style["ManagedLoginBrandingId"], ReturnMergedResources=True
    )["ManagedLoginBranding"]
    again = create(client(), Settings=merged["Settings"], Assets=merged["Assets"])
    assert again["Settings"] == merged["Settings"]
    assert again["Assets"] == merged["Assets"]


def test_an_asset_without_bytes_is_the_one_that_is_there(create, update):
    style = create(Assets=[LOGO])
    bare = {name: value for name, value in LOGO.items() if name != "Bytes"}
    assert update(style, Assets=[bare])["Assets"] == [LOGO]
    error, message = refusal(update, style, Assets=[bare | {"ColorMode": "DARK"}])
    assert (error, message) == ("InvalidParameterException", "Asset FORM_LOGO has no Bytes.")


def test_one_style_for_each_client(client, create):
    client_id = client()
    create(client_id)
    assert refusal(create, client_id)[0] == "ManagedLoginBrandingExistsException"


def test_one_style_also_at_once(client, create):
    client_id = client()

    def attempt(_):
        try:
            return create(client_id)
        except Exception as error:  # noqa: BLE001
            return type(error).__name__

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(attempt, range(4)))
    assert (
        sorted(str(result) for result in results if isinstance(result, str))
        == ["ManagedLoginBrandingExistsException"] * 3
    )


def test_twenty_styles_in_a_pool(client, create, idp, pool_id):
    styles = [create() for _ in range(20)]
    assert refusal(create)[0] == "LimitExceededException"
    idp.delete_managed_login_branding(
        UserPoolId=pool_id, ManagedLoginBrandingId=styles[3]["ManagedLoginBrandingId"]
    )
    create()
    assert refusal(create)[0] == "LimitExceededException"


def test_deleted_styles_are_gone(idp, pool_id, client, create):
    client_id = client()
    names = {
        "UserPoolId": pool_id,
        "ManagedLoginBrandingId": create(client_id, Assets=[LOGO])["ManagedLoginBrandingId"],
    }
    idp.delete_managed_login_branding(**names)
    for operation in (idp.describe_managed_login_branding, idp.delete_managed_login_branding):
        assert refusal(operation, **names)[0] == "ResourceNotFoundException"
    assert refusal(idp.update_managed_login_branding, **names)[0] == "ResourceNotFoundException"
    by_client = idp.describe_managed_login_branding_by_client
    assert refusal(by_client, UserPoolId=pool_id, ClientId=client_id)[0] == "ResourceNotFoundException"


def test_a_clients_style_goes_with_the_client(idp, pool_id, client, create):
    client_id = client()
    style = create(client_id, Assets=[LOGO])
    idp.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    names = {"UserPoolId": pool_id, "ManagedLoginBrandingId": style["ManagedLoginBrandingId"]}
    assert refusal(idp.describe_managed_login_branding, **names)[0] == "ResourceNotFoundException"


def test_pools_and_clients_that_are_not_there(idp, pool_id, client):
    other = idp.create_user_pool(PoolName="Q")["UserPool"]["Id"]
    for call, members in [
        (idp.create_managed_login_branding, {"UserPoolId": NOWHERE, "ClientId": client()}),
        (idp.create_managed_login_branding, {"UserPoolId": other, "ClientId": client()}),
        (idp.create_managed_login_branding, {"UserPoolId": pool_id, "ClientId": "nobody"}),
        (idp.describe_managed_login_branding, {"UserPoolId": NOWHERE, "ManagedLoginBrandingId": SOME_ID}),
        (idp.describe_managed_login_branding, {"UserPoolId": pool_id, "ManagedLoginBrandingId": SOME_ID}),
        (idp.describe_managed_login_branding_by_client, {"UserPoolId": pool_id, "ClientId": "nobody"}),
        (idp.describe_managed_login_branding_by_client, {"UserPoolId": NOWHERE, "ClientId": client()}),
        (idp.update_managed_login_branding, {"UserPoolId": pool_id, "ManagedLoginBrandingId": SOME_ID}),
        (idp.delete_managed_login_branding, {"UserPoolId": NOWHERE, "ManagedLoginBrandingId": SOME_ID}),
    ]:
        assert refusal(call, **members)[0] == "ResourceNotFoundException"
    assert refusal(idp.update_managed_login_branding)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    "members",
    [
        {"UseCognitoProvidedValues": True, "Settings": RED},
        {"UseCognitoProvidedValues": True, "Assets": [LOGO]},
        {"Settings": {"colours": 1}},
        {"Settings": {"components": {"form": {"borderRadius": "</style><script>alert(1)</script>"}}}},
        {"Assets": [LOGO | {"Extension": "JPEG"}]},
        {"Assets": [LOGO | {"Extension": "SVG", "Bytes": svg("<script>alert(1)</script>")}]},
        {"Assets": [LOGO | {"Extension": "ICO", "Bytes": ICO}]},
        {"Assets": [LOGO | {"Bytes": PNG + b"\0" * 1_000_000}]},
        {"Assets": [LOGO] * 41},
        {"Assets": [LOGO | {"Category": "SOUND"}]},
    ],
)
def test_what_is_refused(create, members):
    assert refusal(create, **members)[0] == "InvalidParameterException"


def test_deep_settings_are_refused(server, pool_id, client):
    """botocore would not send them: they go over the wire as they are."""
    body = {"UserPoolId": pool_id, "ClientId": client(), "Settings": "DEEP"}
    for deep in ("[" * 100_000 + "]" * 100_000, '{"categories":' * 900 + "1" + "}" * 900):
        answer = send(server, json.dumps(body).replace('"DEEP"', deep))
        assert answer.status_code == 400, answer.text


def test_two_megabytes_are_taken_and_more_is_not(server, pool_id, client):
    image = base64.b64encode(PNG + b"\0" * 740_000).decode()
    assets = [LOGO | {"Bytes": image, "ColorMode": mode} for mode in ("LIGHT", "DARK")]
    body = {"UserPoolId": pool_id, "ClientId": client(), "Assets": assets}
    assert 1_900_000 < len(json.dumps(body)) < 2_097_152
    assert send(server, json.dumps(body)).status_code == 200
    body["ClientId"] = client()
    body["Assets"] = [*assets, LOGO | {"Bytes": image[:200_000], "ColorMode": "DYNAMIC"}]
    assert send(server, json.dumps(body)).status_code == 413


def send(server, body):
    return httpx2.post(
        server.url,
        content=body,
        headers={
            "X-Amz-Target": "AWSCognitoIdentityProviderService.CreateManagedLoginBranding",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/cognito-idp/aws4_request, "
            "SignedHeaders=host, Signature=x",
        },
    )


def image_of(server, style, asset):
    from hashlib import sha256

    name = f"{sha256(asset['Bytes']).hexdigest()}.{asset['Extension'].lower()}"
    return httpx2.get(f"{server.url}/assets/{style['UserPoolId']}/{style['ManagedLoginBrandingId']}/{name}")


def test_images_are_served_to_be_kept_and_can_do_nothing(server, create, update):
    drawing = {"Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "SVG", "Bytes": svg("<g/>")}
    style = create(Assets=[LOGO, drawing])
    answer = image_of(server, style, drawing)
    assert answer.content == drawing["Bytes"]
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert image_of(server, style, LOGO).headers["Content-Type"] == "image/png"
    update(style, Assets=[LOGO | {"Bytes": PNG + b"new"}])
    assert image_of(server, style, LOGO).status_code == 404
    assert image_of(server, style, drawing).status_code == 200
    update(style, UseCognitoProvidedValues=True)
    assert image_of(server, style, drawing).status_code == 404
