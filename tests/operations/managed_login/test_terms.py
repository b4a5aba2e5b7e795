"""Terms documents through botocore."""

import pytest

from poolhouse.domain.terms import Terms, links_for
from support.refusals import refusal

NOWHERE = "us-east-1_nowhere00"
SOME_ID = "01234567-89ab-4cde-8f01-23456789abcd"
LINKS = {"cognito:default": "https://example.com/terms", "cognito:spanish": "https://example.com/es"}


@pytest.fixture
def pool_id(idp):
    return idp.create_user_pool(PoolName="P")["UserPool"]["Id"]


@pytest.fixture
def client_id(idp, pool_id):
    return idp.create_user_pool_client(UserPoolId=pool_id, ClientName="C")["UserPoolClient"]["ClientId"]


@pytest.fixture
def create(idp, pool_id, client_id):
    def make(name="terms-of-use", **members):
        request = {
            "UserPoolId": pool_id,
            "ClientId": client_id,
            "TermsName": name,
            "TermsSource": "LINK",
            "Enforcement": "NONE",
            "Links": LINKS,
        }
        return idp.create_terms(**request | members)["Terms"]

    return make


def test_created_described_listed_and_deleted(idp, pool_id, client_id, create):
    made = create()
    assert made["Links"] == LINKS
    assert made["CreationDate"] == made["LastModifiedDate"]
    named = {"UserPoolId": pool_id, "TermsId": made["TermsId"]}
    assert idp.describe_terms(**named)["Terms"] == made
    by_client = {"UserPoolId": pool_id, "ClientId": client_id, "TermsName": "terms-of-use"}
    assert idp.describe_terms_by_client(**by_client)["Terms"] == made
    (listed,) = idp.list_terms(UserPoolId=pool_id)["Terms"]
    assert listed.items() <= made.items()
    assert listed.keys() == {"TermsId", "TermsName", "Enforcement", "CreationDate", "LastModifiedDate"}
    idp.delete_terms(**named)
    assert idp.list_terms(UserPoolId=pool_id)["Terms"] == []
    for call, request in [
        (idp.describe_terms, named),
        (idp.delete_terms, named),
        (idp.update_terms, named),
        (idp.describe_terms_by_client, by_client),
    ]:
        assert refusal(call, **request)[0] == "ResourceNotFoundException"


def test_each_name_once(create):
    create()
    create("privacy-policy")
    assert refusal(create)[0] == "TermsExistsException"


def test_an_update_keeps_what_it_does_not_name(idp, pool_id, create):
    named = {"UserPoolId": pool_id, "TermsId": create()["TermsId"]}
    links = {"cognito:german": "https://example.com/de"}
    assert idp.update_terms(**named, Links=links)["Terms"]["Links"] == links
    renamed = idp.update_terms(**named, TermsName="privacy-policy")["Terms"]
    assert (renamed["TermsName"], renamed["Links"], renamed["TermsId"]) == (
        "privacy-policy",
        links,
        named["TermsId"],
    )
    assert idp.describe_terms(**named)["Terms"] == renamed
    create()
    assert refusal(idp.update_terms, **named, TermsName="terms-of-use")[0] == "TermsExistsException"
    assert idp.describe_terms(**named)["Terms"] == renamed


def test_pages(idp, pool_id, create):
    made = {create()["TermsId"], create("privacy-policy")["TermsId"]}
    first = idp.list_terms(UserPoolId=pool_id, MaxResults=1)
    second = idp.list_terms(UserPoolId=pool_id, MaxResults=1, NextToken=first["NextToken"])
    assert {first["Terms"][0]["TermsId"], second["Terms"][0]["TermsId"]} == made
    assert "NextToken" not in second
    assert refusal(idp.list_terms, UserPoolId=pool_id, NextToken="x")[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//example.com", "terms", "https://", "https:///x",
     "https://[", "ftp://example.com", "vbscript:x", "https://example.com\u202e"],
)  # fmt: skip
def test_links_lead_to_web_pages(idp, pool_id, create, link):
    assert refusal(create, Links={"cognito:default": link})[0] == "InvalidParameterException"
    named = {"UserPoolId": pool_id, "TermsId": create()["TermsId"]}
    assert (
        refusal(idp.update_terms, **named, Links={"cognito:default": link})[0] == "InvalidParameterException"
    )


def test_what_the_model_refuses(create):
    for members in (
        {"Links": {"cognito:klingon": "https://example.com"}},
        {"TermsName": "imprint"},
        {"Links": {}},
    ):
        assert refusal(create, **members)[0] == "InvalidParameterException"


def test_pools_and_clients_that_are_not_there(idp, pool_id, create):
    for members in ({"UserPoolId": NOWHERE}, {"ClientId": "nobody"}):
        assert refusal(create, **members)[0] == "ResourceNotFoundException"
    for call, request in [
        (idp.describe_terms, {"TermsId": SOME_ID}),
        (idp.delete_terms, {"TermsId": SOME_ID}),
        (idp.update_terms, {"TermsId": SOME_ID}),
        (idp.list_terms, {}),
        (idp.describe_terms_by_client, {"ClientId": "nobody", "TermsName": "terms-of-use"}),
    ]:
        assert refusal(call, UserPoolId=NOWHERE, **request)[0] == "ResourceNotFoundException"


def test_they_go_with_the_client(idp, pool_id, client_id, create):
    create()
    idp.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    assert idp.list_terms(UserPoolId=pool_id)["Terms"] == []


def a_document(name, **links):
    links = {f"cognito:{language}": link for language, link in links.items()}
    return Terms("p", name, "c", name, "LINK", "NONE", links, 1.0, 1.0)


def test_both_documents_or_none_in_the_readers_language():
    terms = a_document("terms-of-use", default="t", german="t-de")
    privacy = a_document("privacy-policy", default="p", french="p-fr")
    assert links_for([], "en") is None
    assert links_for([terms], "en") is None
    assert links_for([terms, privacy], "en") == ("t", "p")
    assert links_for([terms, privacy], "de") == ("t-de", "p")
    assert links_for([terms, privacy], "fr") == ("t", "p-fr")
    assert links_for([terms, privacy], "ar") == ("t", "p")
    assert links_for([terms, a_document("privacy-policy", french="p-fr")], "de") is None
