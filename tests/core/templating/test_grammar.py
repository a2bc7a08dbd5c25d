"""What is an expression, what is another tool's, and what is wrong."""

import pytest

from pipeline_builder.core.diagnostics import Severity
from pipeline_builder.core.templating import ROOTS, Expression, escape, parse
from pipeline_builder.core.templating.grammar import Coercion
from pipeline_builder.core.templating.values import Value


def only(text):
    template = parse(text)
    assert template.faults == ()
    (expression,) = template.parts
    assert isinstance(expression, Expression)
    return expression


def fault(text):
    (found,) = parse(text).faults
    return found


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{{ vars.region }}", ("vars", "region")),
        ("{{vars.region}}", ("vars", "region")),
        ("{{\tvars.region \t}}", ("vars", "region")),
        ("{{ vars }}", ("vars",)),
        ("{{ vars._a }}", ("vars", "_a")),
        ("{{ vars.multi-part-name }}", ("vars", "multi-part-name")),
        ("{{ vars.regions.0 }}", ("vars", "regions", "0")),
        ("{{ vars.months.01.name }}", ("vars", "months", "01", "name")),
        ("{{ vars.a.b.c.d.e.f.g }}", ("vars", "a", "b", "c", "d", "e", "f", "g")),
        ("{{ pipeline.metadata.x }}", ("pipeline", "metadata", "x")),
        ("{{ env.HOME }}", ("env", "HOME")),
        (f"{{{{ vars.{'x' * 64} }}}}", ("vars", "x" * 64)),
    ],
)
def test_a_path_is_names_and_indexes_joined_by_dots(text, path):
    assert only(text).path == path


@pytest.mark.parametrize("root", ROOTS)
def test_every_root_opens_an_expression(root):
    assert str(only(f"{{{{ {root}.x }}}}")) == f"{root}.x"


@pytest.mark.parametrize(
    ("filters", "default", "coercion"),
    [
        ("", None, None),
        ("| number", None, Coercion.NUMBER),
        ("|bool", None, Coercion.BOOL),
        ("|\tjson ", None, Coercion.JSON),
        ("| default: 'x'", Value("x", is_plain=False), None),
        ('| default : "x"', Value("x", is_plain=False), None),
        ("|default:''", Value("", is_plain=False), None),
        (r"| default: 'it\'s \\ fine'", Value(r"it's \ fine", is_plain=False), None),
        (r'| default: "say \"it\""', Value('say "it"', is_plain=False), None),
        ("| default: 'a }} b {{ vars.x }} | c'", Value("a }} b {{ vars.x }} | c", is_plain=False), None),
        ("| default: 5", Value("5", is_plain=True), None),
        ("| default: -1.5e3", Value("-1.5e3", is_plain=True), None),
        ("| default: true", Value("true", is_plain=True), None),
        ("| default: false | bool", Value("false", is_plain=True), Coercion.BOOL),
        ("| number | default: 1", Value("1", is_plain=True), Coercion.NUMBER),
    ],
)
def test_filters_follow_in_any_order(filters, default, coercion):
    expression = only(f"{{{{ vars.x {filters} }}}}")

    assert (expression.default, expression.coercion) == (default, coercion)


def test_literals_stand_between_expressions_and_nothing_is_empty():
    template = parse("a{{ vars.b }}{{ vars.c }} d {{ vars.e }}")

    assert [part if isinstance(part, str) else part.path[1] for part in template.parts] == ["a", "b", "c", " d ", "e"]
    assert [expression.offset for expression in template.expressions] == [1, 13, 28]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "{ vars.x }",
        "}} {{",
        "{{",
        "{{ }}",
        "{{.Names}}",
        "{{ .Values.image }}",
        "{{- range . -}}",
        "{{-vars.x}}",
        "{{#each vars}}",
        "{{/if}}",
        "{{ range .Items }}{{ end }}",
        "{{ end }}",
        "{{foo}}",
        "{{ foo.bar | default: }}",
        "{{ varsity.x }}",
        "{{ my-vars.x }}",
        "{{ environment.x }}",
        "{{{ vars.x }}}",
        "${{ vars.x }}",
        "$${{ secrets.TOKEN }}",
        "${{ env.x }} ${{ inputs.y }}",
        "{{resolve:ssm:/a/b}}",
        "{{ Größe.x }}",
        "}} vars.x {{",
    ],
)
def test_what_is_not_ours_stays_as_it_is(text):
    template = parse(text)

    assert template.parts == (text,)
    assert template.faults == ()
    assert template.is_literal(text)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("{{{{", "{{"),
        ("{{{{ vars.x }}", "{{ vars.x }}"),
        ("${{{{ vars.x }}", "${{ vars.x }}"),
        ("a {{{{ b {{{{ c", "a {{ b {{ c"),
        ("{{{{{", "{{{"),
        ("{{{{{{{{", "{{{{"),
        ("{{{{{{{ vars.x }}}", "{{{{{ vars.x }}}"),
    ],
)
def test_four_braces_are_two_literal_ones(text, literal):
    assert parse(text).parts == (literal,)
    assert not parse(text).is_literal(text)


