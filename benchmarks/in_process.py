"""How long the kernel takes once it is loaded: reading a definition, planning it, rendering it.

    python -m benchmarks.in_process

Every figure is the best of many tries, for whatever else the machine does only ever adds time.
"""

import json
import sys
import time
from collections.abc import Callable

import pipeline_builder
from benchmarks.table import Figure, report
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.kernel import InvalidDefinition

_TRIES = 100
_STEPS_PER_STAGE = 10
_PLUGINS = ("jest", "eslint", "prettier", "npm-audit")


def definition(steps: int) -> dict[str, object]:
    """A pipeline with as many steps, synth included."""
    written = [
        {
            "name": f"step{number}",
            "plugin": _PLUGINS[number % len(_PLUGINS)],
            "env": {"APP": "{{ vars.app }}", "NUMBER": str(number)},
        }
        for number in range(steps - 1)
    ]
    return {
        "project": "web",
        "organization": "acme",
        "orgId": "acme",
        "vars": {"app": "web"},
        "synth": {"source": {"repo": "acme/web"}, "plugin": "cdk-synth"},
        "stages": [
            {"stageName": f"Stage{first}", "steps": written[first : first + _STEPS_PER_STAGE]}
            for first in range(0, len(written), _STEPS_PER_STAGE)
        ],
    }


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest try."""
    found = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found) * 1000


def planned_and_rendered(steps: int) -> float:
    """Milliseconds from a loaded definition to a template."""
    loaded = pipeline_builder.load(definition(steps))
    return best(lambda: pipeline_builder.render(pipeline_builder.plan(loaded)))


def read(steps: int) -> float:
    """Milliseconds from a file's bytes to a definition whose every value has a position."""
    written = json.dumps(definition(steps), indent=1).encode()
    return best(lambda: load_definition(written, "pipeline.json", Report()))


def refused(steps: int) -> bool:
    """Whether a pipeline of this size is refused by a limit."""
    try:
        pipeline_builder.plan(pipeline_builder.load(definition(steps)))
    except InvalidDefinition as found:
        return any(diagnostic.code.startswith("limit") for diagnostic in found.diagnostics)
    return False


def main() -> int:
    """Measure, and say whether the targets were met."""
    twenty, hundred = planned_and_rendered(20), planned_and_rendered(100)
    return report(
        [
            Figure(what="plan and template, 20 steps", value=twenty, target=10, unit="ms"),
            Figure(what="plan and template, 100 steps", value=hundred, target=50, unit="ms"),
            Figure(what="growth from 20 to 100 steps", value=hundred / twenty, target=6, unit="times"),
            Figure(what="reading 100 steps, with positions", value=read(100), target=30, unit="ms"),
            Figure(what="500 steps refused by a limit", value=refused(500), target=1, unit="", is_minimum=True),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
