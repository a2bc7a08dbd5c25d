"""What is shipped is found, and right."""

import pytest

from pipeline_builder.catalog.loader import OWNER, samples, shipped_catalog
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.plugins.lock import Lock, read_lock, write_lock
from pipeline_builder.core.plugins.model import Request
from pipeline_builder.core.plugins.package import read_folder

PLUGINS = {place.name: place for place in shipped_catalog().places}


@pytest.mark.parametrize("name", PLUGINS)
def test_every_shipped_plugin_is_right_and_stands_on_its_shelf(name):
    place = PLUGINS[name]
    report = Report()

    package = read_folder(place, report)

    assert [(one.code, one.message, one.position) for one in report] == []
    assert (package.spec.name, package.spec.category) == (name, place.parent.name)


def test_no_two_shipped_plugins_answer_to_one_name():
    names = [name for one in shipped_catalog().everything(Report()) for name in (one.spec.name, *one.spec.aliases)]

    assert len(names) == len(set(names))


def test_a_shipped_plugin_is_found_by_its_name_and_by_no_part_of_it():
    report = Report()

    assert [(one.spec.name, one.owner) for one in shipped_catalog().versions_of("go", report)] == [("go", OWNER)]
    assert shipped_catalog().versions_of("golangci", report) == ()
    assert list(report) == []


def test_the_first_plugins_are_there():
    assert set(PLUGINS) >= {"cdk-synth", "cdk-deploy", "manual-approval", "shell", "jest", "eslint", "trivy"}


def test_a_shipped_plugin_is_parsed_once():
    assert shipped_catalog() is shipped_catalog()
    assert shipped_catalog().versions_of("jest", Report())[0] is shipped_catalog().versions_of("jest", Report())[0]


def test_every_shipped_plugin_comes_whole_out_of_a_lock():
    report = Report()
    shipped = shipped_catalog().everything(report)
    lock = Lock("1.0.0", {Request(plugin.spec.name, "*"): plugin for plugin in shipped})

    assert read_lock(write_lock(lock).encode(), report) == lock
    assert list(report) == []


def test_samples_are_listed_in_order_of_their_names():
    found = samples()

    assert found == sorted(found)
    assert "node" in {path.stem for path in found}
