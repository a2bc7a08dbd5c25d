import pytest

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Report, Severity


def finding(code="wrong", *, severity=Severity.ERROR, file="a.yaml", at=(1, 1), message="Wrong."):
    return Diagnostic(code, message, severity=severity, file=file, position=Position(*at) if at else None)


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location(), ""),
        (Location() / "stages", "stages"),
        (Location() / "stages" / 0 / "stageName", "stages[0].stageName"),
        (Location() / 3 / "a" / 0 / 1, "[3].a[0][1]"),
    ],
)
def test_a_location_is_told_as_people_write_it(location, text):
    assert str(location) == text


def test_a_report_is_in_the_order_in_which_files_are_read():
    report = Report()
    ordered = [
        finding(file=None, at=None),
        finding(at=None),
        finding("a", at=(1, 2)),
        finding("b", at=(1, 2)),
        finding(at=(2, 1)),
        finding(at=(10, 1)),
        finding(file="b.yaml"),
    ]
    report.extend(reversed(ordered))

    assert list(report.diagnostics) == ordered


def test_a_report_tells_each_finding_once():
    report = Report()
    report.extend([finding(), finding(), finding(message="Different.")])

    assert len(report) == 3
    assert [one.message for one in report.diagnostics] == ["Different.", "Wrong."]


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], False),
        ([Severity.NOTE, Severity.WARNING], False),
        ([Severity.WARNING, Severity.ERROR], True),
    ],
)
def test_only_an_error_makes_a_report_one_of_errors(severities, expected):
    report = Report()
    report.extend(finding(severity=severity) for severity in severities)

    assert report.has_errors is expected


def test_a_report_gives_its_findings_in_the_order_in_which_they_came():
    report = Report()
    report.add(finding("b"))
    report.add(finding("a"))

    assert [one.code for one in report] == ["b", "a"]
