"""Signing up and recovering a password at the pages, over HTTP; and that nobody is told who exists."""

import re
from collections.abc import Iterator

import pytest

from poolhouse.store import open_store
from support import hooks
from support.server import running_server
from support.sign_in import PASSWORD, Place
from support.visitor import Visitor, answer_of, forms, hosted_place

NEW = "Another-Horse-10"
REQUIRED = [{"Name": "email", "Required": True}, {"Name": "family_name", "Required": True}]


@pytest.fixture
def place(server) -> Place:
    made = hosted_place(server, AutoVerifiedAttributes=["email"], Schema=REQUIRED)
    made.person("jane", email="jane@example.com", email_verified="true", family_name="Doe")
    return made


def sign_up(visitor: Visitor, **changes: str):
    """Fill in the page with everything that it asks for, and with changes."""
    filled = {
        "username": "bob",
        "password": PASSWORD,
        "attribute.email": "bob@example.com",
        "attribute.family_name": "Roe",
    }
    return visitor.submit(visitor.get("/signup"), **{**filled, **changes})


def user(place: Place, name: str) -> dict:
    return place.idp.admin_get_user(UserPoolId=place.pool, Username=name)


def test_from_the_form_to_the_application(place):
    visitor = Visitor(place)
    fields = forms(visitor.get("/signup"))[0].fields
    assert set(fields) == {"_csrf", "username", "password", "attribute.email", "attribute.family_name"}
    page = sign_up(visitor)
    assert "We sent a code to b***@e***." in page.text
    wrong = visitor.submit(page, code="000000")
    assert "wrong or too old" in wrong.text
    assert "Enter the code that was sent to you." in visitor.submit(page, code=" ").text
    again = visitor.submit(wrong, number=1)
    assert "A new code is on its way." in again.text
    done = visitor.submit(again, code=place.server.code("bob@example.com"))
    assert "code" in answer_of(done), "whoever is confirmed is signed in"
    assert visitor.cookie()
    assert user(place, "bob")["UserStatus"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("attributes", "label", "typed", "stored"),
    [
        (["email"], "Email address", " bob@example.com ", "bob@example.com"),
        (["phone_number"], "Phone number", "+1 (555) 010-0123", "+15550100123"),
        (["email", "phone_number"], "Email address or phone number", "+1 555 010 0123", "+15550100123"),
    ],
)
def test_addresses_as_names(server, attributes, label, typed, stored):
    place = hosted_place(
        server,
        UsernameAttributes=attributes,
        AutoVerifiedAttributes=attributes,
        SmsConfiguration={"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"},
    )
    visitor = Visitor(place)
    page = visitor.get("/signup")
    assert label in page.text
    page = visitor.submit(page, username=typed, password=PASSWORD)
    done = visitor.submit(page, code=place.server.code(stored))
    assert "code" in answer_of(done)
    assert "code" in answer_of(Visitor(place).sign_in(typed))


def test_what_is_wrong_is_said_and_what_was_typed_stays(place):
    visitor = Visitor(place)
    cases = [
        ({"username": ""}, "Choose a name."),
        ({"username": "b o b"}, "Choose a name."),
        ({"username": "b\u200bob"}, "Choose a name."),
        ({"username": "x" * 129}, "Choose a name."),
        ({"password": ""}, "does not meet the rules"),
        ({"password": "short"}, "does not meet the rules"),
        ({"password": PASSWORD * 30}, "does not meet the rules"),
        ({"attribute.email": ""}, "email"),
        ({"attribute.email": "not an address"}, "Invalid email address format."),
        ({"attribute.family_name": ""}, "family_name"),
        ({"attribute.family_name": "x" * 2049}, "family_name"),
        ({"username": "jane"}, "There is an account of this name already."),
    ]
    for changes, told in cases:
        page = sign_up(visitor, **changes)
        assert page.status_code == 200, changes
        assert told in page.text, changes
        assert PASSWORD not in page.text
        if "attribute.email" not in changes:
            assert 'value="bob@example.com"' in page.text
    assert place.idp.list_users(UserPoolId=place.pool)["Users"][0]["Username"] == "jane"


