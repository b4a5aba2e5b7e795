"""The CSS that classic pages take: what is allowed comes out as it went in, all else is refused."""

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.classic_css import ALLOWED, checked
from poolhouse.errors import InvalidParameterException

TEMPLATE = """
/* All that may be changed. */
.logo-customizable { max-width: 60%; max-height: 30%; }
.banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }
.label-customizable { font-weight: 400; }
.textDescription-customizable { padding-top: 10px; padding-bottom: 10px; display: block; font-size: 16px; }
.legalText-customizable { color: #747474; font-size: 11px; }
.submitButton-customizable { font-size: 14px; font-weight: bold; margin: 20px 0px 10px 0px; height: 40px;
  width: 100%; color: #fff; background-color: #337ab7 !important; }
.submitButton-customizable:hover { color: #fff; background-color: rgba(40, 96, 144, .9); }
.errorMessage-customizable { padding: 5px; font-size: 14px; width: 100%; background: #F5F5F5;
  border: 2px solid #D64958; color: #D64958; }
.inputField-customizable { width: 100%; height: 34px; color: #555; background-color: #fff; border: 1px solid #ccc }
.inputField-customizable:focus { border-color: #66afe9; outline: 0; }
.idpButton-customizable, .socialButton-customizable { height: 40px; text-align: center; color: #fff; }
.passwordCheck-valid-customizable { color: hsl(120 50% 40%); }
.background-customizable { background-color: #fff; }
"""


def test_the_services_template_is_taken():
    rules = checked(TEMPLATE)
    assert ".label-customizable{font-weight:400}" in rules
    assert ".idpButton-customizable,.socialButton-customizable{height:40px;" in rules
    assert "background-color:#337ab7!important" in rules
    assert checked(rules) == rules


def test_nothing_is_nothing():
    assert checked("") == checked("/* */ ") == ""


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (".label-customizable{font-weight:url(https://evil.example)}", "value"),
        (".background-customizable{background-color:url('//evil.example')}", "value"),
        (".background-customizable{background-color:u\\72l(//evil.example)}", "value"),
        (".errorMessage-customizable{background:image-set('//evil.example' 1x)}", "value"),
        (".errorMessage-customizable{background:var(--x)}", "value"),
        (".errorMessage-customizable{background:env(x)}", "value"),
        (".errorMessage-customizable{background:expression(alert(1))}", "value"),
        (".errorMessage-customizable{background:rgb(url(//evil.example))}", "value"),
        (".errorMessage-customizable{color:'</style><script>alert(1)</script>'}", "value"),
        (".errorMessage-customizable{color:</style><script>alert(1)</script>}", "value"),
        (".errorMessage-customizable{color:\\3c/style\\3e}", "value"),
        (".errorMessage-customizable{color:red;}</style><script>", ""),
        (".errorMessage-customizable{behavior:red}", "property behavior"),
        (".errorMessage-customizable{-moz-binding:red}", "property -moz-binding"),
        (".errorMessage-customizable{position:fixed}", "property position"),
        (".errorMessage-customizable{--x:url(//evil.example)}", "property --x"),
        (".label-customizable{col\\6fr:red}", "property color"),
        (".label-customizable{display:none}", "property display"),
        ("@import '//evil.example';", "at-rule is not allowed: @import"),
        ("@media print{.label-customizable{font-weight:400}}", "@media"),
        ("@supports (a:b){}", "@supports"),
        ("@page{}", "@page"),
        ("@font-face{src:url(//evil.example)}", "@font-face"),
        ("@\\69mport '//evil.example';", "@import"),
        ("@charset 'utf-7';", "@charset"),
        (".label-customizable{@import '//evil.example';}", "not valid"),
        (".label-customizable{&:hover{color:red}}", "not valid"),
        ("body{color:red}", "class"),
        ("*{background-color:red}", "class"),
        (".label-customizable body{font-weight:400}", "class"),
        (".label-customizable::after{font-weight:400}", "class"),
        (".label-customizable:hover{font-weight:400}", "class"),
        (".label-customizable[x]{font-weight:400}", "class"),
        ("input[value^='a']{background-color:red}", "class"),
        (".label-customizable,{font-weight:400}", "class"),
        ("{color:red}", "class"),
        (".label-customizable{font-weight:400", None),
        (".label-customizable", "not valid"),
        ("}", "not valid"),
        ("<!-- -->", None),
        (".label-customizable{" + "(" * 5000, "not valid"),
        (".label-customizable{font-weight:" + "{" * 3000, "value"),
        (".errorMessage-customizable{color:" + "rgb(" * 3000, "value"),
        ("(" * 3000 + "{}", "not valid"),
        ("\x00", "not valid"),
    ],
)
def test_what_is_not_allowed_is_refused(attack, words):
    if words is None:  # CSS closes what is left open, and knows these comments
        assert "<" not in checked(attack)
        return
    with pytest.raises(InvalidParameterException) as refused:
        checked(attack)
    assert words in refused.value.message
    assert len(refused.value.message) < 300


PIECES = st.sampled_from(
    [
        ".label-customizable", ".submitButton-customizable:hover", "body", "{", "}", "color", ":", ";", "red", "#fff",
        "url(", ")", "'", '"', "\\", "</style>", "<!--", "-->", "@import", "@media", "/*", "*/", "!important", "\n",
        "\0", "\\3c", "(", "[", ",", "12px", "50%", "font-weight", "400", "rgb(1,2,3)", "é", "--x",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=100))
def test_whatever_is_taken_can_do_nothing_else(css):
    try:
        rules = checked(css)
    except InvalidParameterException:
        return
    assert not set("<@\\'\"/") & set(rules)
    assert "url" not in rules.lower()
    for rule in tinycss2.parse_stylesheet(rules):
        assert rule.type == "qualified-rule"
        for selector in tinycss2.serialize(rule.prelude).split(","):
            for declaration in tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True):
                assert declaration.name in ALLOWED[selector.removeprefix(".")]
