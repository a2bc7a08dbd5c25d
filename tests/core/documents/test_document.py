import pytest

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position
from pipeline_builder.core.documents import Mapping, position_in
from tests.core.documents.factories import at, read, root_of

DEFINITION = """\
project: web
stages:
  - stageName: test
    steps:
      - plugin: {name: jest}
"""


def a_document(text=DEFINITION):
    document, _ = read(text)
    assert document is not None
    return document


@pytest.mark.parametrize(
    ("location", "position"),
    [
        (Location(), at(1, 1)),
        (Location() / "project", at(1, 10)),
        (Location() / "stages", at(3, 3)),
        (Location() / "stages" / 0, at(3, 5)),
        (Location() / "stages" / 0 / "steps" / 0 / "plugin" / "name", at(5, 24)),
    ],
)
def test_a_location_leads_to_the_line_and_column_of_its_value(location, position):
    assert a_document().locate(location) == position


@pytest.mark.parametrize(
    "beyond",
    [
        Location() / "stages" / 0 / "nothing" / "deeper",
        Location() / "stages" / 0 / 7,
        Location() / "stages" / 0 / "steps2",
    ],
)
def test_a_location_that_does_not_exist_leads_to_the_nearest_value_around_it(beyond):
    assert a_document().locate(beyond) == at(3, 5)


@pytest.mark.parametrize("index", [1, -1, "0"])
def test_a_list_has_items_by_their_number_only(index):
    assert a_document().locate(Location() / "stages" / index) == at(3, 3)


def test_a_text_has_nothing_inside_that_a_location_could_name():
    assert a_document().locate(Location() / "project" / 0) == at(1, 10)


def test_the_place_of_a_key_is_known_beside_that_of_its_value():
    root = a_document().root

    assert isinstance(root, Mapping)
    assert root.key_positions == {"project": at(1, 1), "stages": at(2, 1)}


def test_a_finding_gets_the_file_and_the_position_of_its_location():
    found = a_document().located(Diagnostic("wrong", "Wrong.", Location() / "project"))

    assert (found.file, found.position) == ("pipeline.yaml", at(1, 10))


def test_a_finding_that_knows_its_position_keeps_it():
    found = a_document().located(Diagnostic("wrong", "Wrong.", Location() / "project", position=Position(1, 1)))

    assert (found.file, found.position) == ("pipeline.yaml", at(1, 1))


def test_a_finding_about_another_file_stays_as_it_is():
    other = Diagnostic("wrong", "Wrong.", Location() / "project", file="plugin-spec.yaml")

    assert a_document().located(other) is other


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("key: one {{ two }}", "a.yaml"),
        ("key: 'one {{ two }}'", "a.yaml"),
        ('key: "one {{ two }}"', "a.yaml"),
        ("key: &anchor one {{ two }}", "a.yaml"),
        ("key: !!str one {{ two }}", "a.yaml"),
        ("- ünïcödé: [1, 'one {{ two }}']", "a.yaml"),
        ('{"key": "one {{ two }}"}', "a.json"),
        ("key: |\n  echo\n\n  one {{ two }}\n", "a.yaml"),
        ("key: |-\n  one {{ two }}", "a.yaml"),
        ("key: |\n\n\n    one {{ two }}\n", "a.yaml"),
        ("key: |2\n    one {{ two }}\n", "a.yaml"),
        ("key: |\r\n  echo\r\n  one {{ two }}\r\n", "a.yaml"),
        ("key: &anchor |+ # comment\n  echo\n  one {{ two }}\n\n", "a.yaml"),
    ],
)
def test_a_place_inside_a_text_is_found_by_line_and_column(text, name):
    scalar = next(one for one in _scalars(root_of(text, name)) if "{{" in one.text)
    lines = text.replace("\r\n", "\n").split("\n")
    line = next(index for index, line in enumerate(lines) if "{{" in line)

    assert position_in(scalar, scalar.text.index("{{")) == at(line + 1, lines[line].index("{{") + 1)


@pytest.mark.parametrize(
    ("text", "name", "position"),
    [
        ("key: >\n  one\n  {{ two }}\n", "a.yaml", at(1, 6)),
        ("key: one\n  {{ two }}\n", "a.yaml", at(1, 6)),
        ("key: 'it''s {{ two }}'", "a.yaml", at(1, 6)),
        ('key: "\\t{{ two }}"', "a.yaml", at(1, 6)),
        ('key: &anchor "{{ two }}"', "a.yaml", at(1, 6)),
        ('{"key": "one\\n{{ two }}"}', "a.json", at(1, 9)),
    ],
)
def test_where_source_and_text_differ_a_place_is_that_of_the_whole_text(text, name, position):
    scalar = next(one for one in _scalars(root_of(text, name)) if "{{" in one.text)

    assert position_in(scalar, scalar.text.index("{{")) == position


@pytest.mark.parametrize("text", ["key: |\n\n\nother: 1\n", "key: &anchor\n  |\n  one\n"])
def test_a_block_whose_indentation_cannot_be_seen_is_still_read(text):
    scalar = next(iter(_scalars(root_of(text))))

    assert scalar.indent is None
    assert position_in(scalar, len(scalar.text)) == at(1, 6)


def _scalars(node):
    match node:
        case Mapping():
            for child in node.entries.values():
                yield from _scalars(child)
        case _ if hasattr(node, "items"):
            for child in node.items:
                yield from _scalars(child)
        case _:
            yield node
