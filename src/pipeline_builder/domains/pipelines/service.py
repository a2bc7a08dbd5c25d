"""The use cases of pipelines. Knows no HTTP and opens no transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec

from pipeline_builder.core.compliance.facts import PipelineFacts
from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.compliance.contract import Compliance, Violation
from pipeline_builder.domains.pipelines.repository import Content, Pipeline, PipelineRepository, Revision
from pipeline_builder.domains.pipelines.workshop import Identity, Made, make
from pipeline_builder.domains.plugins.contract import Plugins
from pipeline_builder.domains.quotas.contract import Quota, Resource
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.errors import NotFound, Outdated
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import OrgScope

KEPT_FOR = timedelta(days=30)
"""How long a deleted pipeline can be restored."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a pipeline to be.

    Attributes:
        text: the definition, in YAML or JSON.
        message: why, for whoever reads the history.
    """

    text: str
    description: str | None
    keywords: Sequence[str]
    lifecycle: str
    message: str


Stored = tuple[Pipeline, Made, Sequence[Violation]]
"""A pipeline as it is stored now, what was made of it, and the rules that it does not keep and that do not block."""


class PipelineService:
    """The use cases of pipelines in one organization."""

    def __init__(
        self,
        pipelines: PipelineRepository,
        scope: OrgScope,
        *,
        plugins: Plugins,
        quota: Quota,
        compliance: Compliance,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._pipelines = pipelines
        self._scope = scope
        self._plugins = plugins
        self._quota = quota
        self._compliance = compliance
        self._audit = audit
        self._clock = clock

    async def create(self, wish: Wish) -> Stored:
        """Store a new pipeline.

        Raises:
            DefinitionRefused: its definition cannot become a pipeline.
            RulesViolated: a rule forbids it.
            PipelineNameTaken: the organization has one of this name.
            QuotaExceeded: the organization may have no more pipelines.
        """
        pipeline_id = new_id()
        made = await self._made(pipeline_id, wish.text, None)
        violations = await self._compliance.enforce_pipeline(made.facts)
        await self._quota.ensure_room(Resource.PIPELINES)
        now = self._clock()
        author = self._scope.actor.name
        pipeline = Pipeline(
            id=pipeline_id,
            name=made.plan.name,
            project=made.plan.project,
            organization=made.plan.organization,
            description=_description(wish, made),
            keywords=list(wish.keywords),
            lifecycle=wish.lifecycle,
            revision=1,
            created_at=now,
            created_by=author,
            updated_at=now,
            updated_by=author,
            deleted_at=None,
        )
        await self._pipelines.add(pipeline)
        await self._keep(pipeline, wish.text, made, wish.message)
        after = _told(pipeline)
        await self._audit.record(Change("pipelines.created", "pipeline", pipeline.id, pipeline.name, after=after))
        return pipeline, made, violations

    async def import_definition(self, text: str) -> UUID:
        """See `contract.Pipelines`."""
        pipeline, _, _ = await self.create(Wish(text, None, (), "production", "Imported."))
        return pipeline.id

    async def change(self, pipeline_id: UUID, expected: int, wish: Wish) -> Stored:
        """Give a pipeline another definition, as a new revision. Plugins that stay keep their locked versions.

        Raises:
            NotFound: there is no such pipeline.
            Outdated: somebody else changed it.
            DefinitionRefused, RulesViolated, PipelineNameTaken: as for `create`.
        """
        before = await self._for_change(pipeline_id, expected)
        lock = (await self._content(pipeline_id, before.revision)).lock
        return await self._changed(before, wish, lock, "pipelines.changed")

    async def update_lock(self, pipeline_id: UUID, expected: int) -> Stored:
        """Take the newest versions of all plugins that the definition accepts, as a new revision.

        Raises:
            NotFound, Outdated, DefinitionRefused, RulesViolated: as for `change`.
        """
        before = await self._for_change(pipeline_id, expected)
        content = await self._content(pipeline_id, before.revision)
        return await self._changed(before, _again(content, "Plugins updated."), None, "pipelines.lock-updated")

    async def restore_revision(self, pipeline_id: UUID, expected: int, number: int) -> Stored:
        """Make an earlier state the newest one, with the versions of plugins it had.

        Raises:
            NotFound, Outdated, DefinitionRefused, RulesViolated, PipelineNameTaken: as for `change`.
        """
        before = await self._for_change(pipeline_id, expected)
        content = await self._content(pipeline_id, number)
        wish = _again(content, f"Revision {number} restored.")
        return await self._changed(before, wish, content.lock, "pipelines.revision-restored")

    async def delete(self, pipeline_id: UUID, expected: int) -> None:
        """Delete a pipeline. It can be restored for a time; its name and its place in the quota are free at once.

        Raises:
            NotFound, Outdated: as for `change`.
        """
        pipeline = await self._for_change(pipeline_id, expected)
        await self._pipelines.mark_deleted(pipeline_id, self._clock(), self._scope.actor.name, pipeline.name)
        await self._plugins.note_use(pipeline_id, ())
        before = _told(pipeline)
        await self._audit.record(Change("pipelines.deleted", "pipeline", pipeline_id, pipeline.name, before=before))

    async def restore(self, pipeline_id: UUID) -> Pipeline:
        """Bring a deleted pipeline back.

        Raises:
            NotFound: there is no such deleted pipeline.
            PipelineNameTaken: meanwhile there is another one of its name.
            QuotaExceeded: the organization may have no more pipelines.
            DefinitionRefused, RulesViolated: what was allowed then is not any more.
        """
        pipeline = await self._pipelines.one(pipeline_id, is_deleted=True, for_update=True)
        if pipeline is None:
            raise NotFound("deleted pipeline", pipeline_id)
        content = await self._content(pipeline_id, pipeline.revision)
        made = await self._made(pipeline_id, content.text, content.lock)
        await self._compliance.enforce_pipeline(made.facts)
        await self._quota.ensure_room(Resource.PIPELINES)
        await self._pipelines.mark_deleted(pipeline_id, None, None, pipeline.name)
        await self._plugins.note_use(pipeline_id, made.plugins)
        after = _told(pipeline)
        await self._audit.record(Change("pipelines.restored", "pipeline", pipeline_id, pipeline.name, after=after))
        return msgspec.structs.replace(pipeline, deleted_at=None)

    async def read(self, pipeline_id: UUID) -> tuple[Pipeline, Content]:
        """A pipeline with its newest definition.

        Raises:
            NotFound: there is no such pipeline.
        """
        pipeline = await self._pipelines.one(pipeline_id)
        if pipeline is None:
            raise NotFound("pipeline", pipeline_id)
        return pipeline, await self._content(pipeline_id, pipeline.revision)

    async def revision(self, pipeline_id: UUID, number: int | None) -> Content:
        """One revision of a pipeline; without a number the newest.

        Raises:
            NotFound: there is no such pipeline or revision.
        """
        pipeline, newest = await self.read(pipeline_id)
        if number is None or number == pipeline.revision:
            return newest
        return await self._content(pipeline_id, number)

    async def make(self, pipeline_id: UUID, number: int | None) -> Made:
        """What a revision becomes: plan and template, with the versions of plugins that it is locked to.

        Raises:
            NotFound: there is no such pipeline or revision.
            DefinitionRefused: this version of the platform takes it no more.
        """
        content = await self.revision(pipeline_id, number)
        identity = Identity(self._scope.org_id, pipeline_id)
        return await make(content.text, identity, self._plugins.catalog, content.lock)

    async def count(self) -> int:
        """See `contract.Pipelines`."""
        return await self._pipelines.count()

    async def ids(self, before: UUID | None, limit: int) -> Sequence[tuple[UUID, str]]:
        """See `contract.Pipelines`."""
        return await self._pipelines.ids(before, limit)

    async def facts(self, pipeline_id: UUID) -> PipelineFacts:
        """See `contract.Pipelines`."""
        return (await self.make(pipeline_id, None)).facts

    async def revisions(self, pipeline_id: UUID, before: int | None, limit: int) -> Sequence[Revision]:
        """What a pipeline has been, newest first.

        Raises:
            NotFound: there is no such pipeline.
        """
        if await self._pipelines.one(pipeline_id) is None:
            raise NotFound("pipeline", pipeline_id)
        return await self._pipelines.revisions(pipeline_id, before, limit)

    async def examine(self, text: str) -> tuple[Made, Sequence[Violation]]:
        """What a definition would become, without storing anything.

        Raises:
            DefinitionRefused: nothing.
        """
        pipeline_id = new_id()
        made = await self._made(pipeline_id, text, None)
        return made, await self._compliance.of_pipeline(made.facts)

    async def _changed(self, before: Pipeline, wish: Wish, lock: str | None, action: str) -> Stored:
        made = await self._made(before.id, wish.text, lock)
        violations = await self._compliance.enforce_pipeline(made.facts)
        after = msgspec.structs.replace(
            before,
            name=made.plan.name,
            project=made.plan.project,
            organization=made.plan.organization,
            description=_description(wish, made),
            keywords=list(wish.keywords),
            lifecycle=wish.lifecycle,
            revision=before.revision + 1,
            updated_at=self._clock(),
            updated_by=self._scope.actor.name,
        )
        await self._pipelines.change(after)
        await self._keep(after, wish.text, made, wish.message)
        change = Change(action, "pipeline", after.id, after.name, before=_told(before), after=_told(after))
        await self._audit.record(change)
        return after, made, violations

    async def _made(self, pipeline_id: UUID, text: str, lock: str | None) -> Made:
        return await make(text, Identity(self._scope.org_id, pipeline_id), self._plugins.catalog, lock)

    async def _keep(self, pipeline: Pipeline, text: str, made: Made, message: str) -> None:
        content = Content(
            number=pipeline.revision,
            message=message,
            created_at=pipeline.updated_at,
            created_by=pipeline.updated_by,
            text=text,
            lock=made.lock_text,
            description=pipeline.description,
            keywords=pipeline.keywords,
            lifecycle=pipeline.lifecycle,
        )
        await self._pipelines.add_revision(pipeline.id, content)
        await self._plugins.note_use(pipeline.id, made.plugins)

    async def _for_change(self, pipeline_id: UUID, expected: int) -> Pipeline:
        pipeline = await self._pipelines.one(pipeline_id, for_update=True)
        if pipeline is None:
            raise NotFound("pipeline", pipeline_id)
        if pipeline.revision != expected:
            raise Outdated("pipeline", pipeline.revision)
        return pipeline

    async def _content(self, pipeline_id: UUID, number: int) -> Content:
        content = await self._pipelines.content(pipeline_id, number)
        if content is None:
            raise NotFound("revision", number)
        return content


def _again(content: Content, message: str) -> Wish:
    return Wish(content.text, content.description, content.keywords, content.lifecycle, message)


def _description(wish: Wish, made: Made) -> str:
    """What was said beside the definition, else what the definition says."""
    return wish.description if wish.description is not None else made.loaded.definition.description or ""


def _told(pipeline: Pipeline) -> dict[str, object]:
    """What the audit trail says of a pipeline; its text stands in the revision."""
    names = ("name", "project", "organization", "description", "keywords", "lifecycle", "revision")
    return {name: getattr(pipeline, name) for name in names}
