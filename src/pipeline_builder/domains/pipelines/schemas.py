"""Pipelines on the wire."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from pipeline_builder.core.documents.limits import MAXIMUM_BYTES
from pipeline_builder.domains.pipelines.service import Wish
from pipeline_builder.kit.findings import FindingRead
from pipeline_builder.kit.paging import Paging
from pipeline_builder.kit.wire import Answered, Asked

Lifecycle = Literal["experimental", "production", "deprecated"]
Keyword = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f]+$")]
Description = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Message = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAXIMUM_BYTES, pattern=r"^[^\x00]*$")]


class DefinitionGiven(Asked):
    """A definition, as data or as text."""

    definition: dict[str, Any] | None = Field(None, description="The definition as JSON.")
    text: Text | None = Field(
        None, description="The definition as text, in YAML or JSON; comments are kept. Instead of `definition`."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "DefinitionGiven":
        if (self.definition is None) == (self.text is None):
            raise ValueError("give either `definition` or `text`")
        return self

    @property
    def written(self) -> str:
        """The definition as it is kept."""
        if self.text is not None:
            return self.text
        return json.dumps(self.definition, ensure_ascii=False, indent=2) + "\n"


class PipelineWrite(DefinitionGiven):
    """A pipeline, as somebody wants it."""

    description: Description | None = Field(None, description="For people. Default: what the definition says.")
    keywords: list[Keyword] = Field(default_factory=list, max_length=50, description="Words to find it by.")
    lifecycle: Lifecycle = Field("production", description="How far it is to be relied upon.")
    message: Message = Field("", description="Why, for whoever reads the history.")

    def wish(self) -> Wish:
        return Wish(self.written, self.description, self.keywords, self.lifecycle, self.message)


class PipelineSummary(Answered):
    """A pipeline as it is now, without its definition."""

    id: UUID = Field(description="Id of the pipeline.")
    name: str = Field(description="Its name on AWS too.")
    project: str = Field(description="The definition's `project`.")
    organization: str = Field(description="The definition's `organization`.")
    description: str = Field(description="For people.")
    keywords: list[str] = Field(description="Words to find it by.")
    lifecycle: str = Field(description="How far it is to be relied upon.")
    revision: int = Field(description="Number of the newest revision; its ETag in quotes.")
    created_at: datetime = Field(description="When it was created.")
    created_by: str = Field(description="Who created it.")
    updated_at: datetime = Field(description="When it was last changed.")
    updated_by: str = Field(description="Who changed it.")
    deleted_at: datetime | None = Field(description="When it was deleted; null while it is there.")


class ViolationRead(Answered):
    """A rule that is not kept."""

    rule: str = Field(description="Name of the rule.")
    severity: str = Field(description="`warning` is only told; `error` and `critical` block.")
    attribute: str = Field(description="What the rule looks at.")
    expected: str = Field(description="What the rule wants of it.")
    actual: str = Field(description="What it is.")
    step: str | None = Field(description="The step that does not keep it.")
    message: str = Field(description="What is the case, in a sentence.")
    hint: str | None = Field(description="What to do about it.")
    is_exempt: bool = Field(description="An exemption holds, so it does not block.")


class PipelineRead(PipelineSummary):
    """A pipeline with its definition."""

    text: str = Field(description="The definition as it was written.")


class PipelineStored(PipelineRead):
    """A pipeline that was just stored."""

    findings: list[FindingRead] = Field(description="Warnings and notes about the definition.")
    violations: list[ViolationRead] = Field(description="Rules that it does not keep, and that do not block.")


class RevisionSummary(Answered):
    """One state that a pipeline had."""

    number: int = Field(description="From 1, without a gap.")
    message: str = Field(description="Why it came about.")
    created_at: datetime = Field(description="When it came about.")
    created_by: str = Field(description="Who made it.")


class RevisionRead(RevisionSummary):
    """One state that a pipeline had, with everything in it."""

    text: str = Field(description="The definition as it was written.")
    lock: str = Field(description="The versions of plugins it was made with, as `pipeline.lock` holds them.")
    description: str = Field(description="For people.")
    keywords: list[str] = Field(description="Words to find it by.")
    lifecycle: str = Field(description="How far it is to be relied upon.")


class ExaminationRead(Answered):
    """What a definition would become."""

    is_accepted: bool = Field(description="It could be stored.")
    findings: list[FindingRead] = Field(description="Everything that was found.")
    violations: list[ViolationRead] = Field(description="Rules that it does not keep.")
    name: str | None = Field(description="Name of the pipeline; null where it cannot become one.")


class ChangeRead(Answered):
    """One difference between what two revisions would deploy."""

    area: str = Field(description="What it is about: `stage`, `step`, `commands`, `image`, `permission` and others.")
    says: str = Field(description="The difference in a sentence.")
    detail: list[str] = Field(description="Lines of a unified diff, where there is one.")


class DifferenceRead(Answered):
    """What changes from one revision to another."""

    changes: list[ChangeRead] = Field(description="What would be deployed differently.")
    text: str = Field(description="A unified diff of the definitions.")


InputKind = Literal["string", "number", "boolean"]
InputName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
InputText = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]


class TemplateInput(Asked):
    """One value that whoever uses a template gives."""

    type: InputKind = Field(description="Kind of value.")
    description: Description = Field(description="What it does, for people.")
    default: InputText | None = Field(None, description="Value when none is given.")
    required: bool = Field(default=False, description="It has to be given.")
    enum: list[InputText] = Field(default_factory=list, max_length=100, description="The only values allowed.")
    pattern: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None, description="A regular expression that the whole value matches."
    )


class TemplateWrite(DefinitionGiven):
    """A golden-path template: a definition whose `vars` are asked for."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")] = Field(
        description="Name, unique in the organization."
    )
    description: Description = Field("", description="For people.")
    keywords: list[Keyword] = Field(default_factory=list, max_length=50, description="Words to find it by.")
    visibility: Literal["private", "public"] = Field(
        "private", description="`public` ones are seen by the organization's teams; of the system, by everybody."
    )
    inputs: dict[InputName, TemplateInput] = Field(
        default_factory=dict, max_length=50, description="What is asked for; `{{ vars.name }}` in the definition."
    )


