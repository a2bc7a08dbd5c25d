"""The page about plugins tells the truth."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.plugins import archive, files, patterns
from pipeline_builder.core.plugins.model import PluginConfig, PluginInput, PluginSpec
from pipeline_builder.core.plugins.package import read_archive
from pipeline_builder.core.plugins.versions import VersionRange
from pipeline_builder.core.schema.shape import camel_case
from tests.core.plugins.packages import a_package, zipped

PAGE = (Path(__file__).parents[3] / "docs/reference/plugins.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("record", [PluginSpec, PluginConfig, PluginInput])
def test_every_field_is_on_the_page(record):
    assert [field.name for field in fields(record) if f"`{camel_case(field.name)}`" not in PAGE] == []


def test_the_example_is_right():
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    report = Report()

    read_archive(zipped(a_package(spec=example)), "example", report)

    assert list(report) == []


def test_the_ranges_of_the_page_are_ranges():
    table = PAGE.split("| written | means |")[1].split("\n\n")[0]
    ranges = [one.replace(r"\|", "|") for one in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)]

    assert len(ranges) == 8
    assert all(VersionRange.parse(one).alternatives for one in ranges)


def test_limits_are_those_of_the_code():
    for value in (
        f"{archive.MAXIMUM_BYTES // 2**30} GiB",
        f"{archive.MAXIMUM_UNPACKED_BYTES // 2**30} GiB",
        f"{files.MAXIMUM_ENTRIES:,}; {archive.MAXIMUM_DEPTH} folders deep; names of {archive.MAXIMUM_NAME_LENGTH} ch",
        f"{archive.MAXIMUM_RATIO} times",
        f"{files.MAXIMUM_TEXT_BYTES // 2**20} MiB each",
        f"{patterns.MAXIMUM_LENGTH} characters and",
        f"{patterns.MAXIMUM_SIZE} parts",
        f"{patterns.MAXIMUM_VALUE_LENGTH:,} characters",
    ):
        assert value in PAGE
