"""Findings that may only follow from another fault.

Where something could not be read, what refers to it seems to refer to nothing. Each fault is told once; such findings
wait until it is mended.
"""

from collections.abc import Iterable, Mapping

from pipeline_builder.core.diagnostics import Diagnostic
from pipeline_builder.core.schema.findings import Keys

SPECIFICATION = "specification"
"""Stands for a key of a step: what its plugin says, which is not known where the plugin was not found."""

_METADATA = frozenset({"defaults", "global", "metadata"})
_LABEL = frozenset({"alias", "name", "plugin"})
_STEPS = _LABEL | {"stageName", "stages", "steps", "synth"}
_CONDITIONS = frozenset({"beforeEntry", "onFailure", "onSuccess"})
_DIRECTORY = frozenset({"outputDirectory", "primaryOutputDirectory"})
_COMMANDS = frozenset({"commands", "env", "inputs", "installCommands", "postCommands", "preCommands"})
_VALUES = _METADATA | {"env", "inputs", "plugin", "secrets", "vars"}
_PIPELINE = frozenset({"environment", "orgId", "organization", "pipelineId", "pipelineName", "project"})

_CAUSES: Mapping[str, frozenset[str]] = {
    "artifact-ambiguous": _LABEL,
    "artifact-not-produced": _DIRECTORY | _METADATA | {"plugin", SPECIFICATION},
    "artifact-unknown": _STEPS | _DIRECTORY | _METADATA | {"source", "sources"},
    "condition-result": _CONDITIONS,
    "condition-rule": _CONDITIONS,
    "contradictory-order": _LABEL
    | {"additionalInputArtifacts", "env", "inputArtifact", "needs", "position", "steps", SPECIFICATION},
    "duplicate-step": _LABEL,
    "duplicate-trigger": frozenset({"triggers"}),
    "dynamic-reference": _COMMANDS | _METADATA,
    "incomplete-network": _METADATA | {"network"},
    "invalid-pipeline-name": _METADATA | _PIPELINE,
    "lock-unused": _STEPS,
    "looked-up-network": _METADATA | {"network", "securityGroups"},
    "missing-input": _VALUES,
    "missing-metadata": _VALUES,
    "missing-schedule": frozenset({"schedule", "trigger"}),
    "missing-vars": _VALUES,
    "no-commands": _COMMANDS | _METADATA | {"plugin"},
    "no-matching-version": frozenset({"lookup"}),
    "secret-reference": frozenset({"secrets"}),
    "self-mutation-by-others": _METADATA | {"selfMutation", "triggers"},
    "self-mutation-in-parallel": _METADATA | {"selfMutation"},
    "self-mutation-without-assembly": _METADATA | {"plugin", "selfMutation", "synth", SPECIFICATION},
    "template-scope": _VALUES | _PIPELINE,
    "template-unknown-path": _VALUES | _PIPELINE,
    "topic-needed": _METADATA | {"notifications"},
    "trigger-filter": frozenset({"triggers"}),
    "trigger-source": frozenset({"source", "sources", "synth", "type"}),
    "unknown-input": frozenset({"plugin"}),
    "unknown-need": _LABEL | {"stages", "steps"},
    "unknown-plugin": frozenset({"lookup"}),
    "unused-schedule": frozenset({"trigger"}),
    "variable-ambiguous": _LABEL,
    "variable-unknown": _STEPS | _METADATA | {"exports", "source", "sources", "variables"},
}
"""By the code of a finding: which fields, if they could not be read, may be why it seems to be so."""

_SEEN_FROM_ELSEWHERE = _STEPS | _DIRECTORY | _METADATA | _PIPELINE | {"exports", SPECIFICATION}
"""Fields of a step or a stage that others refer to. All other fields matter to their own step or stage alone."""


def is_consequence(finding: Diagnostic, faults: Iterable[Keys]) -> bool:
    """Whether the finding may be there only because of what is wrong in one of these places."""
    causes = _CAUSES.get(finding.code)
    if causes is None:
        return False
    own = _part(finding.at.keys)
    for place in faults:
        part = _part(place)
        # What is left out with all that is in it is a step, stage or source as a whole.
        fields = causes.intersection(place[len(part) :] or place if part else place[:1])
        if fields and (not part or part == own or part[0] != "stages" or fields & _SEEN_FROM_ELSEWHERE):
            return True
    return False


def _part(keys: Keys) -> Keys:
    """The step, stage or source that a place belongs to; empty for what belongs to the whole pipeline."""
    match keys:
        case ("stages", int(), "steps", int(), *_):
            return keys[:4]
        case ("stages", int(), *_) | ("sources", str(), *_):
            return keys[:2]
        case ("synth", *_):
            return keys[:1]
        case _:
            return ()
