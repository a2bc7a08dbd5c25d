"""What other domains may use of compliance, and the errors that it raises."""

from collections.abc import Sequence
from typing import Protocol

from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.findings import Finding
from pipeline_builder.kit.wire import Row


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

    @property
    def is_blocking(self) -> bool:
        return self.severity != "warning" and not self.is_exempt


class RulesViolated(PipelineBuilderError):
    """Rules of the organization forbid it.

    Attributes:
        violations: all of them, warnings too.
    """

    code = "rules-violated"
    kind = ErrorKind.FORBIDDEN

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = list(violations)
        blocking = [one for one in violations if one.is_blocking]
        more = "" if len(blocking) <= 1 else f" And {len(blocking) - 1} more."
        super().__init__(f"Rules of this organization forbid it: {blocking[0].message if blocking else ''}{more}")


class ComplianceUnavailable(PipelineBuilderError):
    """The rules could not be evaluated, so nothing was stored."""

    code = "compliance-unavailable"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(f"The rule '{rule}' could not be evaluated, so nothing was stored.")


class RuleRefused(PipelineBuilderError):
    """A rule in which something is wrong.

    Attributes:
        findings: everything that was found.
    """

    code = "rule-refused"
    kind = ErrorKind.INVALID

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        more = "" if len(findings) <= 1 else f" And {len(findings) - 1} more."
        super().__init__(f"The rule cannot be used: {findings[0].message if findings else ''}{more}")


class RuleExists(PipelineBuilderError):
    """The organization has a rule of this name."""

    code = "rule-exists"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"This organization has a rule named '{name}' already.")


class PolicyNameTaken(PipelineBuilderError):
    """The organization has a policy of this name."""

    code = "policy-name-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"This organization has a policy named '{name}' already.")


class OwnRequest(PipelineBuilderError):
    """Nobody approves what they asked for themselves."""

    code = "own-request"
    kind = ErrorKind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("You asked for this exemption yourself; somebody else has to review it.")


class AlreadyReviewed(PipelineBuilderError):
    """Somebody reviewed the request before."""

    code = "already-reviewed"
    kind = ErrorKind.CONFLICT

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"This request is {state} already.")


class Compliance(Protocol):
    """The rules that hold for one organization, in one transaction."""

    async def of_pipeline(self, facts: PipelineFacts) -> Sequence[Violation]:
        """Everything that a pipeline does not keep, warnings and exempted ones too.

        Raises:
            ComplianceUnavailable: a rule cannot be evaluated.
        """
        ...

    async def enforce_pipeline(self, facts: PipelineFacts) -> Sequence[Violation]:
        """The same, and what is left when nothing blocks.

        Raises:
            RulesViolated: something blocks.
            ComplianceUnavailable: a rule cannot be evaluated.
        """
        ...

    async def enforce_plugin(self, facts: PluginFacts) -> Sequence[Violation]:
        """The same for a plugin that is about to be published."""
        ...


class ShippedRules(Protocol):
    """Brings the rule sets that come with the platform into the system organization."""

    async def load(self, tx: Transaction) -> int:
        """Publish what is not published yet, as new revisions what changed; how many rules there are."""
        ...
