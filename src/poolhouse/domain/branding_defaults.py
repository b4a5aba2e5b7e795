"""The settings of a managed login style that nobody has changed (digest «sign-in» §5.11).

Colours are `RRGGBBAA`; radii are pixels. `pages/static/style.css` draws from them, under the names that
`pages.looks` makes of their paths.
"""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]


def _colours(light: Settings, dark: Settings, **others: Any) -> dict[str, Any]:
    return {"lightMode": light, "darkMode": dark, **others}


def _states(names: tuple[str, ...], **states: tuple[str, ...]) -> dict[str, dict[str, str]]:
    return {state: dict(zip(names, colours, strict=True)) for state, colours in states.items()}


_BUTTON = ("backgroundColor", "borderColor", "textColor")
_PRIMARY = ("backgroundColor", "textColor")
_ITEM = ("itemBackgroundColor", "itemBorderColor", "itemTextColor")
_BOX = ("backgroundColor", "borderColor")
_STATUS = ("backgroundColor", "borderColor", "indicatorColor")


def _bar() -> dict[str, Any]:
    return _colours(
        {"background": {"color": "fafafaff"}, "borderColor": "d5dbdbff"},
        {"background": {"color": "0f141aff"}, "borderColor": "424650ff"},
        backgroundImage={"enabled": False},
        logo={"enabled": False, "location": "START"},
    )


_PAGE_TEXT = ("bodyColor", "descriptionColor", "headingColor")

