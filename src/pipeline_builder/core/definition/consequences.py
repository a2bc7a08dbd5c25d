"""Findings that may only follow from another fault.

Where something could not be read, what refers to it seems to refer to nothing. Each fault is told once; such findings
wait until it is mended.
"""

from collections.abc import Callable, Iterable, Mapping

from pipeline_builder.core.diagnostics import Diagnostic
from pipeline_builder.core.schema.findings import Keys

SPECIFICATION = "specification"
"""Stands for a key of a step: what its plugin says, which is not known where the plugin was not found."""

_Causes = Mapping[str, frozenset[str]]
"""By the code of a finding: the fields that, if they could not be read, may be why it seems to be so."""

_SHARED = frozenset({"defaults", "global", "vars"})
_LABEL = frozenset({"alias", "name", "plugin"})
_NAMES = _LABEL | {"stageName", "stages", "steps", "synth"}
_DIRECTORY = frozenset({"metadata", "outputDirectory", "primaryOutputDirectory"})
_PIPELINE = frozenset({"environment", "orgId", "organization", "pipelineId", "pipelineName", "project"})

_ANYWHERE: _Causes = {
    "artifact-ambiguous": _LABEL,
    "artifact-not-produced": _SHARED | _DIRECTORY | {"plugin", SPECIFICATION},
    "artifact-unknown": _SHARED | _DIRECTORY | _NAMES | {"source", "sources"},
    "contradictory-order": _LABEL | {"position", SPECIFICATION},
    "duplicate-step": _LABEL,
    "duplicate-trigger": frozenset({"triggers"}),
    "dynamic-reference": _SHARED,
    "image-not-pinned": frozenset({"lookup"}),
    "incomplete-network": _SHARED,
    "invalid-pipeline-name": _SHARED | _PIPELINE | {"metadata"},
    "lock-unused": _NAMES,
    "looked-up-network": _SHARED,
    "missing-input": _SHARED,
    "missing-metadata": _SHARED,
    "missing-schedule": frozenset({"schedule"}),
    "missing-vars": _SHARED,
    "no-commands": _SHARED,
    "no-matching-version": frozenset({"lookup"}),
    "self-mutation-by-others": _SHARED | {"metadata", "selfMutation", "triggers"},
    "self-mutation-in-parallel": _SHARED | {"metadata", "selfMutation"},
    "self-mutation-without-assembly": _SHARED | {"metadata", "selfMutation"},
    "template-scope": _SHARED | _PIPELINE,
    "template-unknown-path": _SHARED | _PIPELINE,
    "topic-needed": _SHARED | {"metadata", "notifications"},
    "trigger-filter": frozenset({"triggers"}),
    "trigger-source": frozenset({"source", "sources", "synth", "type"}),
    "unknown-need": _LABEL | {"stages", "steps"},
    "unknown-plugin": frozenset({"lookup"}),
    "variable-ambiguous": _LABEL,
    "variable-unknown": _SHARED | _NAMES | {"exports", "metadata", "source", "sources", "variables"},
}
_OF_THE_SAME: _Causes = {
    "condition-result": frozenset({"beforeEntry", "onFailure", "onSuccess"}),
    "condition-rule": frozenset({"beforeEntry", "onFailure", "onSuccess"}),
    "dynamic-reference": frozenset({"commands", "env", "inputs", "metadata"}),
    "incomplete-network": frozenset({"metadata", "network"}),
    "looked-up-network": frozenset({"metadata", "network"}),
    "missing-input": frozenset({"env", "inputs", "metadata", "plugin"}),
    "missing-metadata": frozenset({"metadata", "plugin"}),
    "missing-schedule": frozenset({"trigger"}),
    "missing-vars": frozenset({"plugin"}),
    "no-commands": frozenset({"commands", "installCommands", "metadata", "plugin"}),
    "secret-reference": frozenset({"secrets"}),
    "self-mutation-without-assembly": frozenset({"plugin", SPECIFICATION}),
    "template-scope": frozenset({"env", "inputs", "metadata", "plugin"}),
    "template-unknown-path": frozenset({"env", "inputs", "metadata", "plugin"}),
    "unknown-input": frozenset({"plugin"}),
    "unused-schedule": frozenset({"trigger"}),
}
"""Of the same step, stage or source as the finding."""


def consequences_of(faults: Iterable[Keys]) -> Callable[[Diagnostic], bool]:
    """Tells of a finding whether it may be there only because of what is wrong in these places."""
    faulty: set[str | int] = set()
    of_part: dict[Keys, set[str | int]] = {}
    for place in faults:
        part = _part(place)
        # Without a key below it, the whole step, stage or source is at fault.
        fields = (place[len(part) :] or place) if part else place[:1]
        faulty.update(fields)
        of_part.setdefault(part, set()).update(fields)

    def is_consequence(finding: Diagnostic) -> bool:
        anywhere = _ANYWHERE.get(finding.code, frozenset())
        of_the_same = _OF_THE_SAME.get(finding.code, frozenset())
        return not faulty.isdisjoint(anywhere) or not of_the_same.isdisjoint(of_part.get(_part(finding.at.keys), ()))

    return is_consequence


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
