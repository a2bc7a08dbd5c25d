"""The texts of one step, which may refer to one another."""

from types import MappingProxyType

from pipeline_builder.core.diagnostics import Location, Position, Report
from pipeline_builder.core.templating import render_fields
from tests.core.templating.factories import a_document

SCOPE = MappingProxyType(
    {
        "vars": {"region": "eu", "list": ("a", ["b"]), "n": 3, "on": True, "none": None, "odd": object()},
        "plugin": {"name": "jest", "version": "1.0.0"},
        "env": {"SHARED": "base", "OWN": "hidden"},
        "inputs": {},
    }
)


def rendered(fields, scope=SCOPE, **options):
    report = Report()
    result = render_fields(fields, scope, at=Location, report=report, **options)
    return result, [(found.code, str(found.at), found.position) for found in report.diagnostics]


def test_texts_refer_to_the_scope_and_to_one_another():
    fields = {
        ("commands", "0"): "kubectl -n {{ env.NAMESPACE }} get pods --format '{{.Names}}'",
        ("env", "NAMESPACE"): "{{ env.OWN }}-{{ env.SHARED }}-{{ plugin.name }}",
        ("env", "OWN"): "{{ vars.region }}",
        ("inputs", "level"): "high",
        ("commands", "1"): "run {{ inputs.level }} {{ vars.list.1.0 }} {{ vars.n }} {{ vars.on }}",
    }

    assert rendered(fields) == (
        {
            ("commands", "0"): "kubectl -n eu-base-jest get pods --format '{{.Names}}'",
            ("env", "NAMESPACE"): "eu-base-jest",
            ("env", "OWN"): "eu",
            ("inputs", "level"): "high",
            ("commands", "1"): "run high b 3 true",
        },
        [],
    )


def test_texts_without_expressions_come_back_as_they_are():
    fields = {("commands", "0"): "docker ps --format '{{.Names}}'", ("env", "A"): "x"}

    assert rendered(fields) == (fields, [])


def test_json_of_the_scope_has_every_kind_of_value():
    text = "{{ vars | json }}"
    scope = {"vars": {**SCOPE["vars"], "odd": a_document("{x: [1.5, ~]}"), "quoted": '"'}}

    result, found = rendered({("env", "A"): text}, scope)

    assert found == []
    assert result["env", "A"] == (
        '{"region":"eu","list":["a",["b"]],"n":3,"on":true,"none":null,"odd":{"x":[1.5,null]},"quoted":"\\""}'
    )


def test_json_of_the_environment_has_the_own_texts_rendered():
    fields = {("env", "A"): "{{ vars.region }}", ("commands", "0"): "{{ env | json }} {{ vars.list | json }}"}

    result, found = rendered(fields, {**SCOPE, "env": {"B": "b"}})

    assert found == []
    assert result["commands", "0"] == '{"B":"b","A":"eu"} ["a",["b"]]'


def test_numbers_and_truths_become_text():
    result, _ = rendered({("env", "A"): "{{ vars.n | number }}", ("env", "B"): "{{ vars.on | bool }}"})

    assert result == {("env", "A"): "3", ("env", "B"): "true"}


def test_what_cannot_be_rendered_stays_as_it_is_with_its_finding():
    fields = {
        ("env", "A"): "{{ env.B }}",
        ("env", "B"): "{{ env.A }}",
        ("env", "C"): "{{ vars.odd }}{{ vars.none.x }}",
        ("env", "D"): "{{ secrets.T }}",
        ("env", "E"): "{{ vars[0] }}",
        ("env", "F"): "{{ vars.list }}",
    }

    result, found = rendered(fields)

    assert result == fields
    assert sorted(found) == [
        ("template-cycle", "env.A", None),
        ("template-not-text", "env.F", None),
        ("template-secret", "env.D", None),
        ("template-syntax", "env.E", None),
        ("template-unknown-path", "env.C", None),
        ("template-unknown-path", "env.C", None),
    ]


def test_a_root_that_is_neither_in_the_scope_nor_among_the_fields_is_out_of_scope():
    assert rendered({("commands", "0"): "{{ inputs.x }}"}, {"vars": {}})[1] == [("template-scope", "commands.0", None)]


def test_a_group_of_texts_is_no_root():
    fields = {("commands", "0"): "{{ commands.1 }}", ("commands", "1"): "x"}

    assert rendered(fields) == (fields, [])


def test_who_knows_the_source_gets_positions_in_it():
    fields = {("env", "A"): "ab {{ vars.x }}"}

    _, found = rendered(fields, position_of=lambda _path, offset: Position(7, 10 + offset))

    assert found == [("template-unknown-path", "env.A", Position(7, 13))]


def test_a_slip_is_told_and_the_text_kept():
    fields = {("env", "A"): "{{ evn.B }}"}

    assert rendered(fields) == (fields, [("template-near-root", "env.A", None)])


def test_the_texts_of_a_step_have_a_greatest_length_together():
    fields = {("env", f"V{index}"): "{{ vars.x }}" for index in range(5)}

    result, found = rendered(fields, {"vars": {"x": "x" * 65_536}})

    assert found == [("template-too-many", "env.V4", None)]
    assert result["env", "V3"] == "x" * 65_536
