"""What an owner's settings do to the pages: styles, classic CSS, images, terms, languages."""

import re

import pytest

from domain.test_branding import at
from domain.test_images import PNG, svg
from poolhouse.pages import attributes
from poolhouse.pages.language import NAMES, language
from poolhouse.pages.looks import PLAIN
from poolhouse.pages.render import templates
from support.visitor import Visitor, hosted_place

TERMS = {"cognito:default": "https://example.com/terms?a=1&b=2", "cognito:german": "https://example.com/agb"}
PRIVACY = {"cognito:default": "https://example.com/privacy"}


@pytest.fixture
def place(server):
    return hosted_place(server)


@pytest.fixture
def managed(place):
    """A pool whose domain has managed login; gives its client a style."""
    domain = place.idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]["Domain"]
    place.idp.update_user_pool_domain(UserPoolId=place.pool, Domain=domain, ManagedLoginVersion=2)

    def create(**members):
        return place.idp.create_managed_login_branding(
            UserPoolId=place.pool, ClientId=place.client, **members
        )["ManagedLoginBranding"]

    return create


def style_of(page):
    (css,) = re.findall(r"<style nonce=\"\w+\">(.*?)</style>", page.text, re.DOTALL)
    return css


def test_plain_pages_follow_the_browser(place):
    page = Visitor(place).get("/login")
    assert style_of(page) == ":root{color-scheme:light dark}"
    assert 'class="glow"' in page.text
    assert "<picture>" not in page.text


def test_managed_login_without_a_style_has_no_pages(place, managed):
    for path in ("/login", "/signup", "/oauth2/authorize", "/forgotPassword"):
        page = Visitor(place).get(path)
        assert page.status_code == 403
        assert "Login pages unavailable. Please contact an administrator." in page.text
    managed(UseCognitoProvidedValues=True)
    page = Visitor(place).get("/login")
    assert page.status_code == 200
    assert style_of(page) == ":root{color-scheme:light}"


def test_colours_and_radii_become_properties(place, managed):
    colour = at("components.primaryButton.lightMode.hover.backgroundColor", "AA0000ff")
    managed(Settings=colour | at("componentClasses.buttons.borderRadius", 3.5))
    assert style_of(Visitor(place).get("/login")) == (
        ":root{color-scheme:light}:root{--buttons-borderRadius:3.5px;"
        "--primaryButton-hover-backgroundColor:light-dark(#aa0000ff, #89bdeeff)}"
    )


@pytest.mark.parametrize(
    ("mode", "scheme"), [("LIGHT", "light"), ("DARK", "dark"), ("DYNAMIC", "light dark")]
)
def test_colour_schemes(place, managed, mode, scheme):
    managed(Settings=at("categories.global.colorSchemeMode", mode))
    assert style_of(Visitor(place).get("/login")) == f":root{{color-scheme:{scheme}}}"


def test_place_and_density(place, managed):
    settings = {
        "categories": {
            "form": {"location": {"horizontal": "START", "vertical": "END"}},
            "global": {"spacingDensity": "COMPACT"},
        },
        "components": {"pageBackground": {"image": {"enabled": False}}},
    }
    managed(Settings=settings)
    page = Visitor(place).get("/login").text
    assert '<main class="x-start y-end">' in page
    assert 'class="compact"' in page
    assert 'class="glow"' not in page


def asset(category, mode="LIGHT", extension="PNG", content=PNG):
    return {"Category": category, "ColorMode": mode, "Extension": extension, "Bytes": content}


