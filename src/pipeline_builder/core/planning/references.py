"""Variables that CodePipeline completes: `#{variables.NAME}`, `#{codepipeline.NAME}`, `#{source.NAME}`, `#{step.NAME}`.

Authors name a step as they name its artifact. In AWS its namespace is made of stage and step, so that no other step's
variables change their place when one comes or goes; references are rewritten to it.

Source: "Variables reference" in the CodePipeline user guide.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.planning.artifacts import Producer, Producers, Reader
from pipeline_builder.core.planning.ids import variables_namespace
from pipeline_builder.core.schema.findings import listed

REFERENCE = re.compile(r"#\{(?P<namespace>[A-Za-z0-9.@_/-]+)\.(?P<name>[A-Za-z0-9@_-]+)\}")
"""Nothing else that begins with `#{` is for CodePipeline."""

_OF_THE_EXECUTION = "codepipeline"
_OF_THE_PIPELINE = "variables"


class Completed(NamedTuple):
    """A text with its references as CodePipeline knows them, and the steps whose variables it reads."""

    text: str
    read: tuple[Producer, ...]


class References:
    """Everything that references may name: what each step exports, what sources tell, and the pipeline's variables."""

    def __init__(
        self, exports: Mapping[Producer, Collection[str]], sources: Collection[str], variables: Sequence[str]
    ) -> None:
        self._exports = {producer: names for producer, names in exports.items() if names}
        self._exporting = Producers(self._exports)
        self._sources = sources
        self._open_ended = {_OF_THE_EXECUTION, *sources}
        self._variables = variables

    def completed(self, text: str, reader: Reader, at: Location, report: Report) -> Completed:
        """Rewrite the references of a text; what nothing has by then, and so would fail when it starts, is reported."""
        read: list[Producer] = []

        def one(reference: re.Match[str]) -> str:
            found = self._exporters(reference, reader)
            is_of_no_step = self._is_of_no_step(reference)
            if is_of_no_step and not found:
                return reference[0]
            if is_of_no_step or len(found) != 1:
                report.add(self._unclear(reference[0], found, reader, at))
                return reference[0]
            read.append(found[0])
            return f"#{{{variables_namespace(found[0].stage, found[0].step)}.{reference['name']}}}"

        return Completed(REFERENCE.sub(one, text), tuple(read))

    def first_known(self, text: str, reader: Reader) -> str | None:
        """The first reference in a text that something has; what merely looks like one may be anybody's own syntax."""
        for reference in REFERENCE.finditer(text):
            if self._is_of_no_step(reference) or self._exporters(reference, reader):
                return reference[0]
        return None

    def _is_of_no_step(self, reference: re.Match[str]) -> bool:
        namespace = reference["namespace"]
        return namespace in self._open_ended or (namespace == _OF_THE_PIPELINE and reference["name"] in self._variables)

    def _exporters(self, reference: re.Match[str], reader: Reader) -> list[Producer]:
        named = self._exporting.named(reference["namespace"], reader)
        return [step for step in named if reference["name"] in self._exports[step]]

    def _unclear(self, reference: str, found: Sequence[Producer], reader: Reader, at: Location) -> Diagnostic:
        if found:
            meant = [f"step '{step.label}'" for step in found]
            if len(meant) == 1:
                meant.insert(0, "a source, or the execution")
            return Diagnostic(
                code="variable-ambiguous",
                message=f"Several are meant by {reference}: {listed(meant)}.",
                at=at,
                hint="Write `#{stage/step.NAME}`.",
            )
        known = list(self._known(reader))
        return Diagnostic(
            code="variable-unknown",
            message=f"Nothing that runs before has the variable {reference}.",
            at=at,
            hint=f"There are: {listed(known)}." if known else "Add `exports` to the step that makes it.",
        )

    def _known(self, reader: Reader) -> Iterator[str]:
        yield from (f"#{{{_OF_THE_PIPELINE}.{name}}}" for name in self._variables)
        yield from (f"#{{{source}.…}}" for source in self._sources)
        for step in self._exporting.readable(reader):
            yield from (f"#{{{step.label}.{name}}}" for name in self._exports[step])
