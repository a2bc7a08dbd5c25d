"""Versions and ranges, held against the specification and against npm's own `semver`."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.plugins.versions import (
    MAXIMUM_LENGTH,
    InvalidVersion,
    InvalidVersionRange,
    Version,
    VersionRange,
)

NPM = json.loads(Path(__file__).with_name("npm_semver.json").read_text(encoding="utf-8"))
"""What npm's semver 7.8.6 answers: by range, the versions it admits, or null where it takes it for no range."""

IDENTIFIERS = st.one_of(st.integers(0, 99), st.from_regex(r"[a-z-][a-z0-9-]{0,3}", fullmatch=True))
VERSIONS = st.builds(
    Version,
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.lists(IDENTIFIERS, max_size=3).map(tuple),
)


def test_versions_are_ordered_as_the_specification_says():
    ordered = [
        "0.9.9",
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ]

    shuffled = sorted(ordered)

    assert sorted(shuffled, key=lambda text: Version.parse(text).precedence) == ordered


def test_build_metadata_of_a_range_has_no_part_in_it():
    assert VersionRange.parse("1.0.0+a").allows(Version(1, 0, 0))


@given(VERSIONS)
def test_a_version_reads_as_it_is_written(version):
    assert Version.parse(str(version)) == version


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+5", "1.2.3 ", "१.२.३", "latest"],
)
def test_what_is_no_semantic_version_is_refused(text):
    with pytest.raises(InvalidVersion) as raised:
        Version.parse(text)

    assert raised.value.data == {"text": text}


def test_a_version_of_endless_digits_is_refused():
    with pytest.raises(InvalidVersion):
        Version.parse("9" * 10_000 + ".0.0")


@pytest.mark.parametrize("text", NPM["ranges"])
def test_a_range_admits_what_it_admits_in_npm(text):
    expected = NPM["ranges"][text]
    if expected is None:
        with pytest.raises(InvalidVersionRange):
            VersionRange.parse(text)
    else:
        wanted = VersionRange.parse(text)

        assert [version for version in NPM["versions"] if wanted.allows(Version.parse(version))] == expected


@pytest.mark.parametrize("text", ["1.x-rc.1", "1.2+b", "^1.2-rc.1", "x.1", "1.*.3", "^v1.2 ~", "git+https://…"])
def test_a_range_whose_end_would_be_ignored_is_refused(text):
    with pytest.raises(InvalidVersionRange):
        VersionRange.parse(text)


def test_a_range_that_is_none_says_what_one_looks_like():
    with pytest.raises(InvalidVersionRange) as raised:
        VersionRange.parse("latest")

    assert str(raised.value) == "'latest' is neither a version nor a range of versions."
    assert "^1.2" in raised.value.hint


def test_a_range_of_endless_text_is_refused_and_not_repeated():
    with pytest.raises(InvalidVersionRange) as raised:
        VersionRange.parse("1 " * 100_000)

    assert len(str(raised.value)) < MAXIMUM_LENGTH + 100


@given(VERSIONS)
def test_an_exact_version_admits_itself_and_no_higher_one(version):
    wanted = VersionRange.parse(str(version))

    assert wanted.allows(version)
    assert not wanted.allows(Version(version.major, version.minor, version.patch + 1, version.prerelease))


@given(VERSIONS, VERSIONS)
def test_a_caret_admits_only_what_is_not_lower_and_of_the_same_first_number(base, other):
    if VersionRange.parse(f"^{base}").allows(other):
        assert other.precedence >= base.precedence
        assert other.major == base.major


@given(VERSIONS, st.sampled_from(["*", ">=0.0.0", "x", "<9", "0 - 9", ">1 || <=1"]))
def test_no_open_range_admits_a_prerelease_that_nobody_asked_for(version, text):
    assert VersionRange.parse(text).allows(version) is not bool(version.prerelease)


@given(st.text(alphabet="01.2xX*v^~<>=|- \t+rc", max_size=30))
def test_any_text_is_a_range_or_is_refused(text):
    with suppress(InvalidVersionRange):
        assert VersionRange.parse(text).allows(Version(1, 2, 3)) in {True, False}
