"""Findings about expressions, in the words that all uses share."""

from collections.abc import Callable, Iterable, Sequence

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Severity
from pipeline_builder.core.templating.filters import Filter
from pipeline_builder.core.templating.grammar import Expression, Template

PositionOf = Callable[[int], Position | None]
"""Where an offset of the text stands in its author's file; None where that is not known."""

_SHOWN_OF_A_CYCLE = 12


def faults_of(template: Template, at: Location, position_of: PositionOf) -> Iterable[Diagnostic]:
    """What is wrong with how a text is written."""
    for fault in template.faults:
        yield Diagnostic(
            code=fault.code,
            message=fault.message,
            at=at,
            severity=fault.severity,
            hint=fault.hint,
            position=position_of(fault.offset),
        )


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
        hint="`env`, `inputs` and `plugin` are known only in the commands, inputs and environment of a step or plugin.",
        position=position_of(expression.offset),
    )


def known_later(expression: Expression, place: Location, at: Location, position_of: PositionOf) -> Diagnostic:
    """A value that itself is rendered later, with what only its step knows."""
    return Diagnostic(
        code="template-scope",
        message=f"'{expression}' needs '{place}', which has expressions that are known only in their step.",
        at=at,
        hint="Put the shared value under `vars`, and refer to it from both places.",
        position=position_of(expression.offset),
    )


def no_value(expression: Expression, hint: str | None, at: Location, position_of: PositionOf) -> Diagnostic:
    """Nothing stands where the path leads, or nothing but null or empty text."""
    return Diagnostic(
        code="template-unknown-path",
        message=f"'{expression}' has no value.",
        at=at,
        hint=hint or f"Define it, or give a default: {{{{ {expression} | default: '…' }}}}.",
        position=position_of(expression.offset),
    )


def not_text(expression: Expression, at: Location, position_of: PositionOf) -> Diagnostic:
    """A list or a mapping where text is needed."""
    return Diagnostic(
        code="template-not-text",
        message=f"'{expression}' is a list or a mapping, which has no text.",
        at=at,
        hint=f"Name one of its values, or take its JSON: {{{{ {expression} | json }}}}.",
        position=position_of(expression.offset),
    )


def wrong_kind(expression: Expression, wanted: Filter, at: Location, position_of: PositionOf) -> Diagnostic:
    """A value that the expression's own filter refuses."""
    return Diagnostic(
        code=wanted.code,
        message=f"The value of '{expression}' must be {wanted.kind}.",
        at=at,
        hint=wanted.hint,
        position=position_of(expression.offset),
    )


def result_too_long(maximum: int, at: Location, position_of: PositionOf) -> Diagnostic:
    """A text that grew beyond what a template can hold."""
    return Diagnostic(
        code="template-too-long",
        message=f"This text has more than {maximum} characters once its expressions are rendered.",
        at=at,
        hint="Refer to a part of the value, or keep the long value in a file of the repository.",
        position=position_of(0),
    )


def results_too_long(maximum: int, at: Location, position_of: PositionOf) -> Diagnostic:
    """Texts that together grew beyond what a template can hold."""
    return Diagnostic(
        code="template-too-many",
        message=f"With this text, all rendered texts together have more than {maximum} characters.",
        at=at,
        hint="Keep long values in files of the repository instead of repeating them in expressions.",
        position=position_of(0),
    )


def too_many_expressions(maximum: int, at: Location, position: Position | None) -> Diagnostic:
    """A document made to keep us busy."""
    return Diagnostic(
        code="template-too-many",
        message=f"With this text, the document has more than {maximum} expressions.",
        at=at,
        hint="Write values out where they do not change.",
        position=position,
    )


def cycle_found(places: Sequence[Location], position: Position | None, at: Location) -> Diagnostic:
    """Texts that need one another's values.

    Args:
        places: each once, in the order in which they refer to one another.
    """
    names = [str(place) or "the whole document" for place in (*places, places[0])]
    if len(names) > _SHOWN_OF_A_CYCLE:
        names[_SHOWN_OF_A_CYCLE - 2 : -1] = ["…"]
    return Diagnostic(
        code="template-cycle",
        message=f"Expressions go round in a circle: {' -> '.join(names)}.",
        at=at,
        hint="Give one of them a value of its own.",
        position=position,
    )


def expression_in_key(at: Location, position: Position | None) -> Diagnostic:
    """A key that looks as if it were rendered."""
    return Diagnostic(
        code="template-in-key",
        message="Keys are not rendered, so this one keeps its braces.",
        at=at,
        severity=Severity.WARNING,
        hint="Write the key out, and use the expression in its value.",
        position=position,
    )
