"""A document whose texts refer to values of the same document."""

import pytest

from pipeline_builder.core.diagnostics import Location, Position, Report, Severity
from pipeline_builder.core.documents import Scalar, position_in
from pipeline_builder.core.templating import Places, escape, render_document
from tests.core.templating.factories import a_document, finding, findings, plain, rendered, value_of, values


def test_texts_are_rendered_wherever_they_stand():
    written = {
        "project": "{{ vars.name }}-service",
        "vars": {"name": "api", "regions": ["eu-{{ vars.name }}", "us"]},
        "stages": [{"stageName": "{{ vars.regions.0 }}", "tags": {"a": ["{{ project.x }}", "{{ vars.regions.1 }}"]}}],
    }

    assert values(written) == {
        "project": "api-service",
        "vars": {"name": "api", "regions": ["eu-api", "us"]},
        "stages": [{"stageName": "eu-api", "tags": {"a": ["{{ project.x }}", "us"]}}],
    }


def test_a_lone_text_is_a_document_too():
    assert values("'{{{{ {{ vars.x | default: 1 }} }}'") == "{{ 1 }}"


def test_a_document_without_expressions_is_not_touched():
    written = {"a": ["{{.Names}}", {"b": "{{ x }}"}], "n": 1}
    root = a_document(written)

    assert rendered(written)[0] == root


def test_what_has_no_expression_stays_the_same_object():
    root = a_document({"a": {"x": "{{ vars.y }}"}, "b": {"x": ["plain"]}, "vars": {"y": "1"}})
    after = render_document(root, Places(root, {("vars",): (("vars",),)}), deferred=lambda _: False, report=Report())

    assert after.entries["b"] is root.entries["b"]
    assert after.entries["a"] is not root.entries["a"]


def test_a_rendered_scalar_keeps_its_position_and_no_longer_matches_its_source():
    root, _ = rendered("vars: {y: text}\nproject: '{{ vars.y }}.'")

    assert root.entries["project"] == Scalar(
        "text.", "text.", quoted=True, position=Position(2, 10), offset_of_text=None
    )


def test_a_text_that_is_one_expression_is_quoted_as_its_value_is():
    root, _ = rendered("vars: {y: 1.5, q: '1.5'}\nproject: ['{{ vars.y }}', '{{ vars.q }}']")

    assert [item.quoted for item in root.entries["project"].items] == [False, True]


def test_the_other_names_of_a_place_mean_the_same():
    written = {
        "project": "api",
        "vars": {"x": 1},
        "global": {"k": "g"},
        "defaults": {"metadata": {"k": "d", "only": "here"}},
        "out": "{{ vars.x }}{{ pipeline.vars.x }} {{ pipeline.project }}{{ pipeline.projectName }} "
        "{{ metadata.k }}{{ pipeline.metadata.k }}{{ metadata.only }} {{ pipeline.defaults.metadata.k }}",
    }

    assert values(written)["out"] == "11 apiapi gghere d"


def test_a_value_can_never_become_structure():
    hostile = 'x"\n- y: [z]\n# {a: b}'

    assert value_of("{{ vars.x }}", x=hostile) == hostile
    assert value_of("name: {{ vars.x }}", x=hostile) == f"name: {hostile}"


def test_a_rendered_value_is_never_read_again():
    written = {
        "vars": {"x": "{{{{ vars.y }}", "y": "secret", "open": "{{{{", "name": " vars.y }}"},
        "project": "{{ vars.x }}",
        "joined": "{{ vars.open }}{{ vars.name }}",
    }

    assert values(written)["project"] == "{{ vars.y }}"
    assert values(written)["joined"] == "{{ vars.y }}"


@pytest.mark.parametrize("value", [5, -1, 0, True, False])
def test_a_text_that_is_one_expression_keeps_the_kind_of_its_value(value):
    assert value_of("{{ vars.x }}", x=value) is value or value_of("{{ vars.x }}", x=value) == value
    assert isinstance(value_of("{{ vars.x }}", x=value), type(value))
    assert value_of(" {{ vars.x }}", x=value) == f" {str(value).lower()}"


def test_a_number_that_was_quoted_stays_text():
    assert value_of("{{ vars.x }}", x="5") == "5"
    assert value_of("{{ vars.x }}", x="true") == "true"


