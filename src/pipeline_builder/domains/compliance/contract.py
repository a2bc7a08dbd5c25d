"""What other domains may use of compliance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from pipeline_builder.core.definition.load import LoadedDefinition
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.planning.model import Plan
from pipeline_builder.kit.wire import Row
from pipeline_builder.synth import Template


@dataclass(frozen=True, slots=True)
class Subject:
    """A pipeline that is about to be stored, with everything that rules look at."""

    pipeline_id: UUID
    name: str
    loaded: LoadedDefinition
    plan: Plan
    template: Template


class Violation(Row, frozen=True):
    """A rule that a pipeline or plugin does not keep.

    Attributes:
        rule: its name.
        severity: `warning`, which is only told; `error` and `critical`, which block.
        attribute: what the rule looks at.
        step: of a rule over steps, the step that does not keep it.
    """

    rule: str
    severity: str
    attribute: str
    expected: str
    actual: str
    step: str | None
    message: str
    hint: str | None
    is_exempt: bool


class RulesViolated(PipelineBuilderError):
    """Rules of the organization forbid it.

    Attributes:
        violations: all of them, warnings too.
    """

    code = "rules-violated"
    kind = ErrorKind.FORBIDDEN

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = list(violations)
        blocking = [one for one in violations if one.severity != "warning" and not one.is_exempt]
        more = "" if len(blocking) <= 1 else f" And {len(blocking) - 1} more."
        super().__init__(f"Rules of this organization forbid it: {blocking[0].message if blocking else ''}{more}")


class ComplianceUnavailable(PipelineBuilderError):
    """The rules could not be evaluated, so nothing was created."""

    code = "compliance-unavailable"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The rules of this organization could not be evaluated, so nothing was stored; try again.")


class Compliance(Protocol):
    """The rules that hold for one organization, in one transaction."""

    async def violations(self, subject: Subject) -> Sequence[Violation]:
        """Everything that a pipeline does not keep, warnings and exempted ones too.

        Raises:
            ComplianceUnavailable: a rule cannot be evaluated.
        """
        ...

    async def enforce(self, subject: Subject) -> Sequence[Violation]:
        """The same, and what is left when nothing blocks.

        Raises:
            RulesViolated: something blocks.
            ComplianceUnavailable: a rule cannot be evaluated.
        """
        ...
