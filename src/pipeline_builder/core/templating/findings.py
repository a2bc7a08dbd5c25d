"""Findings about expressions, in the words that all uses share."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Severity
from pipeline_builder.core.templating.grammar import Expression, Template
from pipeline_builder.core.templating.values import Data, NotRendered, child, keys_of

PositionOf = Callable[[int], Position | None]
"""Where an offset of the text stands in its author's file; None where that is not known."""


def faults_of(template: Template, at: Location, position_of: PositionOf) -> Iterable[Diagnostic]:
    """What is wrong with how a text is written."""
    for fault in template.faults:
        is_slip = fault.code == "template-near-root"
        yield Diagnostic(
            code=fault.code,
            message=fault.message,
            at=at,
            severity=Severity.WARNING if is_slip else Severity.ERROR,
            hint=fault.hint,
            position=position_of(fault.offset),
        )


def not_rendered(
    problem: NotRendered, expression: Expression, scope: Data, at: Location, position_of: PositionOf
) -> Diagnostic:
    """Why an expression has no value; where the path ends, what stands there instead."""
    hint = problem.hint
    if problem.code == "template-unknown-path":
        hint = _nearest(expression, scope) or "Define it, or give a default: `| default: '…'`."
    return Diagnostic(
        code=problem.code, message=problem.message, at=at, hint=hint, position=position_of(expression.offset)
    )


def _nearest(expression: Expression, scope: Data) -> str | None:
    here = scope
    for index, name in enumerate(expression.path):
        below = child(here, name)
        if below is None:
            known = keys_of(here)
            close = get_close_matches(name, known, n=1)
            if close:
                return f"Did you mean '{'.'.join((*expression.path[:index], close[0]))}'?"
            return None
        here = below
    return None


def secret_used(expression: Expression, at: Location, position_of: PositionOf) -> Diagnostic:
    """A secret is never text: it would stand in the template for everybody to read."""
    return Diagnostic(
        code="template-secret",
        message=f"'{expression}' would put a secret into the template.",
        at=at,
        hint="Bind it under `secrets` of the step; its commands then read it from the environment.",
        position=position_of(expression.offset),
    )


def out_of_scope(expression: Expression, at: Location, position_of: PositionOf) -> Diagnostic:
    """A root of ours that has no value in this place."""
    return Diagnostic(
        code="template-scope",
        message=f"'{expression.path[0]}' has no value here.",
        at=at,
        hint="`env`, `inputs` and `plugin` are known only in the commands, inputs and environment of a step.",
        position=position_of(expression.offset),
    )


def cycle_found(names: Iterable[str], at: Location, position: Position | None) -> Diagnostic:
    """Texts that need one another's values."""
    path = list(names)
    return Diagnostic(
        code="template-cycle",
        message=f"Expressions go round in a circle: {' -> '.join((*path, path[0]))}.",
        at=at,
        hint="Give one of them a value of its own.",
        position=position,
    )