def test_attributes_that_are_not_asked_for(place):
    """Nobody makes themselves an administrator by a field of their own."""
    page = sign_up(Visitor(place), **{"attribute.email_verified": "true", "attribute.nickname": "b"})
    assert "We sent a code" in page.text
    held = {each["Name"] for each in user(place, "bob")["UserAttributes"]}
    assert held == {"sub", "email", "email_verified", "family_name"}
    assert {"Name": "email_verified", "Value": "false"} in user(place, "bob")["UserAttributes"]


def test_where_only_administrators_make_users(server):
    place = hosted_place(server, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    visitor = Visitor(place)
    assert "Create an account" not in visitor.get("/login").text
    assert visitor.get("/signup").status_code == 403
    token = {"_csrf": forms(visitor.get("/login"))[0].fields["_csrf"]}
    page = visitor.post("/signup", {**token, "username": "bob", "password": PASSWORD})
    assert page.status_code == 403
    assert place.idp.list_users(UserPoolId=place.pool)["Users"] == []


def test_confirming_later_and_elsewhere(place):
    sign_up(Visitor(place))
    visitor = Visitor(place)
    page = visitor.submit(visitor.get("/confirm"), username="bob")
    assert "Confirm your account" in page.text
    done = visitor.submit(page, code=place.server.code("bob@example.com"))
    assert "Your account is confirmed." in done.text
    assert visitor.cookie() is None, "who did not sign up in this browser signs in"


def test_a_code_and_a_name_at_once(place):
    """As scripts of the classic pages send it."""
    sign_up(Visitor(place))
    visitor = Visitor(place)
    token = {"_csrf": forms(visitor.get("/login"))[0].fields["_csrf"]}
    code = place.server.code("bob@example.com")
    page = visitor.post("/confirm", {**token, "username": "bob", "code": code})
    assert "Your account is confirmed." in page.text


def test_forgotten(place):
    visitor = Visitor(place)
    page = visitor.submit(visitor.get("/forgotPassword"), username="jane")
    assert "j***@e***" in page.text
    wrong = visitor.submit(page, code="000000", password=NEW)
    assert "wrong or too old" in wrong.text
    weak = visitor.submit(wrong, code=place.server.code("jane@example.com"), password="weak")
    assert "does not meet the rules" in weak.text
    assert "does not meet the rules" in visitor.submit(page, code="1", password="").text
    again = visitor.submit(weak, number=1)
    assert "A new code is on its way." in again.text
    done = visitor.submit(again, code=place.server.code("jane@example.com"), password=NEW)
    assert "Your new password is set." in done.text
    assert "code" in answer_of(visitor.submit(done, username="jane", password=NEW))


def test_where_only_administrators_reset_passwords(server):
    place = hosted_place(
        server, AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    )
    visitor = Visitor(place)
    assert "Forgot your password?" not in visitor.get("/login").text
    assert visitor.get("/forgotPassword").status_code == 403


def without_what_differs(text: str, name: str) -> str:
    text = re.sub(r'nonce="\w+"|name="(?:step|_csrf)" type="hidden" value="[^"]*"', "", text)
    return text.replace(name, "NAME")


@pytest.fixture
def crowd(place) -> list[str]:
    """Names of all standings, and nobody's."""
    place.person("off", email="off@example.com", email_verified="true", family_name="O")
    place.idp.admin_disable_user(UserPoolId=place.pool, Username="off")
    place.person("bare", email="bare@example.com", family_name="B")  # no verified address
    place.invite("invited", email="invited@example.com", email_verified="true", family_name="I")
    sign_up(Visitor(place), username="waiting")
    return ["off", "bare", "invited", "waiting", "nobody", "jane"]


def test_forgotten_by_everybody_alike(place, crowd):
    pages, answers = set(), set()
    for name in crowd:
        visitor = Visitor(place)
        page = visitor.submit(visitor.get("/forgotPassword"), username=name)
        shown = without_what_differs(page.text, name)
        pages.add((page.status_code, re.sub(r"\w\*\*\*@\w\*\*\*", "ADDRESS", shown)))
        wrong = visitor.submit(page, code="000000", password=NEW)
        shown = without_what_differs(wrong.text, name)
        answers.add((wrong.status_code, re.sub(r"\w\*\*\*@\w\*\*\*", "ADDRESS", shown)))
    assert len(pages) == 1
    assert len(answers) == 1
    assert "If there is an account with this name" in pages.pop()[1]


def test_confirmed_and_resent_by_everybody_alike(place, crowd):
    entered, sent, wrong = set(), set(), set()
    for name in crowd:
        visitor = Visitor(place)
        page = visitor.submit(visitor.get("/confirm"), username=name)
        entered.add((page.status_code, without_what_differs(page.text, name)))
        again = visitor.submit(page, number=1)
        shown = re.sub(r"\w\*\*\*@\w\*\*\*", "ADDRESS", without_what_differs(again.text, name))
        sent.add((again.status_code, shown))
        refused = visitor.submit(page, code="000000")
        wrong.add((refused.status_code, without_what_differs(refused.text, name)))
    assert len(entered) == 1
    assert len(sent) == 1
    assert "A new code is on its way." in sent.pop()[1]
    assert len(wrong) == 1


def test_a_wrong_password_says_the_same_of_everybody(place, crowd):
    told = set()
    for name in crowd:
        page = Visitor(place).sign_in(name, "wrong")
        told.add((page.status_code, without_what_differs(page.text, name)))
    assert len(told) == 1


def test_a_client_that_tells_who_exists_does_not_at_the_pages(place):
    legacy = place.another_client(
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=["https://app.example.com/callback"],
        PreventUserExistenceErrors="LEGACY",
    )
    page = Visitor(legacy).sign_in("nobody", "wrong")
    assert "Incorrect username or password." in page.text


def test_limits_count_at_the_pages(place):
    visitor = Visitor(place)
    texts = [visitor.submit(visitor.get("/forgotPassword"), username="jane").text for _ in range(22)]
    assert "too many attempts" in texts[-1]
    assert "too many attempts" not in texts[0]


# --- triggers --------------------------------------------------------------------------------------------------


@pytest.fixture
def hooked(store_url, clock, tmp_path) -> Iterator[Place]:
    hooks.events.clear()
    hooks.answers.clear()
    with running_server(open_store(store_url, clock), tmp_path, clock, hooks.mapped) as server:
        names = ("PreSignUp", "PreAuthentication", "PostAuthentication", "PreTokenGeneration")
        yield hosted_place(server, LambdaConfig=dict.fromkeys(names, hooks.ARN))
    hooks.answers.clear()


def test_who_is_confirmed_by_a_trigger_is_signed_in(hooked):
    hooks.answers["PreSignUp_SignUp"] = lambda _: {"autoConfirmUser": True}
    visitor = Visitor(hooked)
    done = visitor.submit(visitor.get("/signup"), username="bob", password=PASSWORD)
    assert "code" in answer_of(done)
    assert hooks.sources() == [
        "PreSignUp_SignUp",
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
    ]


def test_triggers_of_a_sign_in_at_the_pages(hooked):
    hooked.person("jane")
    hooks.events.clear()
    visitor = Visitor(hooked, response_type="token", scope="openid")
    assert "id_token" in answer_of(visitor.sign_in())
    assert hooks.sources() == [
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_HostedAuth",
    ]
    hooks.events.clear()
    assert "id_token" in answer_of(visitor.get("/oauth2/authorize"))
    assert hooks.sources() == ["TokenGeneration_HostedAuth"], "nobody signs in when a session is reused"


@pytest.mark.parametrize("source", ["PreAuthentication", "PostAuthentication"])
def test_what_a_trigger_refuses_is_told(hooked, source):
    def refuse(_):
        raise ValueError("Come back <b>tomorrow</b>.")

    hooked.person("jane")
    hooks.answers[f"{source}_Authentication"] = refuse
    visitor = Visitor(hooked)
    page = visitor.sign_in()
    assert f"{source} failed with error Come back &lt;b&gt;tomorrow&lt;/b&gt;." in page.text
    assert visitor.cookie() is None


def test_a_trigger_refuses_tokens(hooked):
    def refuse(_):
        raise ValueError("No tokens.")

    hooked.person("jane")
    hooks.answers["TokenGeneration_HostedAuth"] = refuse
    answer = answer_of(Visitor(hooked, response_type="token").sign_in())
    assert answer["error"] == "invalid_request"
    assert "No tokens." in answer["error_description"]
