"""Rules as they are written, and read from documents: YAML or JSON, one rule or a set of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated

from pipeline_builder.core.compliance.attributes import KINDS, Target
from pipeline_builder.core.compliance.conditions import Condition, ConditionReader
from pipeline_builder.core.definition.model import Value
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.documents import read_data, read_document
from pipeline_builder.core.schema.annotations import Doc, Length, OneOrMany, Pattern
from pipeline_builder.core.schema.reader import read

RULE_NAME = Pattern(re.compile(r"[a-z0-9][a-z0-9._-]*"), "lower-case letters, digits and . _ -")
_DAY = Pattern(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "a day such as 2026-01-31")

BLOCKING = frozenset({"error", "critical"})
"""Severities that nothing is stored against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRule:
    """One rule, as it is written."""

    name: Annotated[str, RULE_NAME, Length(1, 100), Doc("Name, unique in its set.")]
    description: Annotated[str, Length(1, 500), Doc("What it is for, in a sentence for whoever breaks it.")]
    target: Annotated[Target, Doc("What it is about: the pipeline, each of its steps, or a plugin that is published.")]
    severity: Annotated[
        str, Pattern(re.compile("warning|error|critical"), "warning, error or critical"), Doc("The last two block.")
    ] = "error"
    when: Annotated[Value, Doc("A condition under which the rule counts at all. Default: always.")] = None
    then: Annotated[Value, Doc("The condition that has to be true.")] = None
    attribute: Annotated[str | None, Doc("The shorter form of a single test, instead of `then`.")] = None
    operator: Annotated[str | None, Doc("Of the shorter form.")] = None
    value: Annotated[Value, Doc("Of the shorter form.")] = None
    effective_from: Annotated[str | None, _DAY, Doc("First day (UTC) on which it counts.")] = None
    effective_until: Annotated[str | None, _DAY, Doc("Last day (UTC) on which it counts.")] = None
    tags: Annotated[tuple[str, ...], OneOrMany(), Length(0, 50), Doc("Words to find it by.")] = ()
    hint: Annotated[str | None, Length(1, 500), Doc("What to do about it.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSet:
    """A set of rules, as it is written."""

    rules: Annotated[tuple[WrittenRule, ...], Length(1, 1000), Doc("The rules.")]
    policies: Annotated[Mapping[str, tuple[str, ...]], Doc("Named lists of rules, by their names.")] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class Rule:
    """One rule that can be evaluated."""

    name: str
    description: str
    target: Target
    severity: str
    when: Condition | None
    then: Condition
    effective_from: datetime | None
    effective_until: datetime | None
    tags: tuple[str, ...]
    hint: str | None

    def counts_on(self, moment: datetime) -> bool:
        """Whether it counts at a time."""
        has_begun = self.effective_from is None or self.effective_from <= moment
        return has_begun and (self.effective_until is None or moment < self.effective_until)


@dataclass(frozen=True)
class RuleSet:
    """Rules, and the policies that put them together."""

    rules: tuple[Rule, ...]
    policies: Mapping[str, tuple[str, ...]]


def read_rules(content: bytes, name: str, report: Report) -> RuleSet | None:
    """Read a document with a set of rules.

    Args:
        content: of the file.
        name: how findings call it.
        report: gets everything that is wrong.
    """
    document = read_document(content, name, report)
    if document is None:
        return None
    found = Report()
    written = read(WrittenSet, document.root, Location(), found)
    rules = () if written is None else _rules(written, found)
    report.extend(map(document.located, found))
    if written is None or found.has_errors:
        return None
    return RuleSet(rules, written.policies)


def read_rule(data: object, report: Report) -> Rule | None:
    """Read one rule from data, as JSON would hold them.

    Args:
        data: of the rule.
        report: gets everything that is wrong.
    """
    document = read_data(data, "rule", report)
    if document is None:
        return None
    found = Report()
    written = read(WrittenRule, document.root, Location(), found)
    rule = None if written is None else _rule(written, Location(), found)
    report.extend(map(document.located, found))
    return None if found.has_errors else rule


def _rules(written: WrittenSet, report: Report) -> tuple[Rule, ...]:
    rules = []
    seen: set[str] = set()
    for place, one in enumerate(written.rules):
        at = Location() / "rules" / place
        if one.name in seen:
            says = f"There is another rule named '{one.name}'."
            report.add(Diagnostic("duplicate-rule", says, at / "name", hint="Give one of them another name."))
        seen.add(one.name)
        rule = _rule(one, at, report)
        if rule is not None:
            rules.append(rule)
    for policy, names in written.policies.items():
        for place, name in enumerate(names):
            if name not in seen:
                says = f"The policy '{policy}' names the rule '{name}', which is not in this set."
                report.add(Diagnostic("unknown-rule", says, Location() / "policies" / policy / place))
    return tuple(rules)


def _rule(written: WrittenRule, at: Location, report: Report) -> Rule | None:
    reader = ConditionReader(KINDS[written.target], report)
    when = None if written.when is None else reader.read(written.when, at / "when")
    short = {"attribute": written.attribute, "operator": written.operator, "value": written.value}
    is_short = written.attribute is not None or written.operator is not None
    if is_short == (written.then is not None):
        says = (
            f"The rule '{written.name}' says twice what has to be true."
            if is_short
            else f"The rule '{written.name}' does not say what has to be true."
        )
        report.add(Diagnostic("condition-unclear", says, at, hint="Write `then`, or `attribute` and `operator`."))
        return None
    then = (
        reader.read({key: one for key, one in short.items() if one is not None}, at)
        if is_short
        else reader.read(written.then, at / "then")
    )
    first = _day(written.effective_from, at / "effectiveFrom", report)
    last = _day(written.effective_until, at / "effectiveUntil", report)
    if first is not None and last is not None and first > last:
        report.add(Diagnostic("value-unfit", "The rule ends before it begins.", at / "effectiveUntil"))
    if then is None or (when is None and written.when is not None):
        return None
    return Rule(
        name=written.name,
        description=written.description,
        target=written.target,
        severity=written.severity,
        when=when,
        then=then,
        effective_from=_midnight(first),
        effective_until=None if last is None else _midnight(date.fromordinal(last.toordinal() + 1)),
        tags=written.tags,
        hint=written.hint,
    )


def _day(text: str | None, at: Location, report: Report) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        report.add(Diagnostic("value-unfit", f"There is no day {text}.", at))
        return None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
