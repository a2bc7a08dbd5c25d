"""What may be asked for in a policy."""

import re
from collections.abc import Iterable, Iterator, Mapping

from pipeline_builder.core.definition.model import Permission
from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.schema.findings import shown

_OPERATORS = re.compile(
    r"(ForAllValues:|ForAnyValue:)?"
    r"(Null|(String(Not)?(Equals(IgnoreCase)?|Like)|Arn(Not)?(Equals|Like)|(Not)?IpAddress|Bool|BinaryEquals"
    r"|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?))(IfExists)?)"
)
"""Source: "IAM JSON policy elements: Condition operators" in the IAM user guide."""


def faults_in_conditions(permissions: Iterable[Permission], at: Location) -> Iterator[Diagnostic]:
    """IAM would refuse a policy with any other condition, in the middle of a deployment.

    Args:
        at: where the list of permissions stands.
    """
    for index, permission in enumerate(permissions):
        for operator, keys in permission.conditions.items():
            if not _OPERATORS.fullmatch(operator) or not isinstance(keys, Mapping):
                yield Diagnostic(
                    code="permission-condition",
                    message=f"'{shown(operator)}' is no condition that IAM knows.",
                    at=at / index / "conditions" / operator,
                    hint="Write operator, key and values: `{StringEquals: {aws:RequestedRegion: eu-west-1}}`.",
                )
