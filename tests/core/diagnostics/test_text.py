import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.diagnostics import Diagnostic, Position, Severity
from pipeline_builder.core.diagnostics.formats import as_text

SOURCE = "project: web\nstages:\n\t- name: 'x'\n"


def finding(message="Wrong.", *, at=(1, 10), severity=Severity.ERROR, file="pipeline.yaml", hint=None):
    return Diagnostic(
        "some-code", message, severity=severity, file=file, position=Position(*at) if at else None, hint=hint
    )


def told(*found, source=SOURCE):
    return as_text(found, sources={"pipeline.yaml": source}).splitlines()


def test_a_finding_is_told_with_its_place_its_line_and_what_to_do():
    assert as_text([finding(hint="Mend it.")], sources={"pipeline.yaml": SOURCE}) == (
        "pipeline.yaml:1:10: error some-code: Wrong.\n  1 | project: web\n    |          ^\n  hint: Mend it.\n1 error\n"
    )


def test_without_the_source_the_place_is_told_alone():
    assert as_text([finding()]) == "pipeline.yaml:1:10: error some-code: Wrong.\n1 error\n"


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (finding(at=None), "pipeline.yaml: error some-code: Wrong."),
        (finding(file=None), "error some-code: Wrong."),
        (finding(file=None, at=None), "error some-code: Wrong."),
        (finding(at=(99, 1)), "pipeline.yaml:99:1: error some-code: Wrong."),
    ],
)
def test_what_has_no_place_in_the_source_shows_no_line(found, line):
    assert told(found) == [line, "1 error"]


def test_the_end_counts_each_severity():
    found = [finding(severity=one) for one in (Severity.NOTE, Severity.ERROR, Severity.WARNING, Severity.ERROR)]

    assert told(*found)[-1] == "2 errors, 1 warning, 1 note"


def test_no_findings_are_told_too():
    assert as_text([]) == "nothing found\n"


@pytest.mark.parametrize(
    ("severity", "colored"),
    [
        (Severity.ERROR, "\x1b[1;31merror\x1b[0m"),
        (Severity.WARNING, "\x1b[1;33mwarning\x1b[0m"),
        (Severity.NOTE, "\x1b[1;36mnote\x1b[0m"),
    ],
)
def test_only_the_severity_is_coloured_and_only_when_asked_for(severity, colored):
    found = [finding(severity=severity)]

    assert as_text(found, color=True).splitlines()[0] == f"pipeline.yaml:1:10: {colored} some-code: Wrong."
    assert "\x1b" not in as_text(found)


def test_the_caret_stands_below_the_place_behind_a_tab():
    assert told(finding(at=(3, 4)))[1:3] == ["  3 |  - name: 'x'", "    |    ^"]


def test_the_caret_stands_below_the_place_behind_wide_combined_and_escaped_characters():
    lines = told(finding(at=(1, 9)), source="e\u0301 日本 \x1b x")

    assert lines[1] == "  1 | e\u0301 日本 \\u001b x"
    assert lines[2] == "    | " + " " * len("e ####  u001b ") + "^"


def test_the_caret_may_stand_behind_the_end_of_the_line():
    assert told(finding(at=(1, 13)))[1:3] == ["  1 | project: web", "    | " + " " * 12 + "^"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_that_positions_count(end):
    assert told(finding(at=(2, 1)), source=f"a\u2028\x0c{end}second{end}")[1] == "  2 | second"


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert told(finding(at=(1, 1)), source="\ufeffa: 1")[1:3] == ["  1 | a: 1", "    | ^"]


def test_of_a_long_line_what_stands_around_the_place_is_shown():
    line, caret = told(finding(at=(1, 5_001)), source="a" * 5_000 + "b" + "c" * 5_000)[1:3]

    assert line == "  1 | …" + "a" * 100 + "b" + "c" * 59 + "…"
    assert line[caret.index("^")] == "b"


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x1b[31m", "\\u001b[31m"),
        ("\x9b31m", "\\u009b31m"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_an_authors_text_cannot_reach_the_terminal_as_anything_but_text(character, shown):
    found = finding(f"<{character}>", file=f"<{character}>", hint=f"<{character}>", at=(1, 1))
    lines = as_text([found], sources={found.file: f"<{character}>"}).splitlines()

    assert lines[0] == f"<{shown}>:1:1: error some-code: <{shown}>"
    assert lines[1] == f"  1 | <{shown}>"
    assert lines[3] == f"  hint: <{shown}>"


def test_a_finding_takes_one_line_whatever_its_text_holds():
    assert as_text([finding("a\r\nb\tc", file="x\ny", at=None)]).splitlines()[0] == "x y: error some-code: a  b c"


@given(st.text(), st.text(), st.integers(1, 5), st.integers(1, 300))
def test_nothing_but_line_breaks_and_what_can_be_seen_is_told(message, source, line, column):
    text = as_text([finding(message, at=(line, column), hint=message)], sources={"pipeline.yaml": source})

    assert all(one.isprintable() for one in text.split("\n"))


def test_a_line_that_holds_a_written_down_secret_is_repeated_for_no_finding():
    text = 'source: {type: github, repo: o/r, token: "hunter2"}\nplain: line\n'
    on_the_line = [
        Diagnostic(code, "Says.", file="f", position=Position(1, 5)) for code in ("plain-text-token", "other")
    ]
    elsewhere = Diagnostic("other", "Says.", file="f", position=Position(2, 1))

    told = as_text([*on_the_line, elsewhere], sources={"f": text})

    assert "hunter2" not in told
    assert "plain: line" in told


@pytest.mark.parametrize("token", ["ghp_0123456789abcdef", "AKIA0123456789ABCDEF", "-----BEGIN PRIVATE KEY----- x"])
@pytest.mark.parametrize("column", [1, 30])
def test_what_looks_like_a_token_is_never_shown(token: str, column: int):
    found = Diagnostic("unknown-key", "Says.", file="f", position=Position(1, column))
    told = as_text([found], sources={"f": f"source: {{t: {token}, bogus: 1}}"})
    assert token not in told
    assert f"source: {{t: {'*' * len(token.partition(' x')[0])}" in told
