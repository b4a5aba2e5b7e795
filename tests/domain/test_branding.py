"""Styles: which settings are taken, and how they are laid over one another."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.branding import Asset, Style, changed, check_kind, check_request, check_settings, merged
from poolhouse.domain.branding_defaults import DEFAULTS
from poolhouse.errors import InvalidParameterException

STYLE = Style("us-east-1_A", 0, "s", "c", 1.0, 1.0)


def at(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def test_the_defaults_are_settings():
    check_settings(DEFAULTS)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"components": {}},
        at("components.primaryButton.lightMode.defaults.backgroundColor", "00FF00ff"),
        at("components.form.borderRadius", 0),
        at("components.form.borderRadius", 12.5),
        at("categories.global.colorSchemeMode", "DYNAMIC"),
        at("categories.form.location.horizontal", "START"),
        at("components.favicon.enabledTypes", ["SVG"]),
        at("components.idpButton.custom", {"MyProvider": {"lightMode": {"x": "y"}}}),
        at("categories.signUp", {"anything": [1, None, True, "x"]}),
        at("categories.auth.federation.order", ["Google"]),
    ],
)
def test_taken(settings):
    check_settings(settings)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ([], "must be an object"),
        ("x", "must be an object"),
        (1, "must be an object"),
        ({"colours": {}}, "colours"),
        (at("components.form", []), "components.form"),
        (at("components.form.borderRadius", "8px"), "components.form.borderRadius"),
        (at("components.form.borderRadius", -1), "components.form.borderRadius"),
        (at("components.form.borderRadius", 1e300), "components.form.borderRadius"),
        (at("components.form.borderRadius", True), "components.form.borderRadius"),
        (at("components.pageBackground.lightMode.color", "ffffff"), "color"),
        (at("components.pageBackground.lightMode.color", "#ffffffff"), "color"),
        (at("components.pageBackground.lightMode.color", "fffffff\u0661"), "color"),
        (at("components.pageBackground.lightMode.color", "ffffffff\n"), "color"),
        (at("components.pageBackground.lightMode.color", "</style><script>alert(1)</script>"), "color"),
        (at("components.pageBackground.lightMode.color", "url(//evil.example)"), "color"),
        (at("components.pageBackground.lightMode.color", "ffffffff;}*{x:y"), "color"),
        (at("components.pageBackground.lightMode.color", None), "color"),
        (at("components.pageBackground.lightMode.x", "ffffffff"), "components.pageBackground.lightMode.x"),
        (at("components.pageBackground.image.enabled", "true"), "enabled"),
        (at("categories.global.colorSchemeMode", "dark"), "colorSchemeMode"),
        (at("categories.form.location.horizontal", "left;}"), "horizontal"),
        (at("components.favicon.enabledTypes", ["GIF"]), "enabledTypes"),
        (at("components.favicon.enabledTypes", "SVG"), "enabledTypes"),
        (at("components.favicon.enabledTypes", [{}]), "enabledTypes"),
        (at("categories.signUp", "x" * 3000), "categories.signUp"),
        (at("a" * 500, 1), "a" * 200),
        (at("\u202e", 1), "\\u202e"),
    ],
)
def test_refused(settings, where):
    with pytest.raises(InvalidParameterException) as refused:
        check_settings(settings)
    assert where in refused.value.message
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 300


def test_deep_nesting_is_refused():
    deep = []
    for _ in range(10_000):
        deep = [deep]
    for settings in (deep, at("categories.signUp", deep), at(".".join(["x"] * 900), 1)):
        with pytest.raises(InvalidParameterException):
            check_settings(settings)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


def spots(value, path=()):
    yield path
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield from spots(inner, (*path, name))


@given(st.sampled_from([spot for spot in spots(DEFAULTS) if spot]), JSON)
def test_anything_anywhere_is_taken_or_refused(spot, value):
    settings = copy.deepcopy(DEFAULTS)
    place = settings
    for name in spot[:-1]:
        place = place[name]
    place[spot[-1]] = value
    try:
        check_settings(settings)
    except InvalidParameterException:
        return
    assert merged(DEFAULTS, settings).keys() == DEFAULTS.keys()


def test_merging_keeps_what_is_not_named():
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merged(below, {"a": {"c": [3]}, "e": 2}) == {"a": {"b": 1, "c": [3]}, "d": 1, "e": 2}
    assert merged(below, None) == below
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": 1}


def test_an_update_keeps_what_it_does_not_name():
    logo, dark = Asset("FORM_LOGO", "LIGHT", "PNG", "1"), Asset("FORM_LOGO", "DARK", "PNG", "2")
    first = changed(STYLE, provided=None, settings={"a": {"b": 1}}, assets=[logo], now=2.0)
    second = changed(first, provided=None, settings={"a": {"c": 2}}, assets=[dark], now=3.0)
    assert second.settings == {"a": {"b": 1, "c": 2}}
    assert second.assets == (logo, dark)
    assert (second.created, second.modified) == (1.0, 3.0)
    newer = Asset("FORM_LOGO", "LIGHT", "SVG", "3")
    assert changed(second, provided=False, settings=None, assets=[newer], now=4.0).assets == (newer, dark)


def test_provided_values_take_all_back():
    style = changed(
        STYLE, provided=None, settings={"a": 1}, assets=[Asset("FORM_LOGO", "LIGHT", "PNG", "1")], now=2.0
    )
    style = changed(style, provided=True, settings=None, assets=(), now=3.0)
    assert (style.provided, style.settings, style.assets) == (True, None, ())
    assert changed(style, provided=None, settings=None, assets=(), now=4.0).provided
    assert not changed(style, provided=None, settings={"a": 1}, assets=(), now=4.0).provided


def test_provided_values_beside_others_are_refused():
    check_request(provided=True, settings=None, assets=[])
    for settings, assets in (({}, None), (None, [1])):
        with pytest.raises(InvalidParameterException):
            check_request(provided=True, settings=settings, assets=assets)


def test_at_most_forty_assets():
    assets = [Asset("IDP_BUTTON_ICON", "LIGHT", "PNG", "1", str(number)) for number in range(40)]
    full = changed(STYLE, provided=None, settings=None, assets=assets, now=2.0)
    assert len(full.assets) == 40
    with pytest.raises(InvalidParameterException, match="at most 40"):
        changed(full, provided=None, settings=None, assets=[Asset("FORM_LOGO", "DARK", "PNG", "1")], now=3.0)


@pytest.mark.parametrize(
    ("category", "extension"),
    [("FAVICON_ICO", "PNG"), ("FAVICON_SVG", "ICO"), ("FORM_LOGO", "ICO"), ("PAGE_BACKGROUND", "ICO")],
)
def test_a_category_has_its_kinds(category, extension):
    with pytest.raises(InvalidParameterException):
        check_kind(category, extension)


def test_kinds_that_fit():
    for category, extension in [("FAVICON_ICO", "ICO"), ("FAVICON_SVG", "SVG"), ("FORM_LOGO", "WEBP")]:
        check_kind(category, extension)
