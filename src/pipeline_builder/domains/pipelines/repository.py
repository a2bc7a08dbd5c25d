"""Every query on pipelines, their revisions, and templates to begin from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pipeline_builder.domains.pipelines.contract import PipelineNameTaken, TemplateNameTaken
from pipeline_builder.kit.database import Transaction, UniqueViolated
from pipeline_builder.kit.paging import Order, Select
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope, PlatformScope
from pipeline_builder.kit.wire import Page, Row


class Pipeline(Row, frozen=True):
    """A pipeline as it is now, without its definition."""

    id: UUID
    name: str
    project: str
    organization: str
    description: str
    keywords: list[str]
    lifecycle: str
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    deleted_at: datetime | None


class Revision(Row, frozen=True):
    """One state that a pipeline had, with who made it and why."""

    number: int
    message: str
    created_at: datetime
    created_by: str


class Content(Revision, frozen=True):
    """A revision with everything in it."""

    text: str
    lock: str
    description: str
    keywords: list[str]
    lifecycle: str


class Template(Row, frozen=True):
    """A golden-path template."""

    id: UUID
    org_id: UUID
    name: str
    description: str
    keywords: list[str]
    visibility: str
    inputs: dict[str, dict[str, object]]
    text: str
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class PipelineFilter(Protocol):
    """Which pipelines are asked for; None is any."""

    @property
    def name(self) -> str | None: ...
    @property
    def project(self) -> str | None: ...
    @property
    def lifecycle(self) -> str | None: ...
    @property
    def keyword(self) -> str | None: ...
    @property
    def search(self) -> str | None: ...
    @property
    def deleted(self) -> bool: ...


_PIPELINE = (
    "id, name, project, organization, description, keywords, lifecycle, revision, created_at, created_by, updated_at,"
    " updated_by, deleted_at"
)
_REVISION = "number, message, created_at, created_by"
_CONTENT = f"{_REVISION}, text, lock, description, keywords, lifecycle"
_TEMPLATE = (
    "id, org_id, name, description, keywords, visibility, inputs, text, revision, created_at, created_by, updated_at,"
    " updated_by"
)


class PipelineRepository:
    """The pipelines of one organization. Row-level security agrees."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._org_id = scope.org_id

    async def one(self, pipeline_id: UUID, *, is_deleted: bool = False, for_update: bool = False) -> Pipeline | None:
        """A pipeline; with `for_update`, nobody else changes it before this transaction ends."""
        lock = " for update" if for_update else ""
        state = "is not null" if is_deleted else "is null"
        return await self._tx.one_or_none(
            Pipeline,
            f"select {_PIPELINE} from pipelines where id = $1 and org_id = $2 and deleted_at {state}{lock}",  # noqa: S608 -- parts are constants
            pipeline_id,
            self._org_id,
        )

    async def page(self, wanted: PipelineFilter, order: Order) -> Page[Pipeline]:
        select = Select(f"select {_PIPELINE} from pipelines")  # noqa: S608 -- names of columns
        select.where("org_id = {}", self._org_id)
        select.where("deleted_at is not null" if wanted.deleted else "deleted_at is null")
        if wanted.name is not None:
            select.where("lower(name) = lower({})", wanted.name)
        if wanted.project is not None:
            select.where("project = {}", wanted.project)
        if wanted.lifecycle is not None:
            select.where("lifecycle = {}", wanted.lifecycle)
        if wanted.keyword is not None:
            select.where("{} = any (keywords)", wanted.keyword)
        if wanted.search is not None:
            select.where("strpos(lower(name || ' ' || description), lower({})) > 0", wanted.search)
        order.apply(select)
        return order.page(await self._tx.all(Pipeline, select.sql, *select.values))

    async def count(self) -> int:
        found: int = await self._tx.value(
            "select count(*) from pipelines where org_id = $1 and deleted_at is null", self._org_id
        )
        return found

    async def ids(self, before: UUID | None, limit: int) -> Sequence[tuple[UUID, str]]:
        """Ids and names, those created last first: ids sort by the time they were made."""
        rows = await self._tx.rows(
            "select id, name from pipelines where org_id = $1 and deleted_at is null and ($2::uuid is null or id < $2)"
            " order by id desc limit $3",
            self._org_id,
            before,
            limit,
        )
        return [(row["id"], row["name"]) for row in rows]

    async def add(self, pipeline: Pipeline) -> None:
        """Add a pipeline.

        Raises:
            PipelineNameTaken: there is one of this name.
        """
        try:
            await self._tx.execute(
                f"insert into pipelines ({_PIPELINE}, org_id)"  # noqa: S608 -- names of columns
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                *(getattr(pipeline, name) for name in pipeline.__struct_fields__),
                self._org_id,
            )
        except UniqueViolated as error:
            raise PipelineNameTaken(pipeline.name) from error

    async def change(self, pipeline: Pipeline) -> None:
        """Write a pipeline anew.

        Raises:
            PipelineNameTaken: there is another one of this name.
        """
        try:
            await self._tx.execute(
                """
                update pipelines set name = $3, project = $4, organization = $5, description = $6, keywords = $7,
                  lifecycle = $8, revision = $9, updated_at = $10, updated_by = $11
                where id = $1 and org_id = $2
                """,
                pipeline.id,
                self._org_id,
                pipeline.name,
                pipeline.project,
                pipeline.organization,
                pipeline.description,
                pipeline.keywords,
                pipeline.lifecycle,
                pipeline.revision,
                pipeline.updated_at,
                pipeline.updated_by,
            )
        except UniqueViolated as error:
            raise PipelineNameTaken(pipeline.name) from error

    async def mark_deleted(self, pipeline_id: UUID, at: datetime | None, by: str | None, name: str) -> None:
        """Delete a pipeline, or with no time restore it.

        Raises:
            PipelineNameTaken: meanwhile there is another one of this name.
        """
        try:
            await self._tx.execute(
                "update pipelines set deleted_at = $3, deleted_by = $4 where id = $1 and org_id = $2",
                pipeline_id,
                self._org_id,
                at,
                by,
            )
        except UniqueViolated as error:
            raise PipelineNameTaken(name) from error

    async def add_revision(self, pipeline_id: UUID, content: Content) -> None:
        await self._tx.execute(
            f"insert into pipeline_revisions ({_CONTENT}, pipeline_id, org_id)"  # noqa: S608 -- names of columns
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            *(getattr(content, name) for name in content.__struct_fields__),
            pipeline_id,
            self._org_id,
        )

    async def content(self, pipeline_id: UUID, number: int) -> Content | None:
        return await self._tx.one_or_none(
            Content,
            f"select {_CONTENT} from pipeline_revisions where pipeline_id = $1 and number = $2 and org_id = $3",  # noqa: S608 -- names of columns
            pipeline_id,
            number,
            self._org_id,
        )

    async def revisions(self, pipeline_id: UUID, before: int | None, limit: int) -> Sequence[Revision]:
        """The revisions of a pipeline, newest first."""
        return await self._tx.all(
            Revision,
            f"select {_REVISION} from pipeline_revisions where pipeline_id = $1 and org_id = $2"  # noqa: S608 -- names of columns
            " and ($3::int is null or number < $3) order by number desc limit $4",
            pipeline_id,
            self._org_id,
            before,
            limit,
        )


