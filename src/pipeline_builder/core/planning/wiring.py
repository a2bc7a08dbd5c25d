"""What each step reads, and so what it waits for: artifacts, and variables that other steps export.

Both are named alike: by `step`, or by `stage/step` where several steps are called so. Who reads what a step of its own
stage makes runs after it, as if that stood in `needs`.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline_builder.core.definition import model as written
from pipeline_builder.core.definition.checks import conditions_of
from pipeline_builder.core.definition.model import ArtifactKey, Definition
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.planning.artifacts import PLACE_OF_SYNTH, Producer, Producers, Reader
from pipeline_builder.core.planning.conditions import ReadByRule
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.model import MountedArtifact, Statement
from pipeline_builder.core.planning.references import References
from pipeline_builder.core.planning.sources import PRIMARY, PlannedSource
from pipeline_builder.core.planning.steps import Inputs
from pipeline_builder.core.schema.findings import listed, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Everything that is read, by the place of the step or rule that reads it.

    Attributes:
        drafts: the steps, with references to variables as CodePipeline knows them.
        read: the steps whose output somebody reads.
        needs: names of the steps of the same stage that somebody reads from, and so waits for.
    """

    drafts: tuple[StepDraft, ...]
    inputs: Mapping[Location, Inputs]
    rules: Mapping[Location, ReadByRule]
    read: frozenset[Location]
    needs: Mapping[Location, tuple[str, ...]]


def wire(
    definition: Definition,
    drafts: Sequence[StepDraft],
    sources: Mapping[str, PlannedSource],
    variables: Sequence[str],
    context: Context,
) -> Wiring:
    """Find what each step and each rule of a condition reads.

    Args:
        variables: names of those that are given when an execution starts.
    """
    wires = _Wires(definition, drafts, sources, variables, context)
    return Wiring(
        drafts=tuple(wires.completed(draft) for draft in drafts),
        inputs={draft.at: wires.inputs_of(draft) for draft in drafts if not draft.is_approval},
        rules={at: wires.read_by(rule, at, Reader(place)) for rule, at, place in _rules(definition)},
        read=frozenset(wires.read),
        needs={at: tuple(dict.fromkeys(names)) for at, names in wires.needs.items()},
    )


def _rules(definition: Definition) -> Iterator[tuple[written.ConditionRule, Location, int]]:
    """Every rule, with its place and that of the last stage whose steps can have run by then."""
    for index, stage in enumerate(definition.stages):
        for moment, condition in conditions_of(stage):
            for number, rule in enumerate(condition.rules if condition else ()):
                at = Location(("stages", index, moment, "rules", number))
                yield rule, at, index - 1 if moment == "beforeEntry" else index


