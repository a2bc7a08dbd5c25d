"""Plugins on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from pipeline_builder.kit.findings import FindingRead
from pipeline_builder.kit.paging import Paging
from pipeline_builder.kit.wire import Answered, Asked

Visibility = Literal["private", "public"]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
FileText = Annotated[str, StringConstraints(max_length=262_144, pattern=r"^[^\x00]*$")]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9._/-]+$")]


class PluginQuery(Paging):
    """Which plugins are asked for."""

    name: str | None = Field(default=None, max_length=255, description="Only the one of exactly this name.")
    category: str | None = Field(default=None, max_length=50, description="Only of this category.")
    keyword: str | None = Field(default=None, max_length=50, description="Only with this keyword.")
    search: str | None = Field(
        default=None, max_length=100, description="Only with this in the name, description or keywords."
    )
    owner: Literal["own", "parent", "system"] | None = Field(default=None, description="Only of this owner.")
    favourites: bool = Field(default=False, description="Only your favourites.")
    deleted: bool = Field(default=False, description="Own ones that were deleted and can be restored, instead.")


class VersionPublish(Asked):
    """A version of a plugin, as the text files of its package."""

    files: dict[FilePath, FileText] = Field(
        min_length=1,
        max_length=20,
        description="`plugin-spec.yaml`, `config.yaml` and, where an image is built, `Dockerfile`, by their paths.",
    )
    visibility: Visibility | None = Field(
        None, description="Who may use the plugin. Default: as it is; of a new one `private`."
    )


class VisibilitySet(Asked):
    """Who may use a plugin."""

    visibility: Visibility = Field(
        description="`public` ones can be used by the organization's teams; of the system, by everybody."
    )


class VersionWarning(Asked):
    """What is wrong with a version."""

    deprecated: Reason | None = Field(None, description="Why not to use it any more, and what instead; null: nothing.")
    yanked: Reason | None = Field(None, description="Why nobody new may get it; pipelines locked to it keep it.")


class PluginRead(Answered):
    """A plugin, without its versions."""

    id: UUID = Field(description="Id of the plugin.")
    org_id: UUID = Field(description="Whose it is.")
    name: str = Field(description="What definitions call it.")
    visibility: str = Field(description="Who may use it.")
    category: str = Field(description="Its shelf in the catalogue.")
    description: str = Field(description="What it does.")
    keywords: list[str] = Field(description="Words to find it by.")
    newest: str = Field(description="Its highest version.")
    revision: int = Field(description="Its ETag in quotes.")
    created_at: datetime = Field(description="When its first version was published.")
    created_by: str = Field(description="Who published it.")
    updated_at: datetime = Field(description="When it last changed.")


class VersionRead(Answered):
    """A published version."""

    id: UUID = Field(description="Id of the version.")
    version: str = Field(description="Semantic version.")
    build_type: str = Field(description="Where its image comes from.")
    digest: str | None = Field(description="Its image; null while none is built.")
    published_at: datetime = Field(description="When it was published.")
    published_by: str = Field(description="Who published it.")
    deprecated: str | None = Field(description="Why not to use it any more.")
    yanked: str | None = Field(description="Why nobody new gets it.")


class PluginWithVersions(PluginRead):
    """A plugin with its versions."""

    versions: list[VersionRead] = Field(description="The last published first.")


class VersionWithSpecification(VersionRead):
    """A published version with everything in it."""

    specification: dict[str, Any] = Field(description="The specification, defaults written out.")
    files: dict[str, str] = Field(description="The text files as they were published.")


class UseRead(Answered):
    """A pipeline that uses a plugin."""

    version: str = Field(description="The version it is locked to.")
    org_id: UUID = Field(description="Whose pipeline it is.")
    pipeline_id: UUID = Field(description="The pipeline.")
    pipeline_name: str = Field(description="Its name.")


class PluginUsageRead(Answered):
    """Who uses a plugin."""

    pipelines: list[UseRead] = Field(description="Pipelines of the organization and its teams.")
    elsewhere: int = Field(description="How many pipelines of others.")


class LookupFilter(Asked):
    """Which plugin is meant."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")] = Field(
        description="Its exact name."
    )
    version: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f]*$")] | None = Field(
        None, description="An exact version or a range. Default: the highest."
    )


class Lookup(Asked):
    """What the function of a template asks while a stack is deployed."""

    filter: LookupFilter = Field(description="Which plugin is meant.")
    context: dict[str, Any] = Field(default_factory=dict, description="What expressions in its texts may name.")


class LookedUp(Answered):
    """The plugin, with the expressions in its texts rendered."""

    plugin: dict[str, Any] = Field(description="Everything that a step needs of it.")


class PackageExamined(Answered):
    """What would be said to a package."""

    is_accepted: bool = Field(description="It could be published.")
    findings: list[FindingRead] = Field(description="Everything that was found.")
