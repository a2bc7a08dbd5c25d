"""The author's stages: in which order their steps run, and what is checked around them."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.planning.approvals import plan_approval
from pipeline_builder.core.planning.conditions import plan_condition
from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.model import Action, Stage
from pipeline_builder.core.planning.order import Contradiction, Orderable, run_orders
from pipeline_builder.core.planning.wiring import Wiring


def orders_of(wiring: Wiring, report: Report) -> dict[Location, int]:
    """The run order of every step, by its place."""
    by_stage: dict[str, list[StepDraft]] = {}
    for draft in wiring.drafts:
        by_stage.setdefault(draft.stage, []).append(draft)
    orders: dict[Location, int] = {}
    for members in by_stage.values():
        labels = {draft.label for draft in members}
        found = run_orders([_orderable(draft, wiring, labels) for draft in members])
        if isinstance(found, Contradiction):
            report.add(_contradictory(found, members))
        else:
            orders.update({draft.at: found[draft.label] for draft in members})
    return orders


def _orderable(draft: StepDraft, wiring: Wiring, labels: Collection[str]) -> Orderable:
    """Without needs that no step of the stage has: those are told of as such."""
    needs = [need for need in (*draft.step.needs, *wiring.needs.get(draft.at, ())) if need in labels]
    return Orderable(draft.label, draft.step.position, tuple(needs), is_approval=draft.is_approval)


def _contradictory(found: Contradiction, members: Sequence[StepDraft]) -> Diagnostic:
    first, *others = found.names
    draft = next(member for member in members if member.label == first)
    waits = ", which waits for ".join(f"'{name}'" for name in others)
    ends = "" if others[-1] == first else ", which runs later"
    return Diagnostic(
        code="contradictory-order",
        message=f"Step '{first}' of stage '{draft.stage}' waits for {waits}{ends}.",
        at=draft.at / "needs" if draft.step.needs else draft.at,
        hint="A step can need or read only what runs before it: `pre` before unmarked before `post`, and nothing "
        "behind an approval that stands behind the step.",
    )


def author_stages(
    definition: Definition, actions: Mapping[Location, Action], orders: Mapping[Location, int], wiring: Wiring
) -> Iterator[Stage]:
    """The author's stages, in order.

    Args:
        actions: of the steps that become projects, by their place.
    """
    for index, stage in enumerate(definition.stages):
        at = Location(("stages", index))
        members = [draft for draft in wiring.drafts if draft.stage == stage.stage_name]
        own = [plan_approval(draft, orders[draft.at]) if draft.is_approval else actions[draft.at] for draft in members]
        yield Stage(
            name=stage.stage_name,
            # Sorted by run order for the reader; within one, as written.
            actions=tuple(sorted(own, key=lambda action: action.run_order)),
            environment=stage.environment,
            before_entry=plan_condition(stage.before_entry, at / "beforeEntry", wiring.rules),
            on_success=plan_condition(stage.on_success, at / "onSuccess", wiring.rules),
            on_failure=plan_condition(stage.on_failure, at / "onFailure", wiring.rules),
        )