class AllPipelines:
    """The pipelines of every organization: for counting and for cleaning up."""

    @staticmethod
    async def count(tx: Transaction, root_id: UUID) -> int:
        """How many an organization has together with its teams."""
        found: int = await tx.value("select pipelines_of_tree($1)", root_id)
        return found

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def purge(self, deleted_before: datetime) -> int:
        """Remove for good what was deleted long ago. How many pipelines."""
        return await self._tx.execute("delete from pipelines where deleted_at < $1", deleted_before)


class TemplateRepository:
    """The golden-path templates that one organization can see."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._scope = scope

    def _visible(self, select: Select) -> None:
        select.where(
            "(org_id = {} or visibility = 'public' and org_id in ({}, {}))",
            self._scope.org_id,
            self._scope.root_id,
            SYSTEM_ORGANIZATION,
        )

    async def page(self, search: str | None, order: Order) -> Page[Template]:
        select = Select(f"select {_TEMPLATE} from pipeline_templates")  # noqa: S608 -- names of columns
        self._visible(select)
        if search is not None:
            select.where("strpos(lower(name || ' ' || description), lower({})) > 0", search)
        order.apply(select)
        return order.page(await self._tx.all(Template, select.sql, *select.values))

    async def visible(self, template_id: UUID) -> Template | None:
        """A template that may be used."""
        select = Select(f"select {_TEMPLATE} from pipeline_templates")  # noqa: S608 -- names of columns
        self._visible(select)
        select.where("id = {}", template_id)
        return await self._tx.one_or_none(Template, select.sql, *select.values)

    async def own(self, template_id: UUID) -> Template | None:
        """A template that may be changed; nobody else changes it before this transaction ends."""
        return await self._tx.one_or_none(
            Template,
            f"select {_TEMPLATE} from pipeline_templates where id = $1 and org_id = $2 for update",  # noqa: S608 -- names of columns
            template_id,
            self._scope.org_id,
        )

    async def put(self, template: Template) -> None:
        """Add a template, or write it anew.

        Raises:
            TemplateNameTaken: there is another one of this name.
        """
        try:
            await self._tx.execute(
                f"""
                insert into pipeline_templates ({_TEMPLATE})
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                on conflict (id) do update set name = $3, description = $4, keywords = $5, visibility = $6, inputs = $7,
                  text = $8, revision = $9, updated_at = $12, updated_by = $13
                where pipeline_templates.org_id = $2
                """,  # noqa: S608 -- names of columns
                *(getattr(template, name) for name in template.__struct_fields__),
            )
        except UniqueViolated as error:
            raise TemplateNameTaken(template.name) from error

    async def remove(self, template_id: UUID) -> None:
        await self._tx.execute(
            "delete from pipeline_templates where id = $1 and org_id = $2", template_id, self._scope.org_id
        )
