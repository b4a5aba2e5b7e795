"""Signing in at the pages, over HTTP: from the application and back to it, by every way that there is."""

import base64
import re
from urllib.parse import urlsplit

import pytest

from poolhouse.domain import totp
from support.sign_in import PASSWORD, Place
from support.visitor import CALLBACK, Visitor, answer_of, hosted_place

NEW = "Another-Horse-10"


@pytest.fixture
def place(server) -> Place:
    made = hosted_place(server, AutoVerifiedAttributes=["email"])
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


def app_code(place: Place, page: str) -> str:
    """Return what an authenticator app shows that was given the key of a page."""
    secret = re.search(r'id="secret">([A-Z2-7]+)<', page)[1]
    return code_of(place, secret)


def code_of(place: Place, secret: str) -> str:
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    generator = totp.TOTP(seed, totp.DIGITS, totp.SHA1(), totp.STEP_SECONDS)
    return generator.generate(int(place.server.clock.now())).decode()


def test_a_password_is_enough(place):
    visitor = Visitor(place, nonce="n-1")
    start = visitor.get("/oauth2/authorize")
    assert start.status_code == 302
    assert start.location.startswith("/login?")
    page = visitor.client.get(start.location)
    done = visitor.submit(page, username="jane", password=PASSWORD)
    assert done.location.startswith(f"{CALLBACK}?code=")
    answer = answer_of(done)
    assert answer["state"] == "s t/1"
    assert answer["iss"] == place.server.services.settings.issuer(place.pool)
    assert visitor.cookie()
    assert done.headers["Cache-Control"] == "no-store"
    assert done.headers["Referrer-Policy"] == "no-referrer"


def test_the_classic_form_post(place):
    """As test scripts do it: the cookie's value, and no other hidden field."""
    visitor = Visitor(place)
    visitor.get("/login")
    form = {
        "_csrf": visitor.cookie("XSRF-TOKEN"),
        "username": "jane",
        "password": PASSWORD,
        "cognitoAsfData": "",
        "signInSubmitButton": "Sign in",
    }
    assert visitor.post("/login", form).location.startswith(f"{CALLBACK}?code=")


def test_a_client_with_a_secret_and_without_flows(place):
    """Browsers prove no secret, and the pages need no flow of the API's."""
    other = place.another_client(
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
    )
    assert "code" in answer_of(Visitor(other).sign_in())


def test_the_implicit_grant(place):
    done = Visitor(place, response_type="token", nonce="n-1").sign_in()
    assert done.location.startswith(f"{CALLBACK}#id_token=")
    answer = answer_of(done)
    names = ["id_token", "access_token", "token_type", "expires_in", "state", "iss"]
    assert list(answer) == names
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", "3600")
    user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
    assert user["Username"] == "jane"
    without = answer_of(
        Visitor(place, response_type="token", scope="aws.cognito.signin.user.admin").sign_in()
    )
    assert "id_token" not in without
    assert place.idp.get_user(AccessToken=without["access_token"])["Username"] == "jane"


def test_a_wrong_password_and_nobody_are_told_alike(place):
    visitor = Visitor(place)
    wrong, nobody = visitor.sign_in(password="wrong"), visitor.sign_in("nobody", "wrong")
    for page, name in ((wrong, "jane"), (nobody, "nobody")):
        assert page.status_code == 200
        assert "Incorrect username or password." in page.text
        assert f'value="{name}"' in page.text
    assert _same(wrong.text, "jane") == _same(nobody.text, "nobody")
    assert visitor.cookie() is None


def _same(page: str, name: str) -> str:
    """Return a page without what must differ."""
    page = re.sub(r'(nonce|value)="[^"]{20,}"|nonce-[0-9a-f]+', "", page)
    return page.replace(f'value="{name}"', "").replace(name, "")


def test_the_name_is_asked_for(place):
    page = Visitor(place).sign_in("", "")
    assert "Enter the name that you sign in with." in page.text


def test_the_lock_out_counts_for_pages_too(place):
    visitor = Visitor(place)
    for _ in range(5):
        visitor.sign_in(password="wrong")
    page = visitor.sign_in()
    assert "too many attempts" in page.text


def test_the_login_hint_is_filled_in(place):
    page = Visitor(place, login_hint='"><script>alert(1)</script>').get("/login")
    assert "<script>alert" not in page.text
    assert "&#34;&gt;&lt;script&gt;" in page.text
    assert 'value="jane"' in Visitor(place, login_hint="jane").get("/login").text


def test_a_disabled_user(place):
    place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")
    assert "User is disabled." in Visitor(place).sign_in().text
    assert "Incorrect username or password." in Visitor(place).sign_in(password="wrong").text


def test_a_new_password_is_required(place):
    place.invite("mary", "Temporary-1")
    visitor = Visitor(place)
    page = visitor.sign_in("mary", "Temporary-1")
    assert "Choose a new password" in page.text
    weak = visitor.submit(page, password="weak")
    assert "does not meet the rules" in weak.text
    done = visitor.submit(weak, password=NEW)
    assert "code" in answer_of(done)
    assert place.plain("mary", NEW)["AuthenticationResult"]


