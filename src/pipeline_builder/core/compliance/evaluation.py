"""Evaluating rules: compiled once, then over one pipeline or plugin after the other. Pure, and never forgiving.

Many steps have the same few values of most attributes, so a test is made once for each value and not for each step.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline_builder.core.compliance.attributes import KINDS, PIPELINE, PLUGIN, STEP, Target
from pipeline_builder.core.compliance.conditions import Condition, Found, Single, singles
from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts
from pipeline_builder.core.compliance.rules import BLOCKING, Rule
from pipeline_builder.core.compliance.values import Kind
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

_KINDS = KINDS[Target.STEP]


class RuleUnevaluable(PipelineBuilderError):
    """A rule could not be evaluated. It counts as broken: nothing may pass because of it."""

    code = "rule-unevaluable"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(f"The rule '{rule}' could not be evaluated.")


@dataclass(frozen=True)
class Violation:
    """A rule that is not kept.

    Attributes:
        attribute: what it looks at, with what it computes of it; of several tests, the first that is not true.
        step: of a rule over steps, which one.
        at: where that stands in the definition.
        is_exempt: an exemption holds.
    """

    rule: Rule
    attribute: str
    expected: str
    actual: str
    step: str | None
    at: Location
    is_exempt: bool = False

    @property
    def is_blocking(self) -> bool:
        return self.rule.severity in BLOCKING and not self.is_exempt

    @property
    def message(self) -> str:
        """What is the case, in a sentence."""
        whose = f"Step '{self.step}': " if self.step is not None else ""
        says = self.rule.description.rstrip(".")
        return f"{whose}{says} ({self.attribute} has to {self.expected}, and is {self.actual})."

    def as_diagnostic(self) -> Diagnostic:
        """The violation as a finding about the definition."""
        severity = Severity.ERROR if self.is_blocking else Severity.WARNING
        code = "rule-violated" if self.is_blocking else "rule-warning"
        return Diagnostic(code, f"{self.rule.name}: {self.message}", self.at, severity, self.rule.hint)


@dataclass(frozen=True)
class Evaluation:
    """What came of evaluating rules.

    Attributes:
        violations: rules that are not kept, in their order, and in that of the steps.
        evaluated: how many rules counted.
        skipped: names of rules that did not count: their `when` was met nowhere, or it is not their time.
    """

    violations: tuple[Violation, ...]
    evaluated: int
    skipped: tuple[str, ...]

    @property
    def is_blocked(self) -> bool:
        return any(one.is_blocking for one in self.violations)


def is_never_exempt(_rule: str) -> bool:
    """No exemption holds."""
    return False


class CompiledRules:
    """Rules that are ready to be evaluated."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_target = {target: [one for one in self.rules if one.target is target] for target in Target}
        self._step_attributes = _used(self._by_target[Target.STEP])

    def evaluate_pipeline(
        self, facts: PipelineFacts, moment: datetime, is_exempt: Callable[[str], bool] = is_never_exempt
    ) -> Evaluation:
        """Evaluate the rules over a pipeline and its steps.

        Args:
            facts: the pipeline.
            moment: by which rules begin and end.
            is_exempt: whether this pipeline is exempt from a rule, by its name.

        Raises:
            RuleUnevaluable: a rule cannot be evaluated.
        """
        judged = _Judged(moment, is_exempt)
        found = _found(PIPELINE, facts) if self._by_target[Target.PIPELINE] else {}
        for rule in self._by_target[Target.PIPELINE]:
            judged.judge(rule, [(found, None, Location())])
        if self._by_target[Target.STEP]:
            wanted = [one for one in STEP if one.name in self._step_attributes]
            steps = [(_found(wanted, step), step.project.step, step.at) for step in facts.steps]
            columns = {one.name: [found.get(one.name) for found, _, _ in steps] for one in wanted}
            distinct = {name: set(column) for name, column in columns.items() if _KINDS[name] is not Kind.MAP}
            for rule in self._by_target[Target.STEP]:
                judged.judge(rule, steps, distinct)
        return judged.evaluation()

    def evaluate_plugin(
        self, facts: PluginFacts, moment: datetime, is_exempt: Callable[[str], bool] = is_never_exempt
    ) -> Evaluation:
        """Evaluate the rules over a plugin that is about to be published; see `evaluate_pipeline`."""
        judged = _Judged(moment, is_exempt)
        rules = self._by_target[Target.PLUGIN]
        found = _found(PLUGIN, facts) if rules else {}
        for rule in rules:
            judged.judge(rule, [(found, None, Location())])
        return judged.evaluation()


Subject = tuple[Found, str | None, Location]
"""Something that is judged: what is known of it, which step it is, and where that stands."""


class _Judged:
    """What is found while rule after rule is evaluated."""

    def __init__(self, moment: datetime, is_exempt: Callable[[str], bool]) -> None:
        self._moment = moment
        self._is_exempt = is_exempt
        self._violations: list[Violation] = []
        self._skipped: list[str] = []
        self._evaluated = 0

    def judge(self, rule: Rule, subjects: Sequence[Subject], distinct: Mapping[str, set[Any]] | None = None) -> None:
        if not rule.counts_on(self._moment):
            self._skipped.append(rule.name)
            return
        try:
            if distinct is not None and _all_keep(rule, distinct):
                self._evaluated += 1
                return
            counted = [one for one in subjects if rule.when is None or rule.when.holds(one[0]) is True]
            broken = [one for one in counted if rule.then.holds(one[0]) is not True]
        except Exception as error:
            raise RuleUnevaluable(rule.name) from error
        if not counted:
            self._skipped.append(rule.name)
            return
        self._evaluated += 1
        exempt = bool(broken) and self._is_exempt(rule.name)
        self._violations += [_violation(rule, one, is_exempt=exempt) for one in broken]

    def evaluation(self) -> Evaluation:
        return Evaluation(tuple(self._violations), self._evaluated, tuple(self._skipped))


def _all_keep(rule: Rule, distinct: Mapping[str, set[Any]]) -> bool:
    """Whether every step keeps a rule of a single test, seen from the values that there are."""
    then = rule.then
    if rule.when is not None or not isinstance(then, Single) or then.functions:
        return False
    values = distinct.get(then.attribute)
    if values is None or None in values:
        return False
    test = then.test
    return all(map(test, values))


def _violation(rule: Rule, subject: Subject, *, is_exempt: bool) -> Violation:
    found, step, at = subject
    single = _not_true(rule.then, found)
    return Violation(rule, single.looks_at, single.wants, single.value(found), step, at, is_exempt)


def _not_true(condition: Condition, found: Found) -> Single:
    """The first test that is not true; under `not`, the first of all."""
    tests = list(singles(condition))
    return next((one for one in tests if one.holds(found) is not True), tests[0])


def _found(attributes: Iterable[Any], facts: Any) -> dict[str, Any]:  # noqa: ANN401 -- attributes of what the facts are
    found = {}
    for one in attributes:
        value = one.of(facts)
        if value is not None:
            found[one.name] = value
    return found


def _used(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset(
        single.attribute
        for rule in rules
        for condition in (rule.when, rule.then)
        if condition is not None
        for single in singles(condition)
    )