class TemplateQuery(Paging):
    """Which templates are asked for."""

    search: str | None = Field(default=None, max_length=100, description="Only with this in the name or description.")


class TemplateRead(Answered):
    """A golden-path template."""

    id: UUID = Field(description="Id of the template.")
    org_id: UUID = Field(description="Whose it is.")
    name: str = Field(description="Its name.")
    description: str = Field(description="For people.")
    keywords: list[str] = Field(description="Words to find it by.")
    visibility: str = Field(description="Who sees it.")
    inputs: dict[str, dict[str, Any]] = Field(description="What is asked for.")
    text: str = Field(description="The definition as it was written.")
    revision: int = Field(description="Its ETag in quotes.")
    created_at: datetime = Field(description="When it was created.")
    created_by: str = Field(description="Who created it.")
    updated_at: datetime = Field(description="When it was last changed.")
    updated_by: str = Field(description="Who changed it.")


class TemplateUse(Asked):
    """What a template is used for."""

    project: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")] = Field(
        description="The new definition's `project`."
    )
    organization: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")] = Field(
        description="The new definition's `organization`."
    )
    pipeline_name: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="Name of the pipeline. Default: made of organization and project."
    )
    inputs: dict[InputName, str | bool | float] = Field(
        default_factory=dict, max_length=50, description="A value for each input."
    )


class DefinitionMade(Answered):
    """A definition that was made of a template: check it, change it, and create the pipeline."""

    definition: dict[str, Any] = Field(description="The definition.")


class PipelineQuery(Paging):
    """Which pipelines are asked for."""

    name: str | None = Field(default=None, max_length=255, description="Only the one of this name, capitals aside.")
    project: str | None = Field(default=None, max_length=100, description="Only of this project.")
    lifecycle: Lifecycle | None = Field(default=None, description="Only of this lifecycle.")
    keyword: str | None = Field(default=None, max_length=50, description="Only with this keyword.")
    search: str | None = Field(default=None, max_length=100, description="Only with this in the name or description.")
    deleted: bool = Field(default=False, description="Those that were deleted and can be restored, instead.")
