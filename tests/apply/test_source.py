"""Reading YAML and JSON: short tags, lines, and what is refused."""

import contextlib
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.apply.problems import Wrong
from poolhouse.apply.source import DEEPEST, LARGEST, Plain, natural, read

TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a: !Ref Pool", {"a": {"Ref": "Pool"}}),
        ("a: !GetAtt Pool.Arn", {"a": {"Fn::GetAtt": "Pool.Arn"}}),
        ("a: !GetAtt [Pool, Arn]", {"a": {"Fn::GetAtt": ["Pool", "Arn"]}}),
        ("a: !Sub 'x-${B}'", {"a": {"Fn::Sub": "x-${B}"}}),
        ("a: !Join [',', [!Ref A, b]]", {"a": {"Fn::Join": [",", [{"Ref": "A"}, "b"]]}}),
        ("a: !If [C, !Ref A, !Ref B]", {"a": {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "B"}]}}),
        ("a: !Condition C", {"a": {"Condition": "C"}}),
        ("a: !Base64\n  Fn::Sub: x", {"a": {"Fn::Base64": {"Fn::Sub": "x"}}}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": "1"}, "c": {"b": "1"}}),
        ("a: &x {b: p, c: q}\nd:\n  <<: *x\n  b: r", {"a": {"b": "p", "c": "q"}, "d": {"c": "q", "b": "r"}}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("a: ~\nb:", {"a": None, "b": None}),
        ('{"a": [1, true, null, 1.5]}', {"a": [1, True, None, 1.5]}),
        ('{\t"a":\t"b"}', {"a": "b"}),
        ("{a: b}", {"a": "b"}),
        ("", None),
    ],
)
def test_what_a_text_says(text, tree):
    assert read(text).tree == tree


@pytest.mark.parametrize("text", ["OFF", "2010-09-09", "012345678901", "1.10", "yes"])
def test_a_plain_scalar_stays_as_it_is_written(text):
    value = read(f"a: {text}").tree["a"]
    assert (value, type(value)) == (text, Plain)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("off", "off"),
        ("a", "a"),
    ],
)
def test_where_nothing_is_expected_it_is_what_it_looks_like(text, value):
    found = natural(read(f"a: [{text}]").tree)["a"][0]
    assert (found, type(found)) == (value, type(value))


def test_what_is_quoted_is_text():
    assert natural(read("a: '12'").tree) == {"a": "12"}


def test_lines_are_known():
    lines = read("a:\n  b: 1\n  c:\n    - x\n    - !Ref y\n").lines
    assert (lines[("a",)], lines[("a", "c")], lines[("a", "c", 1)]) == (1, 3, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "line 2: a: the key is there twice"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice"),
        ("a: !Nope x", "line 1: a: nobody knows the tag !Nope"),
        ("a: !!python/object/apply:os.system [echo]", "line 1: a: nobody knows the tag"),
        ("a: !!python/name:os.system ''", "nobody knows the tag"),
        ("a: !!binary aGk=", "nobody knows the tag"),
        ("a: [1\nb: 2", "no YAML"),
        ("a: \x07", "no YAML"),
        ("a: 1\n---\nb: 2", "no YAML: but found another document"),
        ("? [a]\n: b", "line 1: a key must be a text"),
        ("a: &x [*x]", "line 1: a[0]: the alias stands inside what it means"),
        ("a: *nowhere", "found undefined alias"),
        ("a:\n  <<: [1]\n  b: c", "only a mapping can be merged"),
        ('{"a": 1,}', "line 1: no JSON"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": ' + "9" * 5000 + "}", "no JSON"),
        ("x" * (LARGEST + 1), "larger than 4 MiB"),
        ("[" * 100 + "]" * 100, f"nested more than {DEEPEST} deep"),
        ("[" * 100_000, "nested more than"),
        ('{"a":' * 100_000, "nested more than"),
        ('{"a":' * 100 + "1" + "}" * 100, f"nested more than {DEEPEST} deep"),
    ],
)
def test_what_is_refused(text, said):
    with pytest.raises(Wrong) as wrong:
        read(text)
    assert said in wrong.value.problem.text


def test_aliases_do_not_multiply_without_end():
    """The bomb of a billion laughs: ten lines that mean a billion values."""
    bomb = "a0: &a0 [lol, lol]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    tracemalloc.start()
    with pytest.raises(Wrong, match="more than 100000 values"):
        read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


@given(TREES)
def test_json_is_read_as_it_was_written(tree):
    text = json.dumps({"a": tree})
    assert read(text).tree == {"a": tree}


@given(TREES)
def test_yaml_means_what_json_means(tree):
    import yaml

    def quoted(value):
        return {k: quoted(v) for k, v in value.items()} if isinstance(value, dict) else value

    text = yaml.safe_dump({"a": quoted(tree)}, default_style=None, allow_unicode=False)
    found = natural(read("# yaml\n" + text).tree)["a"]
    assert found == natural(tree)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(Wrong):
        read(text)