def test_what_yaml_leaves_open_stays_what_the_author_wrote():
    text = "vars: {a: 012345678901, b: no, c: 1e3, d: 3.10, e: 2024-01-01}\nproject: '{{ vars.a }}'\n"

    assert values(text)["project"] == "012345678901"
    for name, written in {"b": "no", "c": "1e3", "d": "3.10", "e": "2024-01-01"}.items():
        assert values(text.replace("vars.a", f"vars.{name}"))["project"] == written


def test_names_of_python_are_just_names():
    assert value_of("{{ vars.__proto__ }}", __proto__="a") == "a"
    for path in ("__class__", "__len__", "entries", "items", "x.text", "x.upper", "x.0", "l.count", "l.-1"):
        assert finding(f"{{{{ vars.{path} }}}}", x="text", l=["a"]).code in {"template-unknown-path", "template-syntax"}


# --- what is wrong ---


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_value_without_a_default_is_an_error(empty):
    found = finding("{{ vars.x }}", x=empty)

    assert (found.code, found.message) == ("template-unknown-path", "'vars.x' has no value.")
    assert found.hint == "Define it, or give a default: {{ vars.x | default: '…' }}."


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("vars.regon", "Did you mean 'vars.region'?"),
        ("vars.deep.regon", "Did you mean 'vars.deep.region'?"),
        ("pipeline.vars.regon", "Did you mean 'pipeline.vars.region'?"),
        ("pipeline.projekt", "Did you mean 'pipeline.project'?"),
        ("metadata.hostname", "Did you mean 'metadata.hostnames'?"),
        ("vars.region.x", "'vars.region' is a single value and has nothing below it."),
        ("vars.list.2", "'vars.list' is a list; its items are numbered from 0 to 1."),
        ("vars.list.01", "'vars.list' is a list; its items are numbered from 0 to 1."),
        ("vars.list.first", "'vars.list' is a list; its items are numbered from 0 to 1."),
        ("vars.nothing.0", "Define it, or give a default: {{ vars.nothing.0 | default: '…' }}."),
        ("vars.unlike", "Define it, or give a default: {{ vars.unlike | default: '…' }}."),
    ],
)
def test_an_unknown_path_comes_with_what_was_meant(path, hint):
    written = {
        "project": "x",
        "vars": {"region": "eu", "deep": {"region": "us"}, "list": ["a", "b"], "nothing": []},
        "defaults": {"metadata": {"hostnames": "x"}},
        "out": f"{{{{ {path} }}}}",
    }

    _, report = rendered(written)
    (found,) = report.diagnostics
    assert (found.code, found.hint) == ("template-unknown-path", hint)


def test_a_document_without_any_vars_says_that_there_is_no_value():
    assert findings({"project": "{{ vars.x }} {{ metadata.y }}"}) == [
        ("template-unknown-path", "project"),
        ("template-unknown-path", "project"),
    ]


@pytest.mark.parametrize("container", [{"a": 1}, {}, ["a"], []])
def test_a_list_or_a_mapping_is_no_text(container):
    found = finding("x {{ vars.x | default: 'y' }}", x=container)

    assert (found.code, found.hint) == (
        "template-not-text",
        "Name one of its values, or take its JSON: {{ vars.x | json }}.",
    )


@pytest.mark.parametrize("root", ["env", "inputs", "plugin"])
def test_a_root_of_steps_has_no_value_elsewhere(root):
    found = finding(f"{{{{ {root}.x | default: 'y' }}}}")

    assert (found.code, found.message) == ("template-scope", f"'{root}' has no value here.")


@pytest.mark.parametrize("text", ["{{ secrets.TOKEN }}", "{{ secrets | json }}", "{{ secrets.TOKEN | default: '' }}"])
def test_secrets_never_enter_a_template(text):
    assert finding(text, secrets={"TOKEN": "x"}).code == "template-secret"


def test_all_findings_come_at_once_each_at_its_place():
    text = "vars:\n  a: \"x {{ vars.nope }} {{ vars[0] }}\"\nproject: {name: '{{ var.x }} {{ vars.c.d | number }}'}\n"

    _, report = rendered(text)

    assert [(found.code, found.position) for found in report.diagnostics] == [
        ("template-unknown-path", Position(2, 9)),
        ("template-syntax", Position(2, 32)),
        ("template-near-root", Position(3, 18)),
        ("template-unknown-path", Position(3, 30)),
    ]


def test_in_a_block_scalar_the_position_is_the_one_of_its_text():
    text = "vars:\n  b: |\n    first\n    then {{ vars.nope }}\n"
    scalar = a_document(text).entries["vars"].entries["b"]

    _, report = rendered(text)

    assert [found.position for found in report.diagnostics] == [position_in(scalar, scalar.text.index("{{"))]