def test_a_password_reset_by_an_administrator(place):
    place.idp.admin_reset_user_password(UserPoolId=place.pool, Username="jane")
    visitor = Visitor(place)
    page = visitor.sign_in()
    assert "Set a new password" in page.text
    done = visitor.submit(page, code=place.server.code("jane@example.com"), password=NEW)
    assert "Your new password is set." in done.text
    assert "code" in answer_of(visitor.submit(done, username="jane", password=NEW))


def test_somebody_unconfirmed(place):
    place.idp.sign_up(
        ClientId=place.client,
        Username="bob",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "bob@example.com"}],
    )
    visitor = Visitor(place)
    page = visitor.sign_in("bob")
    assert "Confirm your account" in page.text
    wrong = visitor.submit(page, code="000000")
    assert "wrong or too old" in wrong.text
    done = visitor.submit(wrong, code=place.server.code("bob@example.com"))
    assert "Your account is confirmed." in done.text
    assert "code" in answer_of(visitor.submit(done, username="bob", password=PASSWORD))


def test_an_authenticator_app_is_set_up_and_asked_for(place):
    place.idp.set_user_pool_mfa_config(
        UserPoolId=place.pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    visitor = Visitor(place)
    page = visitor.sign_in()
    assert "Set up an authenticator app" in page.text
    assert "<svg" in page.text
    secret = re.search(r'id="secret">([A-Z2-7]+)<', page.text)[1]
    wrong = visitor.submit(page, code="000000")
    assert "wrong or too old" in wrong.text
    assert secret in wrong.text
    done = visitor.submit(wrong, code=app_code(place, wrong.text))
    assert "code" in answer_of(done)
    place.server.clock.advance(60)
    page = Visitor(place).sign_in()
    assert "Your authenticator app shows it." in page.text
    wrong = visitor.submit(page, code="000000")
    assert wrong.status_code == 403, "it is another browser's page"
    visitor = Visitor(place)
    page = visitor.sign_in()
    wrong = visitor.submit(page, code="000000")
    assert "wrong or too old" in wrong.text
    assert "code" in answer_of(visitor.submit(wrong, code=code_of(place, secret)))
    again = Visitor(place)
    page = again.submit(again.sign_in(), code=code_of(place, secret))
    assert "This code was used already." in page.text


def by_mail(place: Place, **more) -> None:
    place.idp.set_user_pool_mfa_config(
        UserPoolId=place.pool,
        EmailMfaConfiguration={"Message": "Your code is {####}"},
        MfaConfiguration="ON",
        **more,
    )


@pytest.fixture
def mailing(server) -> Place:
    return hosted_place(
        server,
        EmailConfiguration={
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/id@example.com",
        },
        SmsConfiguration={"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"},
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
    )


def test_a_code_by_mail_as_second_factor(mailing):
    by_mail(mailing)
    mailing.person("jane", email="jane@example.com")
    visitor = Visitor(mailing)
    page = visitor.sign_in()
    assert "We sent a code to j***@e***." in page.text
    assert "code" in answer_of(visitor.submit(page, code=mailing.server.code("jane@example.com")))


def test_a_second_factor_is_chosen_and_set_up(mailing):
    by_mail(
        mailing,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={
            "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"}
        },
    )
    mailing.person("jane")
    visitor = Visitor(mailing)
    page = visitor.sign_in()
    assert "Protect your account" in page.text
    assert "Choose what you want to set up." in visitor.submit(page, factor="WEB_AUTHN").text
    asked = visitor.submit(page, factor="EMAIL_OTP")
    assert "Set up codes by email" in asked.text
    assert "Enter where codes are to be sent." in visitor.submit(asked, address=" ").text
    code = visitor.submit(asked, address=" jane@example.com ")
    assert "We sent a code to j***@e***." in code.text
    assert "code" in answer_of(visitor.submit(code, code=mailing.server.code("jane@example.com")))
    mailing.person("bob")
    visitor = Visitor(mailing)
    asked = visitor.submit(visitor.sign_in("bob"), factor="SMS_MFA")
    code = visitor.submit(asked, address="+1 (555) 010-0123")
    assert "code" in answer_of(visitor.submit(code, code=mailing.server.code("+15550100123")))
    mailing.person("eve", email="eve@example.com", phone_number="+15550100999")
    visitor = Visitor(mailing)
    page = visitor.sign_in("eve")
    assert "Prove that it is you" in page.text
    assert "Choose how you want" in visitor.submit(page, factor="NONE").text
    code = visitor.submit(page, factor="SMS_MFA")
    assert "code" in answer_of(visitor.submit(code, code=mailing.server.code("+15550100999")))


def test_a_page_of_a_step_without_a_step(place):
    visitor = Visitor(place)
    for path in ("/mfa", "/mfaOption", "/resetPassword"):
        response = visitor.get(path)
        assert response.location.startswith("/login?")
        token = {"_csrf": visitor.cookie("XSRF-TOKEN") or ""}
        if not token["_csrf"]:
            visitor.get("/login")
            token = {"_csrf": visitor.cookie("XSRF-TOKEN")}
        page = visitor.post(path, token)
        assert page.status_code == 400
        assert "Something went wrong. Please start again." in page.text
        assert visitor.post(path, {**token, "step": "AAAA"}).status_code == 400
        assert visitor.post(path, {**token, "step": ""}).status_code == 400
    assert urlsplit(visitor.get("/confirmforgotPassword").location).path == "/forgotPassword"
    assert urlsplit(visitor.get("/resendcode").location).path == "/confirm"
