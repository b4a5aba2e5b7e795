"""The CSS of classic pages: a few classes, a few properties, plain values (digest «sign-in» §5.10).

It is parsed by tinycss2, checked rule by rule, and written anew from what was parsed: nothing reaches a page
that was not understood.
"""

import re
from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any

import tinycss2

from poolhouse.errors import InvalidParameterException

_HOVER = "color background-color"
_BUTTON = f"height width text-align margin-bottom {_HOVER} border-color"
_DESCRIPTION = "padding-top padding-bottom display font-size"

ALLOWED: Mapping[str, Collection[str]] = {
    selector: frozenset(properties.split())
    for selector, properties in {
        "background-customizable": "background-color",
        "banner-customizable": "padding background-color",
        "errorMessage-customizable": "margin padding font-size width background border color box-sizing",
        "idpButton-customizable": _BUTTON,
        "idpButton-customizable:hover": _HOVER,
        "idpDescription-customizable": _DESCRIPTION,
        "inputField-customizable": "width height color background-color border border-color outline",
        "inputField-customizable:focus": "border-color outline",
        "label-customizable": "font-weight",
        "legalText-customizable": "color font-size",
        "logo-customizable": "max-width max-height",
        "passwordCheck-notValid-customizable": "color",
        "passwordCheck-valid-customizable": "color",
        "redirect-customizable": "text-align",
        "socialButton-customizable": f"{_BUTTON} border-radius padding",
        "socialButton-customizable:hover": _HOVER,
        "submitButton-customizable": "font-size font-weight margin width height color background-color",
        "submitButton-customizable:hover": _HOVER,
        "textDescription-customizable": _DESCRIPTION,
    }.items()
}
"""Class, with its state → the properties that may be set on it."""

_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla"})
_WORD = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


def checked(css: str) -> str:
    """Return the style sheet as pages carry it.

    Raises:
        InvalidParameterException: it is not CSS, or has classes, properties or values that are not allowed.
    """
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_rule(rule) for rule in rules)


def _rule(rule: Any) -> str:
    if rule.type == "at-rule":
        raise InvalidParameterException(f"CSS at-rule is not allowed: @{_shown(rule.at_keyword)}")
    if rule.type != "qualified-rule":
        raise InvalidParameterException("CSS is not valid.")
    selectors = [_selector(part, rule.source_line) for part in _split(rule.prelude)]
    declared = []
    for declaration in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if declaration.type != "declaration":
            raise InvalidParameterException("CSS is not valid.")
        for selector in selectors:
            if declaration.lower_name not in ALLOWED[selector]:
                raise InvalidParameterException(
                    f"CSS property {_shown(declaration.lower_name)} is not allowed for class {selector}."
                )
        important = "!important" if declaration.important else ""
        declared.append(
            f"{declaration.lower_name}:{_value(declaration.value, declaration.source_line)}{important}"
        )
    return ",".join(f".{selector}" for selector in selectors) + "{" + ";".join(declared) + "}"


def _split(prelude: list[Any]) -> list[list[Any]]:
    """Return the selectors of a list, without white space around them."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if _is_comma(token):
            parts.append([])
        elif token.type not in {"whitespace", "comment"}:
            parts[-1].append(token)
    return parts


def _selector(tokens: list[Any], line: int) -> str:
    written = "".join(token.value if token.type in {"ident", "literal"} else "?" for token in tokens)
    if not written.startswith(".") or written[1:] not in ALLOWED:
        raise InvalidParameterException(f"CSS class is not allowed in line {line}: {_shown(written)}")
    return written[1:]


def _value(tokens: list[Any], line: int) -> str:
    for token in tokens:
        inner = (token.arguments,) if token.type == "function" and token.lower_name in _FUNCTIONS else ()
        if not (inner or _is_plain(token)) or not all(_is_plain(part) for part in chain(*inner)):
            raise InvalidParameterException(f"CSS value is not allowed in line {line}.")
    return str(tinycss2.serialize(tokens)).strip()


def _is_plain(token: Any) -> bool:
    match token.type:
        case "ident" | "hash":
            return _WORD.fullmatch(token.value) is not None
        case "dimension":
            return _WORD.fullmatch(token.unit) is not None
    return token.type in {"number", "percentage", "whitespace"} or _is_comma(token)


def _is_comma(token: Any) -> bool:
    return bool(token.type == "literal" and token.value == ",")


def _shown(text: str) -> str:
    return text[:64]