def test_a_faulty_text_stays_as_it_is_and_its_readers_say_nothing_more():
    written = {"vars": {"a": "{{ vars.nope }}", "b": "{{ vars.a }}", "c": ["{{ vars.b | default: 'x' }}"]}}

    root, report = rendered(written)

    assert [(found.code, str(found.at)) for found in report.diagnostics] == [("template-unknown-path", "vars.a")]
    assert plain(root) == written


def test_a_slip_alone_changes_nothing():
    root, report = rendered("project: a {{ var.x }}")

    assert [found.severity for found in report.diagnostics] == [Severity.WARNING]
    assert root == a_document("project: a {{ var.x }}")


def test_keys_are_not_rendered_and_say_so():
    text = "vars: {x: a}\ntags:\n  '{{ vars.x }}': 1\n  '{{.Names}}': 2\n"

    root, report = rendered(text)

    (found,) = report.diagnostics
    assert (found.code, found.severity, found.position) == ("template-in-key", Severity.WARNING, Position(3, 3))
    assert found.at == Location(("tags", "{{ vars.x }}"))
    assert plain(root)["tags"] == {"{{ vars.x }}": 1, "{{.Names}}": 2}


# --- order and cycles ---


def test_a_text_is_rendered_after_those_it_refers_to():
    written = {"vars": {"a": "{{ vars.b }}1", "b": "{{ vars.c }}2", "c": "3"}, "project": "{{ vars.a }}"}

    assert values(written)["project"] == "321"


def test_a_cycle_is_told_once_with_its_path():
    written = {"vars": {"b": "{{ vars.c }}", "c": "-{{ vars.a }}", "a": "{{ vars.b }}", "reader": "{{ vars.c }}"}}

    root, report = rendered(written)

    (found,) = report.diagnostics
    assert found.code == "template-cycle"
    assert found.message == "Expressions go round in a circle: vars.a -> vars.b -> vars.c -> vars.a."
    assert found.at == Location(("vars", "a"))
    assert plain(root) == written


def test_a_cycle_of_one_is_a_cycle():
    found = finding("{{ pipeline.project | default: 'x' }}")

    assert found.message == "Expressions go round in a circle: project -> project."


def test_a_cycle_through_metadata_and_lists_is_found_by_the_places_of_its_texts():
    written = {
        "vars": {"l": ["{{ metadata.m }}"]},
        "global": {"m": "{{ pipeline.projectName }}"},
        "project": "{{ vars.l.0 }}",
    }

    _, report = rendered(written)

    assert [found.message for found in report.diagnostics] == [
        "Expressions go round in a circle: global.m -> project -> vars.l[0] -> global.m."
    ]


def test_two_cycles_that_share_a_text_are_both_told():
    written = {"vars": {"a": "{{ vars.b }}{{ vars.c }}", "b": "{{ vars.a }}", "c": "{{ vars.a }}"}}

    _, report = rendered(written)

    assert sorted(found.message for found in report.diagnostics) == [
        "Expressions go round in a circle: vars.a -> vars.b -> vars.a.",
        "Expressions go round in a circle: vars.a -> vars.c -> vars.a.",
    ]


def test_the_position_of_a_cycle_is_the_expression_that_goes_on():
    _, report = rendered("vars:\n  x: 1\n  b: '{{ vars.a }}'\n  a: '{{ vars.x }} {{ vars.b }}'\n")

    assert [found.position for found in report.diagnostics] == [Position(4, 20)]


def test_the_json_of_the_whole_document_is_a_cycle():
    assert finding("{{ pipeline | json }}").message == (
        "Expressions go round in a circle: project -> the whole document -> project."
    )


def test_the_json_of_what_contains_the_text_is_a_cycle():
    written = {"vars": {"deep": {"a": "{{ vars | json }}"}}}

    _, report = rendered(written)

    assert [found.message for found in report.diagnostics] == [
        "Expressions go round in a circle: vars.deep.a -> vars -> vars.deep -> vars.deep.a."
    ]


def test_json_needs_the_texts_below_it_first():
    written = {"vars": {"m": {"a": "{{ vars.x }}"}, "x": "y"}, "A": "{{ vars.m | json }}", "B": "{{ vars.m | json }}"}

    assert values(written)["A"] == values(written)["B"] == '{"a":"y"}'


