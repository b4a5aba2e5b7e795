"""Classic customization through botocore, and where its logo is served."""

import httpx2
import pytest

from domain.test_classic_css import TEMPLATE
from domain.test_images import JPEG, PNG, svg
from support.refusals import refusal

NOWHERE = "us-east-1_nowhere00"
CSS = ".label-customizable { font-weight: 700; }"


@pytest.fixture
def pool_id(idp):
    pool_id = idp.create_user_pool(PoolName="P")["UserPool"]["Id"]
    idp.create_user_pool_domain(Domain="classic", UserPoolId=pool_id)
    return pool_id


@pytest.fixture
def client_id(idp, pool_id):
    return idp.create_user_pool_client(UserPoolId=pool_id, ClientName="C")["UserPoolClient"]["ClientId"]


@pytest.fixture
def put(idp, pool_id):
    return lambda **members: idp.set_ui_customization(UserPoolId=pool_id, **members)["UICustomization"]


@pytest.fixture
def get(idp, pool_id):
    return lambda **members: idp.get_ui_customization(UserPoolId=pool_id, **members)["UICustomization"]


def test_nothing_yet(get, client_id):
    assert get() == get(ClientId=client_id) == get(ClientId="ALL") == {}


def test_all_and_one_client(put, get, client_id, pool_id):
    everybody = put(CSS=TEMPLATE)
    assert everybody["ClientId"] == "ALL"
    assert everybody["CSS"] == TEMPLATE
    assert everybody["CSSVersion"].isdigit()
    assert "ImageUrl" not in everybody
    assert get(ClientId=client_id) == get() == everybody
    own = put(ClientId=client_id, CSS=CSS)
    assert (own["ClientId"], own["UserPoolId"]) == (client_id, pool_id)
    assert get(ClientId=client_id) == own
    assert get() == everybody


def test_css_and_logo_are_set_together(put, get):
    put(CSS=CSS, ImageFile=PNG)
    assert get()["ImageUrl"]
    changed = put(CSS=CSS)
    assert "ImageUrl" not in changed
    assert changed["CreationDate"] <= changed["LastModifiedDate"]


@pytest.mark.parametrize(("content", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_the_logo_is_served(put, content, media_type):
    url = put(ImageFile=content)["ImageUrl"]
    answer = httpx2.get(url)
    assert answer.content == content
    assert answer.headers["Content-Type"] == media_type
    assert "immutable" in answer.headers["Cache-Control"]
    put(CSS=CSS)
    assert httpx2.get(url).status_code == 404


@pytest.mark.parametrize(
    "members",
    [
        {"CSS": "body { color: red; }"},
        {"CSS": ".label-customizable { font-weight: url(//evil.example); }"},
        {"CSS": ".label-customizable{font-weight:400}</style><script>alert(1)</script>"},
        {"CSS": CSS + " " * 3072},
        {"ImageFile": svg()},
        {"ImageFile": b"GIF89a"},
        {"ImageFile": PNG + b"\0" * 102_400},
    ],
)
def test_what_is_refused(put, get, members):
    assert refusal(put, **members)[0] == "InvalidParameterException"
    assert get() == {}


def test_too_large(put):
    assert refusal(put, CSS=" " * 4000)[1] == "request parameters too large"


def test_a_pool_without_a_domain(idp):
    bare = idp.create_user_pool(PoolName="Q")["UserPool"]["Id"]
    assert refusal(idp.set_ui_customization, UserPoolId=bare, CSS=CSS) == (
        "InvalidParameterException",
        "There has to be an existing domain associated with this user pool.",
    )
    assert idp.get_ui_customization(UserPoolId=bare)["UICustomization"] == {}


def test_pools_and_clients_that_are_not_there(idp, pool_id):
    for members in ({"UserPoolId": NOWHERE}, {"UserPoolId": pool_id, "ClientId": "nobody"}):
        assert refusal(idp.get_ui_customization, **members)[0] == "ResourceNotFoundException"
        assert refusal(idp.set_ui_customization, **members, CSS=CSS)[0] == "ResourceNotFoundException"


def test_it_goes_with_the_client(idp, pool_id, client_id, put):
    url = put(ClientId=client_id, ImageFile=PNG)["ImageUrl"]
    idp.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    assert httpx2.get(url).status_code == 404
