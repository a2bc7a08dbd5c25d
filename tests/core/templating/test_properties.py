"""What holds for every text and every document."""

import json
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline_builder.core.diagnostics import Location, Position, Report
from pipeline_builder.core.documents import Mapping, Scalar, Sequence
from pipeline_builder.core.templating import ROOTS, Places, escape, parse, render_document, render_fields
from tests.core.templating.factories import PREFIXES, plain

SIGNS = ["{{", "}}", "{", "}", "$", " ", "\n", "\t", "|", ":", ".", "'", '"', "\\", "-", "0", "1", "x", "ü", "\ud800"]
WORDS = ["vars", "var", "env", "secrets", "pipeline", "metadata", "default", "number", "bool", "json", "true"]
PARTS = ["vars.x", "vars.a", "vars.b.c", "{{ vars.a }}", "{{ vars.l | json }}", "{{{{", "{{ vars.x | default: '"]
PIECES = st.sampled_from([*SIGNS, *WORDS, *PARTS])
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))
NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
AT = Position(1, 1)


def scalar(text):
    return Scalar(text, text, quoted=True, position=AT, offset_of_text=1)


def mapping(entries):
    return Mapping(entries, AT, dict.fromkeys(entries, AT))


def render(root):
    report = Report()
    return render_document(root, Places(root, PREFIXES), deferred=lambda _keys: False, report=report), report


def of_vars(variables):
    return mapping({"vars": mapping({name: scalar(text) for name, text in variables.items()})})


NODES = st.recursive(
    TEXTS.map(scalar),
    lambda nodes: st.one_of(
        st.lists(nodes, max_size=4).map(lambda items: Sequence(tuple(items), AT)),
        st.dictionaries(st.one_of(NAMES, TEXTS), nodes, max_size=4).map(mapping),
    ),
    max_leaves=12,
)


@given(TEXTS)
def test_reading_never_raises(text):
    template = parse(text)

    for fault in template.faults:
        assert 0 <= fault.offset <= len(text)


@given(st.dictionaries(NAMES, NODES, max_size=5), NODES)
def test_rendering_a_document_never_raises_and_is_told_what_it_left(variables, rest):
    root = mapping({"vars": mapping(variables), "project": rest})

    after, report = render(root)

    assert [key for key, _ in _texts(after)] == [key for key, _ in _texts(root)]
    if not report.has_errors:
        assert all(type(leaf.text) is str for _, leaf in _texts(after))


def _texts(node, keys=()):
    match node:
        case Scalar():
            yield keys, node
        case Mapping():
            for key, below in node.entries.items():
                yield from _texts(below, (*keys, key))
        case Sequence():
            for index, below in enumerate(node.items):
                yield from _texts(below, (*keys, index))


@given(TEXTS)
def test_text_without_our_roots_and_without_an_escape_is_unchanged(text):
    assume(not any(root in text for root in ROOTS) and "{{{{" not in text)

    root = of_vars({"a": text})
    after, report = render(root)

    assert after == root
    assert not report.has_errors


@given(TEXTS)
def test_escaped_text_renders_to_itself(text):
    after, report = render(of_vars({"a": escape(text)}))

    assert plain(after) == {"vars": {"a": text}}
    assert report.diagnostics == ()


@given(TEXTS)
def test_a_value_is_never_read_again(value):
    assume(value)
    fields = {("env", "A"): "<{{ vars.x }}>", ("env", "B"): "{{ env.A }}{{ env.A }}"}
    report = Report()

    after = render_fields(fields, {"vars": {"x": value}}, at=Location, report=report)

    assert after == {("env", "A"): f"<{value}>", ("env", "B"): f"<{value}><{value}>"}
    assert report.diagnostics == ()


@st.composite
def graphs(draw):
    """Vars that refer to one another, and the same in another order."""
    names = [f"v{index}" for index in range(draw(st.integers(1, 8)))]
    reference = st.sampled_from(names).map(lambda name: f"{{{{ vars.{name} }}}}")
    text = st.lists(st.one_of(reference, st.just("{{ vars.unknown }}"), st.sampled_from("xyz")), max_size=4).map(
        "".join
    )
    variables = {name: draw(text) or "-" for name in names}
    order = draw(st.permutations(names))
    return variables, {name: variables[name] for name in order}


@given(graphs())
def test_the_order_of_fields_does_not_matter(graph):
    written, shuffled = graph
    first, first_report = render(of_vars(written))
    second, second_report = render(of_vars(shuffled))

    assert plain(first) == plain(second)
    assert set(first_report) == set(second_report)


@given(graphs())
def test_every_cycle_is_found_and_nothing_else_is_called_one(graph):
    written, _ = graph
    needs = {name: set(reference(text)) for name, text in written.items()}

    after, report = render(of_vars(written))

    looping = {name for name in needs if name in reachable(name, needs)}
    told = [found.message for found in report if found.code == "template-cycle"]
    assert bool(told) == bool(looping)
    assert len(told) == len(set(told))
    for message in told:
        path = [name.removeprefix("vars.") for name in message.partition(": ")[2].rstrip(".").split(" -> ")]
        assert path[0] == path[-1]
        assert all(following in needs[name] for name, following in pairwise(path))
    unreadable = {name for name, text in written.items() if "unknown" in text} | looping
    for name, text in plain(after)["vars"].items():
        is_left = bool(({name} | reachable(name, needs)) & unreadable)
        assert (text == written[name] and "{{" in text) if is_left else "{{" not in text


def reference(text):
    return [expression.path[1] for expression in parse(text).expressions if expression.path[1] != "unknown"]


def reachable(name, needs):
    seen, waiting = set(), list(needs[name])
    while waiting:
        following = waiting.pop()
        if following not in seen:
            seen.add(following)
            waiting += needs[following]
    return seen


PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda values: st.one_of(st.lists(values, max_size=3), st.dictionaries(st.text(), values, max_size=3)),
    max_leaves=10,
)


@given(st.one_of(st.lists(PLAIN, max_size=3), st.dictionaries(st.text(), PLAIN, max_size=3)))
def test_json_says_what_the_value_says(value):
    after = render_fields({("env", "A"): "{{ vars.x | json }}"}, {"vars": {"x": value}}, at=Location, report=Report())

    assert json.loads(after["env", "A"]) == value