def test_json_of_what_cannot_be_rendered_is_not_rendered_either():
    assert findings({"vars": {"m": {"a": ["{{ vars.x }}"]}}, "project": "{{ vars.m | json }}"}) == [
        ("template-unknown-path", "vars.m.a[0]")
    ]


def test_a_long_cycle_is_told_shortly():
    count = 50
    written = {"vars": {f"v{index:02}": f"{{{{ vars.v{(index + 1) % count:02} }}}}" for index in range(count)}}

    _, report = rendered(written)

    (found,) = report.diagnostics
    assert found.message.endswith("vars.v08 -> vars.v09 -> … -> vars.v00.")


def test_of_a_tangle_a_hundred_cycles_are_told():
    names = [f"v{index}" for index in range(100)]
    everything = "".join(f"{{{{vars.{name}}}}}" for name in names)

    _, report = rendered({"vars": dict.fromkeys(names, everything)})

    assert [found.code for found in report] == ["template-cycle"] * 100


# --- texts for later ---


def is_env(keys):
    return "env" in keys


def test_texts_that_are_rendered_later_stay_as_they_are():
    written = {"env": {"A": "{{ env.B }} {{ vars.x[0] }} {{{{"}, "vars": {"x": "1"}, "project": "{{ vars.x }}"}

    root, report = rendered(written, deferred=is_env)

    assert report.diagnostics == ()
    assert plain(root) == {**written, "project": "1"}


def test_a_reference_to_a_text_that_is_rendered_later_is_an_error():
    written = {"env": {"A": "{{ env.B }}", "P": "plain", "F": "{{.Names}}"}, "project": "{{ pipeline.env.A }}"}

    _, report = rendered(written, deferred=is_env)

    (found,) = report.diagnostics
    assert (found.code, str(found.at)) == ("template-scope", "project")
    assert "'env.A'" in found.message
    assert (
        rendered({**written, "project": "{{ pipeline.env.P }}{{ pipeline.env.F }}"}, deferred=is_env)[1].diagnostics
        == ()
    )


def test_json_of_something_with_a_text_for_later_is_an_error_too():
    written = {"steps": [{"env": {"A": "{{ env.B }}"}}], "project": "{{ pipeline.steps | json }}"}

    assert findings(written, deferred=is_env) == [("template-scope", "project")]


# --- limits ---


def test_two_thousand_texts_in_a_chain_are_rendered():
    count = 2000
    variables = {f"v{index}": f"{{{{ vars.v{index + 1} }}}}" for index in range(count)}

    assert values({"vars": {**variables, f"v{count}": "end"}})["vars"]["v0"] == "end"


def test_texts_that_double_each_other_are_stopped():
    written = {"vars": {**{f"v{index}": f"{{{{vars.v{index + 1}}}}}" * 2 for index in range(100)}, "v100": "x"}}

    assert findings(written) == [("template-too-long", "vars.v83")]


def test_a_text_may_become_as_long_as_the_limit_and_no_longer():
    assert len(value_of("{{ vars.x }}{{ vars.y }}", x="x" * 65_535, y="y")) == 65_536
    assert finding("{{ vars.x }}{{ vars.y }}", x="x" * 65_535, y="yy").code == "template-too-long"
    assert value_of(escape("{{" * 70_000)) == "{{" * 70_000


def test_all_texts_together_may_become_as_long_as_the_limit_and_no_longer():
    variables = {"x": "x" * 65_536, **{f"v{index:02}": "{{ vars.x }}" for index in range(16)}}

    assert values({"vars": variables})["vars"]["v15"] == "x" * 65_536
    assert findings({"vars": {**variables, "w": "{{ vars.v00 }}", "z": "{{ vars.x }}"}}) == [
        ("template-too-many", "vars.w")
    ]


def test_a_document_may_have_as_many_expressions_as_the_limit_and_no_more():
    texts = ["{{vars.x}}" * 100] * 100

    assert values({"vars": {"x": ""}, "l": [text.replace("}}", "|default:1}}") for text in texts]})["l"][0] == "1" * 100
    assert findings({"vars": {"x": "1"}, "l": [*texts, "{{ vars.x }}"]}) == [("template-too-many", "l[0]")]


def test_hints_are_given_for_the_first_hundred_faults():
    written = {"vars": {"name": 1, **{f"v{index}": "{{ vars.nam }}" for index in range(150)}}}

    _, report = rendered(written)

    hints = [found.hint for found in report.diagnostics]
    assert sum(hint == "Did you mean 'vars.name'?" for hint in hints) == 100
    assert len(hints) == 150
