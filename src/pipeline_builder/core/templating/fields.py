"""Rendering the texts of one step, which may refer to the step's own environment."""

from collections.abc import Callable, Mapping

from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.templating.findings import (
    cycle_found,
    faults_of,
    not_rendered,
    out_of_scope,
    secret_used,
)
from pipeline_builder.core.templating.grammar import Expression, Template, parse
from pipeline_builder.core.templating.ordering import in_dependency_order
from pipeline_builder.core.templating.values import Data, NotRendered, child, finished

Path = tuple[str, ...]
"""What expressions call a text by: `("env", "REGION")`."""


def render_fields(
    fields: Mapping[Path, str], scope: Mapping[str, Data], *, at: Callable[[Path], Location], report: Report
) -> dict[Path, str]:
    """Render texts that may refer to one another by their paths, and to the scope.

    Args:
        fields: by path; one that no expression can name (a command) only needs a path of its own.
        scope: values by root; where a path is both here and a field, the field counts.
        at: where a field stands in the definition, for findings.
        report: gets what cannot be rendered; such texts stay as they are.
    """
    rendered = dict(fields)
    templates: dict[Path, Template] = {}
    for path, text in fields.items():
        if "{{" in text:
            templates[path] = template = parse(text)
            report.extend(faults_of(template, at(path), _unknown))
    needs = {path: [one.path for one in template.expressions] for path, template in templates.items()}
    order, cycles = in_dependency_order(needs)
    for cycle in cycles:
        report.add(cycle_found([".".join(path) for path in cycle], at(cycle[0]), None))
    for path in order:
        texts = [
            part if isinstance(part, str) else _value(part, fields, rendered, scope, at(path), report)
            for part in templates[path].parts
        ]
        if all(text is not None for text in texts):
            rendered[path] = "".join(text for text in texts if text is not None)
    return rendered


def _value(
    expression: Expression,
    fields: Mapping[Path, str],
    rendered: Mapping[Path, str],
    scope: Mapping[str, Data],
    at: Location,
    report: Report,
) -> str | None:
    root = expression.path[0]
    if root == "secrets":
        report.add(secret_used(expression, at, _unknown))
        return None
    is_sibling = expression.path in fields
    if not is_sibling and root not in scope and not any(path[0] == root for path in fields):
        report.add(out_of_scope(expression, at, _unknown))
        return None
    value: Data = rendered[expression.path] if is_sibling else scope
    if not is_sibling:
        for key in expression.path:
            value = child(value, key)
    try:
        return finished(expression, value)
    except NotRendered as problem:
        report.add(not_rendered(problem, expression, _everything(scope, rendered), at, _unknown))
        return None


def _everything(scope: Mapping[str, Data], rendered: Mapping[Path, str]) -> dict[str, Data]:
    """The scope with the fields in it, to look for what was meant."""
    merged: dict[str, Data] = dict(scope)
    for path, text in rendered.items():
        if len(path) == 2:  # noqa: PLR2004 -- root and name; longer paths cannot be meant
            below = merged.get(path[0])
            merged[path[0]] = {**(below if isinstance(below, dict) else {}), path[1]: text}
    return merged


def _unknown(_offset: int) -> None:
    return None
