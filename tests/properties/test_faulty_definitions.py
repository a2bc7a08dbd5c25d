"""What holds for any definition in which something is wrong: that is told, and nothing else is."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report, Severity
from pipeline_builder.core.planning.plan import make_plan
from tests.factories.random_definitions import Json, definitions

Keys = tuple[str | int, ...]
Found = set[tuple[str, Severity, Keys]]

ANYTHING_GOES = {"vars", "global", "env", "tags"}
"""What stands there may be of nearly any kind, or others use it."""

NEVER_RIGHT = {"nobody": [{"knows": "this"}]}


def findings_in(definition: Json) -> Found:
    report = Report()
    loaded = load_definition(json.dumps(definition).encode(), "pipeline.json", report)
    if loaded is not None:
        make_plan(loaded, shipped_catalog(), report)
    # That an image is not pinned is told where it is used first: elsewhere, where that step could not be read.
    return {(one.code, one.severity, one.at.keys) for one in report.diagnostics if one.code != "image-not-pinned"}


def places_in(data: Any, at: Keys = ()) -> Iterator[Keys]:
    """Every place in a definition at which something of the wrong shape would be told."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, below in entries:
        if key not in ANYTHING_GOES:
            yield (*at, key)
            yield from places_in(below, (*at, key))


def broken(data: Any, at: Keys) -> Any:
    """The same with nothing of use at this place."""
    if not at:
        return NEVER_RIGHT
    if isinstance(data, dict):
        return {**data, at[0]: broken(data[str(at[0])], at[1:])}
    return [broken(one, at[1:]) if index == at[0] else one for index, one in enumerate(data)]


def is_about(place: Keys, finding: Keys) -> bool:
    """Whether the finding is at the place, in it, or about what it is a part of."""
    length = min(len(place), len(finding))
    return place[:length] == finding[:length] and len(place) - len(finding) <= 2


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(definitions(), st.data())
def test_what_could_not_be_read_is_told_and_nothing_that_follows_from_it(definition: Json, data: st.DataObject):
    before = findings_in(definition)
    assume(not any(severity is Severity.ERROR for _, severity, _ in before))
    places = list(places_in(definition))
    drawn = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))
    hidden = [one[:-1] if one[-1] == "type" else one for one in drawn]  # what else there is depends on the type
    chosen = [
        one
        for one in drawn
        if not any(one != place and one[: len(below)] == below for place, below in zip(drawn, hidden, strict=True))
    ]
    faulty = definition
    for place in chosen:
        faulty = broken(faulty, place)

    new = findings_in(faulty) - before

    for place in chosen:
        assert any(severity is Severity.ERROR and is_about(place, at) for _, severity, at in new), place
    assert [one for one in new if not any(is_about(place, one[2]) for place in chosen)] == []