def test_an_expression_can_follow_an_escape_directly():
    literal, expression = parse("{{{{{{ vars.x }}").parts

    assert literal == "{{"
    assert str(expression) == "vars.x"


def test_escape_leaves_text_without_double_braces_alone():
    assert escape("{ a } }} b") == "{ a } }} b"
    assert escape("{{ vars.x }}") == "{{{{ vars.x }}"


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("{{ vars", 7, "The text ends where a filter or the end of the expression should stand."),
        ("{{ vars.x | json", 16, "The text ends where the end of the expression should stand."),
        ("{{ vars.x }", 10, "Here stands '}' where"),
        ("{{ vars. }}", 8, "Here stands ' ' where a name or an index should stand."),
        ("{{ vars .x }}", 8, "Here stands '.' where"),
        ("{{ vars[0] }}", 7, "Here stands '[' where"),
        ("{{ vars.x y }}", 10, "Here stands 'y' where"),
        ("{{ vars.2x }}", 9, "Here stands 'x' where"),
        ("{{ vars:x }}", 7, "Here stands ':' where"),
        ("{{ vars.é }}", 8, "Here stands 'é' where"),
        ('{{ env "HOME" }}', 7, "Here stands '\"' where"),
        ("{{\nvars.x }}", 2, "one line"),
        ("{{ vars.x\n}}", 9, "one line"),
        ("{{ vars.x | default: 'a\nb' }}", 21, "quoted text"),
        ("{{ vars.x | }}", 12, "the name of a filter"),
        ("{{ vars.x | upper }}", 12, "There is no filter 'upper'."),
        ("{{ vars.x | default }}", 20, "the colon after 'default'"),
        ("{{ vars.x | default: }}", 21, "a quoted text, a number, true or false"),
        ("{{ vars.x | default: x }}", 21, "a quoted text, a number, true or false"),
        ("{{ vars.x | default: 08 }}", 22, "Here stands '8'"),
        ("{{ vars.x | default: truthy }}", 21, "a quoted text, a number, true or false"),
        ("{{ vars.x | default: 'open }}", 21, "quoted text"),
        (r"{{ vars.x | default: 'a\n' }}", 21, "quoted text"),
        (r"""{{ vars.x | default: "it\'s" }}""", 21, "quoted text"),
        ("{{ vars.x | default: 1 | default: 2 }}", 25, "'default' stands twice"),
        ("{{ vars.x | number | bool }}", 21, "'number' and 'bool' stand together"),
        ("{{ vars.a.b.c.d.e.f.g.h }}", 22, "at most 8 parts"),
        (f"{{{{ vars.{'x' * 65} }}}}", 8, "at most 64 characters"),
    ],
)
def test_a_fault_says_what_stands_where(text, offset, message):
    found = fault(text)

    assert (found.code, found.offset, found.severity) == ("template-syntax", offset, Severity.ERROR)
    assert message in found.message
    assert found.hint
    assert not parse(text).is_readable


def test_every_fault_of_a_text_is_told():
    faults = parse("{{ vars.a | up }} {{ vars[1] }} {{ vars.x }} {{ var.b }}").faults

    assert [(found.code, found.offset) for found in faults] == [
        ("template-syntax", 12),
        ("template-syntax", 25),
        ("template-near-root", 45),
    ]


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("var", "vars"),
        ("varss", "vars"),
        ("vers", "vars"),
        ("vasr", "vars"),
        ("VARS", "vars"),
        ("Pipeline", "pipeline"),
        ("pipline", "pipeline"),
        ("pipelines", "pipeline"),
        ("input", "inputs"),
        ("plugins", "plugin"),
        ("secret", "secrets"),
        ("metdata", "metadata"),
        ("evn", "env"),
    ],
)
def test_a_slip_in_a_root_is_a_warning_and_stays_literal(name, root):
    text = f"a {{{{ {name}.x }}}}"
    found = fault(text)

    assert (found.code, found.severity, found.offset) == ("template-near-root", Severity.WARNING, 2)
    assert f"'{root}'" in (found.hint or "")
    assert parse(text).is_literal(text)


@pytest.mark.parametrize("text", ["{{ end }}", "{{ var }}", "${{ var.x }}", "{{.var.x}}", "{{ values.x }}"])
def test_a_name_that_may_be_another_tools_is_no_slip(text):
    assert parse(text).faults == ()


def test_only_a_text_with_an_expression_of_ours_has_a_greatest_length():
    room = 4096 - len("{{ vars.x }}")

    assert parse("ü" * (room // 2) + "{{ vars.x }}").is_readable
    assert fault("ü" * (room // 2) + " {{ vars.x }}").code == "template-too-long"
    assert parse("x" * 10_000 + "{{.Names}} {{{{").is_readable


def test_a_text_that_is_no_unicode_is_read_all_the_same():
    assert parse("\ud800{{ vars.x }}").is_readable
