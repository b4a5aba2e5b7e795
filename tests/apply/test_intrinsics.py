"""Intrinsic functions, by examples and by what holds for all values."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.apply.intrinsics import Evaluator, Unknown
from poolhouse.apply.problems import Wrong
from poolhouse.apply.source import LARGEST, Plain

VALUES = {"Stage": "prod", "Names": ["a", "b"], "AWS::Region": "us-east-1", "AWS::StackName": "shop"}
MAPPINGS = {"ByStage": {"prod": {"Length": 12}, "dev": {"Length": 8}}}
CONDITIONS = {
    "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
    "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
    "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
    "Loop": {"Fn::Not": [{"Condition": "Pool"}]},
    "Pool": {"Condition": "Loop"},
    "OnResource": {"Fn::Equals": [{"Ref": "Pool"}, "x"]},
}
KNOWN = {("Pool", ""): "us-east-1_abc", ("Pool", "Arn"): "arn:pool", ("Nest", "A.B"): "deep"}
TEXTS = st.text(st.characters(exclude_characters="$"), max_size=20)


def lookup(name, attribute):
    if (name, attribute) not in KNOWN:
        raise Unknown(f"there is no {name}")
    return KNOWN[name, attribute]


def value(node):
    return Evaluator(VALUES, MAPPINGS, CONDITIONS).value(node, ("Here",), lookup)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Pool"}, "us-east-1_abc"),
        ({"Fn::GetAtt": "Pool.Arn"}, "arn:pool"),
        ({"Fn::GetAtt": ["Pool", "Arn"]}, "arn:pool"),
        ({"Fn::GetAtt": "Nest.A.B"}, "deep"),
        ({"Fn::Sub": "${AWS::StackName}-${Stage}-${Pool}-${Pool.Arn}"}, "shop-prod-us-east-1_abc-arn:pool"),
        ({"Fn::Sub": "${!Literal} $ {x} ${ Stage }"}, "${Literal} $ {x} prod"),
        ({"Fn::Sub": ["${x}-${Stage}", {"x": {"Ref": "Pool"}}]}, "us-east-1_abc-prod"),
        ({"Fn::Sub": ["${Stage}", {"Stage": "mine"}]}, "mine"),
        ({"Fn::Sub": ["${x}", {"x": "${Stage}"}]}, "${Stage}"),
        ({"Fn::Join": ["-", ["a", 1, True, {"Ref": "Stage"}]]}, "a-1-true-prod"),
        ({"Fn::Join": [",", {"Ref": "Names"}]}, "a,b"),
        ({"Fn::Select": ["1", {"Ref": "Names"}]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": [":", {"Fn::GetAtt": "Pool.Arn"}]}]}, "arn"),
        ({"Fn::Split": ["|", "a|b|"]}, ["a", "b", ""]),
        ({"Fn::If": ["IsProd", 1, {"Ref": "Nobody"}]}, 1),
        ({"Fn::If": ["IsDev", 1, {"Ref": "Stage"}]}, "prod"),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::FindInMap": ["ByStage", {"Ref": "Stage"}, "Length"]}, 12),
        ({"Fn::FindInMap": ["ByStage", "test", "Length", {"DefaultValue": 6}]}, 6),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::Length": [1, 2]}, 2),
        ({"Fn::ToJsonString": {"a": [Plain("1"), "1"]}}, '{"a":[1,"1"]}'),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        (["x", {"Fn::If": ["IsDev", "y", {"Ref": "AWS::NoValue"}]}], ["x"]),
        ({"Ref": "Stage", "Other": 1}, {"Ref": "Stage", "Other": 1}),
    ],
)
def test_what_a_function_comes_to(node, expected):
    assert value(node) == expected


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"Ref": "Nobody"}, "there is no Nobody"),
        ({"Ref": ["Pool"]}, "Ref takes a name"),
        ({"Fn::GetAtt": "Pool"}, "Fn::GetAtt takes a resource"),
        ({"Fn::GetAtt": ["Pool", {"Ref": "Stage"}]}, "Fn::GetAtt takes a resource"),
        ({"Fn::GetAtt": "Pool.Nope"}, "there is no Pool"),
        ({"Fn::Sub": "${Nobody}"}, "there is no Nobody"),
        ({"Fn::Sub": "${Names}"}, "Fn::Sub takes texts"),
        ({"Fn::Sub": "${}"}, "there is no "),
        ({"Fn::Sub": 3}, "Fn::Sub takes a text"),
        ({"Fn::Join": ["-", "ab"]}, "Fn::Join takes"),
        ({"Fn::Join": ["-", [["x"]]]}, "Fn::Join takes texts"),
        ({"Fn::Join": "x"}, "Fn::Join takes"),
        ({"Fn::Select": [2, ["a"]]}, "no item 2 among 1"),
        ({"Fn::Select": [-1, ["a"]]}, "Fn::Select takes"),
        ({"Fn::Select": ["٣", ["a"]]}, "Fn::Select takes"),
        ({"Fn::Split": ["", "a"]}, "not empty"),
        ({"Fn::If": ["Nope", 1, 2]}, "there is no condition Nope"),
        ({"Fn::If": ["IsProd", 1]}, "Fn::If takes"),
        ({"Fn::If": ["Loop", 1, 2]}, "defined by itself: Loop → Pool → Loop"),
        ({"Fn::If": ["OnResource", 1, 2]}, "a condition cannot refer to Pool"),
        ({"Fn::FindInMap": ["ByStage", "test", "Length"]}, "there is no ByStage.test.Length in Mappings"),
        ({"Fn::FindInMap": ["ByStage"]}, "Fn::FindInMap takes"),
        ({"Fn::And": [True]}, "a condition is"),
        ({"Fn::ImportValue": "x"}, "make it a parameter"),
        ({"Fn::Frobnicate": "x"}, "Fn::Frobnicate is not known"),
        ({"Fn::Length": "abc"}, "Fn::Length takes a list"),
    ],
)
def test_what_is_refused(node, said):
    with pytest.raises(Wrong) as wrong:
        value({"Deep": [node]})
    assert said in str(wrong.value)
    assert wrong.value.problem.path[:1] in {("Here",), ("Conditions",)}


@pytest.mark.parametrize(
    "node",
    [
        {"Fn::Sub": ["${v}" * 100_000, {"v": "x" * 100_000}]},
        {"Fn::Join": ["x" * 100_000, ["y"] * 100_000]},
    ],
)
def test_texts_do_not_multiply_without_end(node):
    with pytest.raises(Wrong, match=f"longer than {LARGEST}"):
        value(node)


def test_json_in_json_in_json_does_not_grow_without_end():
    """Each layer doubles the backslashes of the one before."""
    node: object = '"'
    for _ in range(50):
        node = {"Fn::ToJsonString": node}
    with pytest.raises(Wrong, match="longer than"):
        value(node)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=6), st.text("-:|", min_size=1, max_size=2))
def test_split_undoes_join(one, parts, separator):
    parts = [part.translate(dict.fromkeys(map(ord, "-:|"))) for part in [one, *parts]]
    joined = value({"Fn::Join": [separator, parts]})
    assert value({"Fn::Split": [separator, joined]}) == parts
    for number, part in enumerate(parts):
        assert value({"Fn::Select": [number, {"Fn::Split": [separator, joined]}]}) == part


@given(TEXTS)
def test_a_text_without_variables_is_left_alone(text):
    assert value({"Fn::Sub": text}) == text


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_is_put_in_is_not_looked_through_again(before, inside):
    before = before.replace("$", "")
    assert value({"Fn::Sub": [before + "${v}", {"v": inside}]}) == before + inside


@given(st.booleans(), st.booleans())
def test_conditions_are_logic(one, other):
    def text(truth):
        return {"Fn::Equals": ["x", "x" if truth else "y"]}

    def holds(node):
        return Evaluator({}, {}, {"C": node}).holds("C", ())

    assert holds({"Fn::And": [text(one), text(other)]}) == (one and other)
    assert holds({"Fn::Or": [text(one), text(other)]}) == (one or other)
    assert holds({"Fn::Not": [text(one)]}) == (not one)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Ref", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Fn::GetAtt", "Fn::Equals", "a"]
                ),
                inner,
                max_size=2,
            )
        ),
        max_leaves=12,
    )
)
def test_any_expression_has_a_value_or_is_refused(node):
    evaluator = Evaluator(VALUES, MAPPINGS, CONDITIONS)
    for work in (lambda: evaluator.value(node, (), lookup), lambda: list(evaluator.references(node, ()))):
        with contextlib.suppress(Wrong):
            work()
    json.dumps(node)
