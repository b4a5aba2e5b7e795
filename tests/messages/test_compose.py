"""What messages say: templates, defaults, placeholders, and what a trigger may put in their place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.codes import Delivery
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidLambdaResponseException
from poolhouse.messages import compose
from poolhouse.messages.compose import CustomTexts, Template, Values

EMAIL = Delivery("EMAIL", "email", "m@example.com")
SMS = Delivery("SMS", "phone_number", "+12065550100")
LINKED = {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}}


def pool(**config) -> Pool:
    return Pool("us-west-2_EXAMPLE", "p", 1.0, 1.0, {}, config)


@pytest.mark.parametrize(
    ("config", "source", "medium", "template"),
    [
        ({}, "SignUp", "EMAIL", Template("Your verification code", "Your verification code is {####}. ")),
        ({}, "ForgotPassword", "SMS", Template("", "Your verification code is {####}. ")),
        (
            {},
            "AdminCreateUser",
            "EMAIL",
            Template(
                "Your temporary password", "Your username is {username} and temporary password is {####}. "
            ),
        ),
        ({"SmsVerificationMessage": "old {####}"}, "SignUp", "SMS", Template("", "old {####}")),
        (
            {"EmailVerificationMessage": "old {####}", "EmailVerificationSubject": "Old"},
            "VerifyUserAttribute",
            "EMAIL",
            Template("Old", "old {####}"),
        ),
        (
            {
                "EmailVerificationMessage": "old {####}",
                "VerificationMessageTemplate": {"EmailMessage": "new {####}", "EmailSubject": "New"},
            },
            "UpdateUserAttribute",
            "EMAIL",
            Template("New", "new {####}"),
        ),
        (
            {
                "VerificationMessageTemplate": {
                    "DefaultEmailOption": "CONFIRM_WITH_LINK",
                    "EmailMessageByLink": "{##Go##}",
                    "EmailSubjectByLink": "S",
                }
            },
            "ResendCode",
            "EMAIL",
            Template("S", "{##Go##}"),
        ),
        (
            LINKED,
            "SignUp",
            "EMAIL",
            Template(
                "Your verification link",
                "Please click the link below to verify your email address. {##Verify Your Email##} ",
            ),
        ),
        (LINKED, "SignUp", "SMS", Template("", "Your verification code is {####}. ")),
        (
            LINKED,
            "UpdateUserAttribute",
            "EMAIL",
            Template("Your verification code", "Your verification code is {####}. "),
        ),
        (
            LINKED,
            "ForgotPassword",
            "EMAIL",
            Template("Your verification code", "Your verification code is {####}. "),
        ),
        (
            {
                "AdminCreateUserConfig": {
                    "InviteMessageTemplate": {
                        "SMSMessage": "{username} {####}",
                        "EmailMessage": "e",
                        "EmailSubject": "S",
                    }
                }
            },
            "AdminCreateUser",
            "EMAIL",
            Template("S", "e"),
        ),
        (
            {"SmsAuthenticationMessage": "in {####}"},
            "Authentication",
            "SMS",
            Template("Your authentication code", "in {####}"),
        ),
    ],
)
def test_templates(config, source, medium, template):
    found = compose.template(pool(**config), source, medium)
    assert found.body == template.body
    if medium == "EMAIL":
        assert found.subject == template.subject


def mail(template: Template, values: Values, **config):
    return compose.mail(pool(**config), EMAIL, template, values, "no-reply@localhost")


def test_a_plain_text_is_plain_text():
    made = mail(Template("S", "{username}: {####}"), Values("123456", "a<b>&c"))
    assert (made.body, made.html) == ("a<b>&c: 123456", False)


def test_values_in_html_are_escaped():
    made = mail(
        Template("S", "<p>{username}: {####}</p>"), Values("a<b&\"c'", '<img src=x onerror="alert(1)">')
    )
    assert made.html
    assert made.body == "<p>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;: a&lt;b&amp;&quot;c&#x27;</p>"


@pytest.mark.parametrize(
    "username", ["{####}", "{username}", "{##x##}", "\\g<0>", "\\1", "{", "%s", "{0}", "{{7*7}}"]
)
def test_a_username_that_looks_like_a_template_stays_a_username(username):
    template = Template("S", "u={username} c={####}")
    assert mail(template, Values("123456", username)).body == f"u={username} c=123456"
    assert compose.sms(SMS, template, Values("123456", username)).body == f"u={username} c=123456"


@given(st.text(), st.text(), st.text())
def test_values_pass_through_unchanged(username, code, around):
    around = re.sub(r"[{}<]", "", around)
    filled = compose.sms(
        SMS, Template("", around + "{username}" + around + "{####}"), Values(code, username or "u")
    )
    assert filled.body == around + (username or "u") + around + code


def test_username_is_filled_into_invitations_alone():
    assert mail(Template("S", "{username} {####}"), Values("1", "")).body == "{username} 1"


def test_link():
    link = compose.confirmation_link("https://id.example.com", "c1", "a&b=\"<'c d", "123456")
    assert link == (
        "https://id.example.com/confirmUser?client_id=c1&user_name=a%26b%3D%22%3C%27c+d&confirmation_code=123456"
    )
    made = mail(Template("S", "Now {##Verify <b>it</b>##}!"), Values("123456", link=link))
    assert made.html
    assert made.body == f'Now <a href="{link.replace("&", "&amp;")}">Verify <b>it</b></a>!'


def test_without_a_link_the_placeholder_stays():
    assert mail(Template("S", "{##Go##} {####}"), Values("1")).body == "{##Go##} 1"


def test_a_long_template_of_braces_takes_no_time():
    template = Template("S", "{##" * 6_000)
    assert mail(template, Values("1", link="https://x")).body == template.body


def test_subject_is_one_line():
    assert (
        mail(Template("a\r\nBcc: x@example.com\u2028b", "{####}"), Values("1")).subject
        == "a Bcc: x@example.com b"
    )


@pytest.mark.parametrize(
    ("config", "sender"),
    [
        ({}, "no-reply@localhost"),
        ({"From": "Us <us@example.com>"}, "Us <us@example.com>"),
        ({"SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/ses@example.com"}, "ses@example.com"),
        ({"SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com"}, "no-reply@localhost"),
    ],
)
def test_sender(config, sender):
    assert mail(Template("S", "{####}"), Values("1"), EmailConfiguration=config).sender == sender


ORIGINAL = Template("Subject", "Code {####}")


@pytest.mark.parametrize(
    ("texts", "medium", "result"),
    [
        (CustomTexts(), "EMAIL", ORIGINAL),
        (CustomTexts("", "", ""), "EMAIL", ORIGINAL),  # functions in Go answer "" for what they leave alone
        (CustomTexts(email="Hi {####}"), "EMAIL", Template("Subject", "Hi {####}")),
        (CustomTexts(subject="New"), "EMAIL", Template("New", "Code {####}")),
        (CustomTexts(sms="S {####}", email="Hi {####}", subject="N"), "SMS", Template("N", "S {####}")),
    ],
)
def test_custom_texts(texts, medium, result):
    assert compose.customise(ORIGINAL, texts, medium=medium, invitation=False) == result


@pytest.mark.parametrize(
    ("texts", "medium", "invitation"),
    [
        (CustomTexts(email="no code"), "EMAIL", False),
        (CustomTexts(sms="no code"), "SMS", False),
        (CustomTexts(email="{##Go##}"), "EMAIL", False),
        (CustomTexts(email="only {####}"), "EMAIL", True),
        (CustomTexts(email="only {username}"), "EMAIL", True),
        (CustomTexts(sms="{####}" + "x" * 135), "SMS", False),
        (CustomTexts(email="{####}" + "x" * 19_995), "EMAIL", False),
        (CustomTexts(subject="x" * 141), "EMAIL", False),
    ],
)
def test_custom_texts_that_are_refused(texts, medium, invitation):
    with pytest.raises(InvalidLambdaResponseException, match="Invalid lambda function output"):
        compose.customise(ORIGINAL, texts, medium=medium, invitation=invitation)


def test_a_custom_text_may_carry_the_link_where_the_template_does():
    linked = Template("S", "{##Go##}")
    texts = CustomTexts(email="<b>{##Go there##}</b>")
    assert compose.customise(linked, texts, medium="EMAIL", invitation=False).body == texts.email


def test_link_text_comes_from_the_template():
    assert compose.link_text(pool()) == "Click Here"
    assert compose.link_text(pool(VerificationMessageTemplate={"EmailMessageByLink": "x {##Go##} y"})) == "Go"