def test_images_in_both_schemes(place, managed):
    settings = {
        "categories": {
            "global": {
                "colorSchemeMode": "DYNAMIC",
                "pageHeader": {"enabled": True},
                "pageFooter": {"enabled": True},
            }
        },
        "components": {
            "form": {"logo": {"enabled": True, "location": "END"}, "backgroundImage": {"enabled": True}},
            "pageHeader": {"logo": {"enabled": True, "location": "CENTER"}},
        },
    }
    managed(
        Settings=settings,
        Assets=[
            asset("FORM_LOGO"),
            asset("FORM_LOGO", "DARK", "SVG", svg()),
            asset("PAGE_BACKGROUND"),
            asset("FORM_BACKGROUND", "DYNAMIC"),
            asset("FAVICON_SVG", "DYNAMIC", "SVG", svg("<g/>")),
        ],
    )
    visitor = Visitor(place)
    page = visitor.get("/login")
    assert '<div class="logo end banner-customizable">' in page.text
    assert '<source media="(prefers-color-scheme: dark)" srcset="/assets/' in page.text
    assert '<header class="bar center">' in page.text
    assert '<footer class="bar ">' in page.text
    css = style_of(page)
    assert "body{background-image:url(/assets/" in css
    assert "@media(prefers-color-scheme:dark){body{background-image:none}}" in css
    assert ".card{background-image:url(/assets/" in css
    named = {
        *re.findall(r"(?:src|srcset|href)=\"(/assets/[^\"]+)\"", page.text),
        *re.findall(r"url\(([^)]+)\)", css),
    }
    assert len(named) >= 6
    for path in named:
        assert visitor.client.get(path).status_code == 200, path


def test_one_scheme_shows_one_image(place, managed):
    settings = at("components.form.logo.enabled", True) | at("categories.global.colorSchemeMode", "DARK")
    managed(Settings=settings, Assets=[asset("FORM_LOGO"), asset("FORM_LOGO", "DARK", "SVG", svg())])
    page = Visitor(place).get("/login").text
    assert "<source" not in page
    assert re.search(r'class="logo-customizable" src="/assets/[^"]+\.svg"', page)


def test_a_logo_without_an_image_is_a_neutral_sign(place, managed):
    managed(Settings=at("components.form.logo.enabled", True))
    assert re.search(
        r'class="logo-customizable" src="/assets/favicon\.\w+\.svg"', Visitor(place).get("/login").text
    )


def test_classic_css_and_logo(place):
    place.idp.set_ui_customization(
        UserPoolId=place.pool, CSS=".submitButton-customizable { background-color: #123456 }", ImageFile=PNG
    )
    visitor = Visitor(place)
    page = visitor.get("/login")
    assert style_of(page) == (":root{color-scheme:light}.submitButton-customizable{background-color:#123456}")
    assert 'class="button submitButton-customizable"' in page.text
    (logo,) = re.findall(r'class="logo-customizable" src="([^"]+)"', page.text)
    assert visitor.client.get(logo).data == PNG
    place.idp.set_ui_customization(
        UserPoolId=place.pool, ClientId=place.client, CSS=".label-customizable{font-weight:700}"
    )
    page = visitor.get("/login")
    assert style_of(page) == ":root{color-scheme:light}.label-customizable{font-weight:700}"
    assert "logo-customizable" not in page.text


def agree(place, name, links):
    place.idp.create_terms(
        UserPoolId=place.pool,
        ClientId=place.client,
        TermsName=name,
        TermsSource="LINK",
        Enforcement="NONE",
        Links=links,
    )


def test_terms_are_linked_when_there_are_both(place):
    visitor = Visitor(place)
    agree(place, "terms-of-use", TERMS)
    assert "By signing up" not in visitor.get("/signup").text
    agree(place, "privacy-policy", PRIVACY)
    page = visitor.get("/signup").text
    assert "By signing up, you agree to the <a href=" in page
    assert (
        'href="https://example.com/terms?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">terms of use</a>'
        in page
    )
    german = visitor.get("/signup", lang="de").text
    assert 'href="https://example.com/agb"' in german
    assert 'href="https://example.com/privacy"' in german
    assert "https://example.com/terms" in visitor.get("/signup", lang="ar").text


def test_a_page_that_nothing_went_wrong_on_says_so_in_every_language(place):
    for tag in NAMES:
        page = Visitor(place).get("/login", lang=tag).text
        assert 'class="alert' not in page
        assert "Content-Type" not in page


def test_an_attribute_may_be_named_after_a_template():
    field = attributes.field("custom:50%_%(x)s{{7*7}}")
    template = templates().from_string(
        '{% import "managed/parts.html" as parts with context %}{{ parts.attribute(field) }}'
    )
    assert ">50%_%(x)s{{7*7}}</label>" in template.render(spoken=language("de"), look=PLAIN, field=field)
