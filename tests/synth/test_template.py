import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.synth import Resource, Template

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


def a_template(**properties: Any) -> Template:
    topic = Resource(id="Topic", type="AWS::SNS::Topic", properties=properties)
    return Template(description="A topic.", resources={topic.id: topic})


@given(VALUES)
def test_the_text_says_what_the_data_says(value):
    template = a_template(Kept=[value])

    assert json.loads(template.as_json()) == template.as_dict()


def test_short_values_stand_in_one_line_and_long_ones_in_several():
    assert a_template(Name="t", Tags=["x" * 60, "y" * 60]).as_json().decode() == (
        "{\n"
        ' "AWSTemplateFormatVersion": "2010-09-09",\n'
        ' "Description": "A topic.",\n'
        ' "Resources": {\n'
        '  "Topic": {\n'
        '   "Type": "AWS::SNS::Topic",\n'
        '   "Properties": {\n'
        '    "Name": "t",\n'
        '    "Tags": [\n'
        f'     "{"x" * 60}",\n'
        f'     "{"y" * 60}"\n'
        "    ]\n"
        "   }\n"
        "  }\n"
        " }\n"
        "}\n"
    )


def test_parts_that_say_nothing_are_left_out():
    assert a_template(Name="t", Tags=[]).as_dict() == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A topic.",
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Name": "t"}}},
    }


def test_what_is_retained_goes_only_with_a_creation_that_failed():
    resource = Resource(id="Bucket", type="AWS::S3::Bucket", properties={}, is_retained=True)

    assert resource.as_dict() == {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {},
    }
