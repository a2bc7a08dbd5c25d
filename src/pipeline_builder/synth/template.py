"""A CloudFormation template as a value, and as bytes that are the same for the same plan."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.synth.intrinsics import Json, given

_FORMAT = "2010-09-09"
_quoted = json.encoder.encode_basestring_ascii

_LINE = 100
"""Characters that are read as one line."""


class TemplateTooLarge(PipelineBuilderError):
    """A template has more bytes than CloudFormation takes. Planning refuses what is too large by its commands alone."""

    code = "template-too-large"
    kind = ErrorKind.LIMITED

    def __init__(self, *, size: int, maximum: int) -> None:
        self.size = size
        self.maximum = maximum
        super().__init__(
            f"The template has {size} bytes; AWS allows at most {maximum} (template-size). Split the definition into "
            "several pipelines, or move long commands into files of the repository."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of a template.

    Attributes:
        id: its logical id: a public contract, since CloudFormation replaces what changes its id.
        is_retained: it, and what an update would replace, stays when the stack goes; a creation that failed is undone.
        metadata: for readers of the template; CloudFormation ignores it.
    """

    id: str
    type: str
    properties: Mapping[str, Json]
    is_retained: bool = False
    metadata: Mapping[str, Json] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Json]:
        """The resource as it stands in the template, without its id."""
        kept: dict[str, Json] = (
            {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"} if self.is_retained else {}
        )
        return {"Type": self.type, **kept, **given({"Metadata": self.metadata}), "Properties": given(self.properties)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A whole template. `resources` are by logical id, in the order in which they are written."""

    description: str
    resources: Mapping[str, Resource]
    parameters: Mapping[str, Json] = field(default_factory=dict)
    conditions: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Json]:
        """The template as data."""
        return {
            "AWSTemplateFormatVersion": _FORMAT,
            "Description": self.description,
            **given({"Parameters": self.parameters, "Conditions": self.conditions}),
            "Resources": {name: resource.as_dict() for name, resource in self.resources.items()},
            **given({"Outputs": self.outputs}),
        }

    def as_json(self) -> bytes:
        """The template as ASCII text, laid out so that a difference between two of them is read line by line.

        Raises:
            TemplateTooLarge: CloudFormation would not take it.
        """
        written = _written(self.as_dict(), "\n").encode("ascii") + b"\n"
        maximum = LIMITS["template-size"].value
        if len(written) > maximum:
            raise TemplateTooLarge(size=len(written), maximum=maximum)
        return written


def _written(value: Json, line: str) -> str:
    """What fits into a line stands in one, all else has a line for each member."""
    inner = line + " "
    if isinstance(value, dict):
        opening, closing = "{}"
        members = [
            f"{_quoted(key)}: {_quoted(member) if type(member) is str else _written(member, inner)}"
            for key, member in value.items()
        ]
    elif isinstance(value, list | tuple):
        opening, closing = "[]"
        members = [_written(member, inner) for member in value]
    else:
        return _quoted(value) if isinstance(value, str) else json.dumps(value)
    # A member that needs several lines is longer than one, so this leaves no line break inside a line.
    if sum(map(len, members)) < _LINE:
        return f"{opening}{', '.join(members)}{closing}"
    return f"{opening}{inner}{f',{inner}'.join(members)}{line}{closing}"
