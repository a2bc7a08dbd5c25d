"""Which version of which plugin each reference means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.plugins.catalog import InMemoryCatalog, LayeredCatalog
from pipeline_builder.core.plugins.lock import Lock
from pipeline_builder.core.plugins.model import BuildType, PluginType, Request
from pipeline_builder.core.plugins.resolution import resolve
from tests.core.plugins.factories import DIGEST, a_plugin

VERSIONS = ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1", "2.0.0"]


def at(number):
    return Location() / "steps" / number


def references(*texts):
    return {at(number): PluginReference.from_text(text) for number, text in enumerate(texts)}


def resolved(texts, catalog, **more):
    """Versions in order of the references, and the findings about anything but pinning."""
    report = Report()
    plugins = resolve(references(*texts), catalog, report, **more)
    return (
        [plugins[at(number)].spec.version if at(number) in plugins else None for number in range(len(texts))],
        [one for one in report if one.code != "image-not-pinned"],
    )


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("jest", "2.0.0"),
        ("jest@1.2.0", "1.2.0"),
        ("jest@^1.2", "1.10.0"),
        ("jest@1.x", "1.10.0"),
        ("jest@<2", "1.10.0"),
        ("jest@2.0.0-rc.1", "2.0.0-rc.1"),
    ],
)
def test_the_highest_version_in_range_is_used(wanted, version):
    catalog = InMemoryCatalog(a_plugin("jest", one) for one in VERSIONS)

    assert resolved([wanted], catalog) == ([version], [])


def test_two_versions_of_one_plugin_may_stand_in_one_pipeline():
    catalog = InMemoryCatalog(a_plugin("jest", one) for one in VERSIONS)

    assert resolved(["jest@1.2.0", "jest", "jest@1.0.0"], catalog) == (["1.2.0", "2.0.0", "1.0.0"], [])


def test_the_nearest_owner_with_an_acceptable_version_decides():
    catalog = LayeredCatalog(
        InMemoryCatalog([a_plugin("jest", "1.0.0", owner="own")]),
        InMemoryCatalog([a_plugin("jest", "1.5.0"), a_plugin("jest", "3.0.0")]),
    )

    assert resolved(["jest@^1", "jest@>=1.5", "jest"], catalog) == (["1.0.0", "3.0.0", "1.0.0"], [])


@given(st.permutations(VERSIONS))
def test_the_order_of_versions_in_the_catalog_does_not_matter(versions):
    catalog = InMemoryCatalog(a_plugin("jest", one) for one in versions)

    assert resolved(["jest@^1"], catalog)[0] == ["1.10.0"]


def test_only_the_whole_name_is_the_name():
    catalog = InMemoryCatalog([a_plugin("golangci-lint"), a_plugin("go-test"), a_plugin("gosec")])

    versions, (finding,) = resolved(["go"], catalog)

    assert versions == [None]
    assert (finding.code, finding.at) == ("unknown-plugin", at(0))


def test_an_alias_names_the_plugin_unless_one_is_really_called_so():
    renamed = a_plugin("nodejs", "3.0.0", aliases=("node",))

    assert resolved(["node"], InMemoryCatalog([renamed])) == (["3.0.0"], [])
    assert resolved(["node"], InMemoryCatalog([renamed, a_plugin("node", "1.0.0")])) == (["1.0.0"], [])


def test_an_unknown_plugin_is_reported_wherever_it_is_used_with_the_nearest_name():
    _, findings = resolved(["jst", "jst"], InMemoryCatalog([a_plugin("jest", aliases=("jester",)), a_plugin("mypy")]))

    assert [(one.code, one.at, one.hint) for one in findings] == [
        ("unknown-plugin", at(0), "Did you mean one of 'jest', 'jester'?"),
        ("unknown-plugin", at(1), "Did you mean one of 'jest', 'jester'?"),
    ]


def test_an_unknown_plugin_without_a_near_name_says_where_to_look():
    _, (finding,) = resolved(["xxxxxx"], InMemoryCatalog([]))

    assert finding.message == "There is no plugin named 'xxxxxx'."
    assert finding.hint == "`pipeline-manager plugin list` shows all there are."


def test_where_no_version_is_in_range_the_versions_there_are_are_told():
    _, (finding,) = resolved(["jest@^3"], InMemoryCatalog(a_plugin("jest", one) for one in VERSIONS))

    assert finding.code == "no-matching-version"
    assert finding.message == "No version of plugin 'jest' is in the range '^3'."
    assert finding.hint == "There are 2.0.0, 2.0.0-rc.1, 1.10.0, 1.2.0, 1.0.0."


def test_of_very_many_versions_the_highest_are_told():
    _, (finding,) = resolved(["jest@^3"], InMemoryCatalog(a_plugin("jest", f"1.{one}.0") for one in range(25)))

    assert finding.hint.startswith("There are 1.24.0, 1.23.0,")
    assert finding.hint.endswith("1.15.0 and 15 older ones.")


def test_a_text_that_is_no_range_is_reported_with_what_one_looks_like():
    _, (finding,) = resolved(["jest@latest"], InMemoryCatalog([a_plugin("jest")]))

    assert (finding.code, finding.at) == ("invalid-version-range", at(0))
    assert "^1.2" in finding.hint


def test_a_plugin_whose_package_is_broken_is_not_said_to_be_unknown():
    class Broken:
        def versions_of(self, name, report):
            report.add(Diagnostic(code="unusable-package", message=f"{name} is broken."))
            return ()

    _, findings = resolved(["jest"], Broken())

    assert [one.code for one in findings] == ["unusable-package", "broken-plugin"]


def test_an_image_without_a_digest_is_a_warning_where_it_is_used_first():
    report = Report()

    resolve(references("jest", "jest", "jest@1.0.0"), InMemoryCatalog([a_plugin("jest")]), report)
    (finding,) = report

    assert (finding.code, finding.severity, finding.at) == ("image-not-pinned", Severity.WARNING, at(0))


@pytest.mark.parametrize(
    "plugin",
    [
        a_plugin("jest", digest=DIGEST),
        a_plugin("jest", build_type=BuildType.METADATA_ONLY),
        a_plugin("jest", plugin_type=PluginType.MANUAL_APPROVAL),
    ],
)
def test_a_plugin_with_a_digest_or_without_an_image_is_pinned(plugin):
    report = Report()

    resolve(references("jest"), InMemoryCatalog([plugin]), report)

    assert list(report) == []


def test_the_lock_answers_before_the_catalog():
    lock = Lock("1.0.0", {Request("jest", "^1"): a_plugin("jest", "1.0.0", digest=DIGEST)})
    catalog = InMemoryCatalog([a_plugin("jest", "1.9.0")])

    assert resolved(["jest@^1"], catalog, lock=lock) == (["1.0.0"], [])


def test_what_the_lock_does_not_hold_is_looked_up_with_a_warning():
    lock = Lock("1.0.0", {})

    versions, (finding,) = resolved(["jest"], InMemoryCatalog([a_plugin("jest")]), lock=lock)

    assert versions == ["1.0.0"]
    assert (finding.code, finding.severity, finding.at) == ("lock-stale", Severity.WARNING, at(0))


@pytest.mark.parametrize("lock", [None, Lock("1.0.0", {})])
def test_nothing_is_looked_up_when_locked(lock):
    versions, (finding,) = resolved(["jest"], InMemoryCatalog([a_plugin("jest")]), lock=lock, locked=True)

    assert versions == [None]
    assert (finding.code, finding.severity) == ("lock-stale", Severity.ERROR)


def test_an_image_without_a_digest_is_an_error_when_locked():
    report = Report()
    lock = Lock("1.0.0", {Request("jest", "*"): a_plugin("jest")})

    resolve(references("jest"), InMemoryCatalog([]), report, lock=lock, locked=True)
    (finding,) = report

    assert (finding.code, finding.severity) == ("image-not-pinned", Severity.ERROR)


def test_what_the_lock_holds_in_vain_is_noted():
    plugin = a_plugin("jest", digest=DIGEST)
    lock = Lock("1.0.0", {Request("jest", "*"): plugin, Request("mypy", "^1"): plugin, Request("go", "*"): plugin})

    _, findings = resolved(["jest"], InMemoryCatalog([]), lock=lock)

    assert [(one.code, one.severity) for one in findings] == [("lock-unused", Severity.NOTE)] * 2
    assert "'go@*'" in findings[0].message