class _Wires:
    """Looks at one reader after the other, and remembers what was read."""

    def __init__(
        self,
        definition: Definition,
        drafts: Sequence[StepDraft],
        sources: Mapping[str, PlannedSource],
        variables: Sequence[str],
        context: Context,
    ) -> None:
        aliases = {stage.stage_name: stage.alias for stage in definition.stages}
        steps = {_producer(draft, aliases.get(draft.stage)): draft for draft in drafts if not draft.is_approval}
        self._makers: dict[Producer, StepDraft | PlannedSource] = {
            **{Producer(stage="", step=name): source for name, source in sources.items()},
            **steps,
        }
        self._producers = Producers(self._makers)
        self._references = References(
            {producer: draft.exports for producer, draft in steps.items()},
            [source.action.namespace for source in sources.values()],
            variables,
        )
        self._context = context
        self.read: set[Location] = set()
        self.needs: dict[Location, list[str]] = {}

    def completed(self, draft: StepDraft) -> StepDraft:
        """The step with its references to variables as CodePipeline knows them."""
        for text in (*draft.install, *draft.build):
            if "#{" in text and (reference := self._references.first_known(text, _reader(draft))) is not None:
                self._context.report.add(_completed_by_nobody(reference, draft))
        if not draft.late:
            return draft
        late = {}
        for name, text in draft.late.items():
            at = draft.at / "env" / name
            late[name], producers = self._references.completed(text, _reader(draft), at, self._context.report)
            self._wait(draft, producers)
        return replace(draft, variables={**draft.variables, **late}, late=late)

    def inputs_of(self, draft: StepDraft) -> Inputs:
        """The artifacts of a step: the one it works on, which is the first source's by default, and further ones."""
        primary_key = draft.step.input_artifact or _FIRST_SOURCE
        primary, clones = self._artifact_for(draft, primary_key, draft.at / "inputArtifact")
        mounted: dict[str, MountedArtifact] = {}
        for index, further in enumerate(draft.step.additional_input_artifacts):
            at = draft.at / "additionalInputArtifacts" / index
            name, further_clones = self._artifact_for(draft, further.artifact, at)
            folder = further.directory or further.artifact.output_directory or _folder_of(further.artifact)
            before = mounted.setdefault(posixpath.normpath(folder), MountedArtifact(name=name, directory=folder))
            if before.name != name:
                self._context.report.add(_folder_taken(folder, at))
            clones = (*clones, *further_clones)
        return Inputs(primary=primary, mounted=tuple(mounted.values()), clone_statements=clones)

    def read_by(self, rule: written.ConditionRule, at: Location, reader: Reader) -> ReadByRule:
        """What a rule reads; nothing waits for that, since a rule stands between stages."""
        producers = [
            self._find(ArtifactKey(name=name), reader, at / "inputArtifacts" / index)
            for index, name in enumerate(rule.input_artifacts)
        ]
        configuration = {
            key: self._references.completed(value, reader, at / "configuration" / key, self._context.report).text
            for key, value in rule.configuration.items()
        }
        return ReadByRule(
            inputs=tuple(self._name_of(producer) for producer in producers if producer is not None),
            configuration=configuration,
        )

    def _artifact_for(self, draft: StepDraft, key: ArtifactKey, at: Location) -> tuple[str, tuple[Statement, ...]]:
        """Name of the artifact, and what fetching it as a full clone needs."""
        producer = self._find(key, _reader(draft), at)
        if producer is None:
            return "", ()
        self._wait(draft, [producer])
        maker = self._makers[producer]
        return self._name_of(producer), maker.clone_statements if isinstance(maker, PlannedSource) else ()

    def _find(self, key: ArtifactKey, reader: Reader, at: Location) -> Producer | None:
        found = self._producers.keyed(key, reader)
        if len(found) != 1:
            self._context.report.add(_unclear_artifact(found, self._producers.readable(reader), at))
            return None
        maker = self._makers[found[0]]
        if isinstance(maker, StepDraft):
            if maker.output_directory is None:
                self._context.report.add(_nothing_handed_on(maker, at))
            self.read.add(maker.at)
        return found[0]

    def _name_of(self, producer: Producer) -> str:
        maker = self._makers[producer]
        if isinstance(maker, PlannedSource):
            return maker.action.output.name
        return self._context.artifact_names.of(producer.stage, producer.step)

    def _wait(self, draft: StepDraft, producers: Iterable[Producer]) -> None:
        reader = _reader(draft)
        names = [producer.step for producer in producers if reader.waits_for(producer)]
        if names:
            self.needs.setdefault(draft.at, []).extend(names)


_FIRST_SOURCE = ArtifactKey(name=PRIMARY)


def _reader(draft: StepDraft) -> Reader:
    return Reader(_place(draft), draft.label)


def _place(draft: StepDraft) -> int:
    match draft.at.keys:
        case ("stages", int(index), *_):
            return index
        case _:
            return PLACE_OF_SYNTH


def _producer(draft: StepDraft, alias: str | None) -> Producer:
    return Producer(
        stage=draft.stage,
        step=draft.label,
        place=_place(draft),
        stage_alias=alias,
        plugin=draft.plugin.spec.name,
        directory=draft.output_directory,
    )


def _folder_of(key: ArtifactKey) -> str:
    return (key.name or key.plugin_alias or "input").rpartition("/")[2]


def _unclear_artifact(found: Sequence[Producer], readable: Iterable[Producer], at: Location) -> Diagnostic:
    labels = listed(f"'{producer.label}'" for producer in (found or readable))
    if found:
        return Diagnostic(
            code="artifact-ambiguous",
            message=f"Several steps are meant by it: {labels}.",
            at=at,
            hint="Write `stage/step`.",
        )
    return Diagnostic(
        code="artifact-unknown",
        message="No source is meant by it, and no step that can have run by then.",
        at=at,
        hint=f"There are: {labels}.",
    )


def _folder_taken(folder: str, at: Location) -> Diagnostic:
    return Diagnostic(
        code="folder-taken",
        message=f"Another artifact appears in the folder '{shown(folder)}' already; the two would be mixed.",
        at=at,
        hint="Give each a `directory` of its own.",
    )


def _completed_by_nobody(reference: str, draft: StepDraft) -> Diagnostic:
    return Diagnostic(
        code="variable-in-command",
        message=f"A command of step '{draft.label}' holds {reference}, which CodePipeline completes only in `env`.",
        at=draft.at,
        severity=Severity.WARNING,
        hint=f'Write `env: {{VALUE: "{reference}"}}`, and `"$VALUE"` in the command.',
    )


def _nothing_handed_on(producer: StepDraft, at: Location) -> Diagnostic:
    return Diagnostic(
        code="artifact-not-produced",
        message=f"Step '{producer.label}' of stage '{producer.stage}' hands nothing on.",
        at=at,
        hint=f"Say which folder with `outputDirectory` on the step '{producer.label}'.",
    )