DEFAULTS: Settings = {
    "categories": {
        "auth": {
            "authMethodOrder": [
                [
                    {"display": "BUTTON", "type": "FEDERATED"},
                    {"display": "INPUT", "type": "USERNAME_PASSWORD"},
                ]
            ],
            "federation": {"interfaceStyle": "BUTTON_LIST", "order": []},
        },
        "form": {
            "displayGraphics": True,
            "instructions": {"enabled": False},
            "languageSelector": {"enabled": False},
            "location": {"horizontal": "CENTER", "vertical": "CENTER"},
            "sessionTimerDisplay": "NONE",
        },
        "global": {
            "colorSchemeMode": "LIGHT",
            "pageFooter": {"enabled": False},
            "pageHeader": {"enabled": False},
            "spacingDensity": "REGULAR",
        },
        "signUp": {"acceptanceElements": [{"enforcement": "NONE", "textKey": "en"}]},
    },
    "componentClasses": {
        "buttons": {"borderRadius": 8.0},
        "divider": _colours({"borderColor": "ebebf0ff"}, {"borderColor": "232b37ff"}),
        "dropDown": _colours(
            {
                "defaults": {"itemBackgroundColor": "ffffffff"},
                **_states(_ITEM, hover=("f4f4f4ff", "7d8998ff", "000716ff")),
                "match": {"itemBackgroundColor": "414d5cff", "itemTextColor": "0972d3ff"},
            },
            {
                "defaults": {"itemBackgroundColor": "192534ff"},
                **_states(_ITEM, hover=("081120ff", "5f6b7aff", "e9ebedff")),
                "match": {"itemBackgroundColor": "d1d5dbff", "itemTextColor": "89bdeeff"},
            },
            borderRadius=8.0,
        ),
        "focusState": _colours({"borderColor": "0972d3ff"}, {"borderColor": "539fe5ff"}),
        "idpButtons": {"icons": {"enabled": True}},
        "input": _colours(
            {**_states(_BOX, defaults=("ffffffff", "7d8998ff")), "placeholderColor": "5f6b7aff"},
            {**_states(_BOX, defaults=("0f1b2aff", "5f6b7aff")), "placeholderColor": "8d99a8ff"},
            borderRadius=8.0,
        ),
        "inputDescription": _colours({"textColor": "5f6b7aff"}, {"textColor": "8d99a8ff"}),
        "inputLabel": _colours({"textColor": "000716ff"}, {"textColor": "d1d5dbff"}),
        "link": _colours(
            _states(("textColor",), defaults=("0972d3ff",), hover=("033160ff",)),
            _states(("textColor",), defaults=("539fe5ff",), hover=("89bdeeff",)),
        ),
        "optionControls": _colours(
            {
                **_states(_BOX, defaults=("ffffffff", "7d8998ff")),
                "selected": {"backgroundColor": "0972d3ff", "foregroundColor": "ffffffff"},
            },
            {
                **_states(_BOX, defaults=("0f1b2aff", "7d8998ff")),
                "selected": {"backgroundColor": "539fe5ff", "foregroundColor": "000716ff"},
            },
        ),
        "statusIndicator": _colours(
            {
                **_states(
                    _STATUS,
                    error=("fff7f7ff", "d91515ff", "d91515ff"),
                    success=("f2fcf3ff", "037f0cff", "037f0cff"),
                    warning=("fffce9ff", "8d6605ff", "8d6605ff"),
                ),
                "pending": {"indicatorColor": "AAAAAAAA"},
            },
            {
                **_states(
                    _STATUS,
                    error=("1a0000ff", "eb6f6fff", "eb6f6fff"),
                    success=("001a02ff", "29ad32ff", "29ad32ff"),
                    warning=("1d1906ff", "e0ca57ff", "e0ca57ff"),
                ),
                "pending": {"indicatorColor": "AAAAAAAA"},
            },
        ),
    },
    "components": {
        "alert": _colours(
            _states(_BOX, error=("fff7f7ff", "d91515ff")),
            _states(_BOX, error=("1a0000ff", "eb6f6fff")),
            borderRadius=12.0,
        ),
        "favicon": {"enabledTypes": ["ICO", "SVG"]},
        "form": _colours(
            {"backgroundColor": "ffffffff", "borderColor": "c6c6cdff"},
            {"backgroundColor": "0f1b2aff", "borderColor": "424650ff"},
            backgroundImage={"enabled": False},
            borderRadius=8.0,
            logo={"enabled": False, "formInclusion": "IN", "location": "CENTER", "position": "TOP"},
        ),
        "idpButton": {
            "custom": {},
            "standard": _colours(
                _states(
                    _BUTTON,
                    active=("d3e7f9ff", "033160ff", "033160ff"),
                    defaults=("ffffffff", "424650ff", "424650ff"),
                    hover=("f2f8fdff", "033160ff", "033160ff"),
                ),
                _states(
                    _BUTTON,
                    active=("354150ff", "89bdeeff", "89bdeeff"),
                    defaults=("0f1b2aff", "c6c6cdff", "c6c6cdff"),
                    hover=("192534ff", "89bdeeff", "89bdeeff"),
                ),
            ),
        },
        "pageBackground": _colours({"color": "ffffffff"}, {"color": "0f1b2aff"}, image={"enabled": True}),
        "pageFooter": _bar(),
        "pageHeader": _bar(),
        "pageText": _colours(
            dict(zip(_PAGE_TEXT, ("414d5cff", "414d5cff", "000716ff"), strict=True)),
            dict(zip(_PAGE_TEXT, ("b6bec9ff", "b6bec9ff", "d1d5dbff"), strict=True)),
        ),
        "phoneNumberSelector": {"displayType": "TEXT"},
        "primaryButton": _colours(
            {
                **_states(
                    _PRIMARY,
                    active=("033160ff", "ffffffff"),
                    defaults=("0972d3ff", "ffffffff"),
                    hover=("033160ff", "ffffffff"),
                ),
                "disabled": {"backgroundColor": "ffffffff", "borderColor": "ffffffff"},
            },
            {
                **_states(
                    _PRIMARY,
                    active=("539fe5ff", "000716ff"),
                    defaults=("539fe5ff", "000716ff"),
                    hover=("89bdeeff", "000716ff"),
                ),
                "disabled": {"backgroundColor": "ffffffff", "borderColor": "ffffffff"},
            },
        ),
        "secondaryButton": _colours(
            _states(
                _BUTTON,
                active=("d3e7f9ff", "033160ff", "033160ff"),
                defaults=("ffffffff", "0972d3ff", "0972d3ff"),
                hover=("f2f8fdff", "033160ff", "033160ff"),
            ),
            _states(
                _BUTTON,
                active=("354150ff", "89bdeeff", "89bdeeff"),
                defaults=("0f1b2aff", "539fe5ff", "539fe5ff"),
                hover=("192534ff", "89bdeeff", "89bdeeff"),
            ),
        ),
    },
}
