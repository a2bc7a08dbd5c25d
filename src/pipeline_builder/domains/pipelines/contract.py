"""What other domains may use of pipelines, and the errors that they raise."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from pipeline_builder.core.compliance.facts import PipelineFacts
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.findings import Finding


class DefinitionRefused(PipelineBuilderError):
    """A definition that cannot become a pipeline.

    Attributes:
        findings: everything that was found, errors and others, in reading order.
    """

    code = "definition-refused"
    kind = ErrorKind.INVALID

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        errors = [one for one in findings if one.severity == "error"]
        more = "" if len(errors) <= 1 else f" And {len(errors) - 1} more."
        super().__init__(f"The definition cannot become a pipeline: {errors[0].message if errors else ''}{more}")


class PipelineNameTaken(PipelineBuilderError):
    """The organization has a pipeline of this name."""

    code = "pipeline-name-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"This organization has a pipeline named '{name}' already.")


class TemplateNameTaken(PipelineBuilderError):
    """The organization has a golden-path template of this name."""

    code = "template-name-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"This organization has a template named '{name}' already.")


class Pipelines(Protocol):
    """The pipelines of one organization, in one transaction."""

    async def import_definition(self, text: str) -> UUID:
        """Create a pipeline from a definition; its id.

        Raises:
            DefinitionRefused: the definition cannot become a pipeline.
            RulesViolated: a rule forbids it.
            PipelineNameTaken: the organization has one of this name.
            QuotaExceeded: the organization may have no more pipelines.
        """
        ...

    async def count(self) -> int:
        """How many there are."""
        ...

    async def ids(self, before: UUID | None, limit: int) -> Sequence[tuple[UUID, str]]:
        """Ids and names, those created last first.

        Args:
            before: the last id of the part before.
        """
        ...

    async def facts(self, pipeline_id: UUID) -> PipelineFacts:
        """What rules look at, of a pipeline as it is now.

        Raises:
            NotFound: there is no such pipeline.
            DefinitionRefused: this version of the platform takes it no more.
        """
        ...
