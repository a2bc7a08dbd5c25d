"""Rendering the texts of one step, which may refer to the step's own environment and inputs."""

from collections.abc import Callable, Collection, Mapping
from functools import partial

from pipeline_builder.core.diagnostics import Location, Position, Report
from pipeline_builder.core.templating.findings import faults_of
from pipeline_builder.core.templating.grammar import parse
from pipeline_builder.core.templating.places import Places
from pipeline_builder.core.templating.rendering import Field, Rendering
from pipeline_builder.core.templating.values import Data, Keys, children

MAXIMUM_RESULTS = 262_144
"""Characters of all rendered texts of a step; a template of a hundred steps is at its own limit long before."""

Path = tuple[str, str]
"""What expressions call a text by, root and name: `("env", "REGION")`."""


def _unknown(_path: Path, _offset: int) -> Position | None:
    return None


def render_fields(
    fields: Mapping[Path, str],
    scope: Mapping[str, Data],
    *,
    at: Callable[[Path], Location],
    report: Report,
    position_of: Callable[[Path, int], Position | None] = _unknown,
    partly_known: Collection[str] = (),
) -> dict[Path, str]:
    """Render texts that may refer to one another by their paths, and to the scope.

    Args:
        fields: by path; one that no expression can name (a command) only needs a path of its own.
        scope: values by root; where a path is both here and a field, the field counts.
        at: where a field stands in the definition, for findings.
        report: gets what cannot be rendered; such texts stay as they are.
        position_of: where in the author's file an offset of a field's text stands.
        partly_known: roots of the scope that may have more than is known: what is missing there is not reported.
    """
    templates: dict[Keys, Field] = {}
    for path, text in fields.items():
        if "{{" not in text:
            continue
        template = parse(text)
        field = Field(template, at(path), partial(position_of, path))
        report.extend(faults_of(template, field.at, field.position_of))
        if not template.is_literal(text):
            templates[path] = field
    if not templates:
        return dict(fields)
    places = _places(fields, scope)
    rendered = Rendering(places, templates, report, room=MAXIMUM_RESULTS, partly_known=partly_known).run()
    return {path: rendered[path].text if path in rendered else text for path, text in fields.items()}


def _places(fields: Mapping[Path, str], scope: Mapping[str, Data]) -> Places:
    """The scope with the fields in it."""
    merged: dict[str, Data] = {**scope}
    own: dict[str, dict[str, Data]] = {}
    for (root, name), text in fields.items():
        if root not in own:
            merged[root] = own[root] = {str(key): value for key, value in children(scope.get(root))}
        own[root][name] = text
    return Places(merged, {(root,): ((root,),) for root in merged})
