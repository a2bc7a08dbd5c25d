"""Evaluating rules: compiled once, then over one pipeline or plugin after the other. Pure, and never forgiving."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline_builder.core.compliance.attributes import PIPELINE, PLUGIN, STEP, Target
from pipeline_builder.core.compliance.conditions import Columns, Condition, Found, Results, Single, singles
from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts, StepFacts
from pipeline_builder.core.compliance.rules import BLOCKING, Rule
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError


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
            judged.judge(rule, found)
        if self._by_target[Target.STEP]:
            wanted = [one for one in STEP if one.name in self._step_attributes]
            columns = Columns({one.name: [one.of(step) for step in facts.steps] for one in wanted})
            for rule in self._by_target[Target.STEP]:
                judged.judge_each(rule, facts.steps, columns)
        return judged.evaluation()

    def evaluate_plugin(
        self, facts: PluginFacts, moment: datetime, is_exempt: Callable[[str], bool] = is_never_exempt
    ) -> Evaluation:
        """Evaluate the rules over a plugin that is about to be published; see `evaluate_pipeline`."""
        judged = _Judged(moment, is_exempt)
        rules = self._by_target[Target.PLUGIN]
        found = _found(PLUGIN, facts) if rules else {}
        for rule in rules:
            judged.judge(rule, found)
        return judged.evaluation()


class _Judged:
    """What is found while rule after rule is evaluated."""

    def __init__(self, moment: datetime, is_exempt: Callable[[str], bool]) -> None:
        self._moment = moment
        self._is_exempt = is_exempt
        self._violations: list[Violation] = []
        self._skipped: list[str] = []
        self._evaluated = 0

    def judge(self, rule: Rule, found: Found) -> None:
        """A rule about the whole of something."""
        if self._judge(rule, lambda condition: [condition.holds(found)]):
            self._violations.append(_violation(rule, found, None, Location(), is_exempt=self._is_exempt(rule.name)))

    def judge_each(self, rule: Rule, steps: Sequence[StepFacts], columns: Columns) -> None:
        """A rule about each step."""
        broken = self._judge(rule, lambda condition: condition.over(columns))
        if broken:
            is_exempt = self._is_exempt(rule.name)
            self._violations += [
                _violation(rule, columns.row(one), steps[one].project.step, steps[one].at, is_exempt=is_exempt)
                for one in broken
            ]

    def _judge(self, rule: Rule, ask: Callable[[Condition], Results]) -> Sequence[int]:
        """Where a rule is broken."""
        if not rule.counts_on(self._moment):
            self._skipped.append(rule.name)
            return ()
        try:
            when = None if rule.when is None else ask(rule.when)
            then = ask(rule.then)
        except Exception as error:
            raise RuleUnevaluable(rule.name) from error
        if not then or (when is not None and True not in when):
            self._skipped.append(rule.name)
            return ()
        self._evaluated += 1
        if False not in then and None not in then:
            return ()
        broken = [place for place, holds in enumerate(then) if holds is not True]
        return broken if when is None else [place for place in broken if when[place] is True]

    def evaluation(self) -> Evaluation:
        return Evaluation(tuple(self._violations), self._evaluated, tuple(self._skipped))


def _violation(rule: Rule, found: Found, step: str | None, at: Location, *, is_exempt: bool) -> Violation:
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
