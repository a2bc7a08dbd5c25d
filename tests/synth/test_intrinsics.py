import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.planning.model import Sub
from pipeline_builder.core.planning.text import joined
from pipeline_builder.synth.intrinsics import completed, json_text, one_or_many, text
from pipeline_builder.synth.intrinsics import given as said


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("${AWS::Region}", "${AWS::Region}"),
        (Sub("plain"), "plain"),
        (Sub(""), ""),
        (Sub("${OrgId}"), {"Ref": "OrgId"}),
        (Sub("${AWS::Region}"), {"Ref": "AWS::Region"}),
        (Sub("${Bucket.Arn}"), {"Fn::GetAtt": ["Bucket", "Arn"]}),
        (Sub("${Stack.Outputs.Url}"), {"Fn::GetAtt": ["Stack", "Outputs.Url"]}),
        (Sub("${Bucket.Arn}/*"), {"Fn::Sub": "${Bucket.Arn}/*"}),
        (Sub("${A}${B}"), {"Fn::Sub": "${A}${B}"}),
        (Sub("${!A}"), "${A}"),
        (Sub("${!A} ${B}"), {"Fn::Join": ["", ["${A} ", {"Ref": "B"}]]}),
        (Sub("${A} costs ${!"), {"Fn::Join": ["", [{"Ref": "A"}, " costs ${"]]}),
    ],
)
def test_the_simplest_function_that_means_the_same_is_used(value, expected):
    assert text(value) == expected


def evaluate(value, parameters):
    """What CloudFormation makes of a value, as far as texts need it."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return parameters[name]
        case {"Fn::GetAtt": [resource, attribute]}:
            return parameters[f"{resource}.{attribute}"]
        case {"Fn::Join": ["", parts]}:
            return "".join(evaluate(part, parameters) for part in parts)
        case {"Fn::Sub": template}:
            for name, known in parameters.items():
                template = template.replace(f"${{{name}}}", known)
            assert "${" not in template
            return template


@given(st.lists(st.one_of(st.text(alphabet="${}!Aa. \n"), st.sampled_from([Sub("${A}"), Sub("${B.Arn}")]))))
def test_what_an_author_wrote_is_never_read_as_a_reference(parts):
    values = {"A": "<a>", "B.Arn": "<arn>"}
    expected = "".join({"${A}": "<a>", "${B.Arn}": "<arn>"}[p.text] if isinstance(p, Sub) else p for p in parts)

    assert evaluate(text(joined(*parts)), values) == expected


def test_data_is_completed_at_any_depth():
    value = {"detail": [{"name": Sub("${A}")}, ("x", 1, None, True)]}

    assert completed(value) == {"detail": [{"name": {"Ref": "A"}}, ["x", 1, None, True]]}


def test_data_that_json_cannot_say_is_refused():
    with pytest.raises(TypeError, match="cannot hold a set"):
        completed({"detail": {1}})


def test_json_inside_a_text_stays_literal_as_long_as_nothing_is_to_be_completed():
    assert json_text([{"value": '${x} "quoted"'}]) == r'[{"value":"${x} \"quoted\""}]'


def test_json_inside_a_text_keeps_literals_apart_from_references():
    value = json_text([{"a": "${x}", "b": Sub("${OrgId}/y")}])

    assert text(value) == {"Fn::Join": ["", ['[{"a":"${x}","b":"', {"Ref": "OrgId"}, '/y"}]']]}


def test_a_single_value_needs_no_list():
    assert one_or_many(["a"]) == "a"
    assert one_or_many(["a", "b"]) == ["a", "b"]


def test_only_what_says_something_is_kept():
    assert said({"a": None, "b": "", "c": [], "d": {}, "e": (), "f": False, "g": 0}) == {"f": False, "g": 0}
