"""Statements as policies that fit: IAM limits the size of each document, so long ones are split.

Source: "IAM and AWS STS quotas": inline policies of a role 10,240 characters together, a managed policy 6,144, spaces
not counted; what only AWS can complete is counted at its longest.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.core.planning.model import Conditions, Policy, Statement, Text

_REFERENCE = re.compile(r"\$\{([^}]+)\}")

_LONGEST = {"AWS::AccountId": 12, "AWS::Partition": 10, "AWS::Region": 16, "AWS::StackName": 128, "AWS::StackId": 230}
"""Characters that CloudFormation's own parameters may have."""
_LONGEST_ARN = 100
_LONGEST_PARAMETER = 128


def role_policies(id_stem: str, statements: Sequence[Statement]) -> tuple[Policy, ...]:
    """One inline policy where it fits, managed ones where it does not; sids become unique in the role."""
    named = _with_unique_sids(statements)
    if document_size(named) <= LIMITS["inline-policies-size"].value:
        return (Policy(id=id_stem, name="step", statements=tuple(named)),) if named else ()
    return tuple(
        Policy(id=f"{id_stem}{number}", name=f"part{number}", statements=tuple(part), is_managed=True)
        for number, part in enumerate(_parts(named, LIMITS["managed-policy-size"].value), start=1)
    )


_DOCUMENT = len('{"Version":"2012-10-17","Statement":[]}')


def document_size(statements: Iterable[Statement]) -> int:
    """Characters of a whole policy document, at most."""
    return _DOCUMENT + sum(map(size, statements))


def size(statement: Statement) -> int:
    """Characters of one statement in its document, at most."""
    total = (
        _FRAME
        + len(statement.sid)
        + len(statement.effect)
        + _list_size(statement.actions)
        + _list_size(statement.resources)
    )
    return total + _conditions_size(statement.conditions)


def trust_size(services: Iterable[str], conditions: Conditions) -> int:
    """Characters of the document that says who may assume a role, at most."""
    return _DOCUMENT + _TRUST_FRAME + _list_size(services) + _conditions_size(conditions)


def _conditions_size(conditions: Conditions) -> int:
    if not conditions:
        return 0
    total = len(',"Condition":{}')
    for operator, keys in conditions.items():
        total += len(operator) + len('"":{},')
        total += sum(len(key) + len('"":,') + _list_size(values) for key, values in keys.items())
    return total


_TRUST_FRAME = len('{"Effect":"Allow","Principal":{"Service":},"Action":"sts:AssumeRole"}')
_FRAME = len('{"Sid":"","Effect":"","NotAction":,"Resource":},')


def _list_size(texts: Iterable[Text]) -> int:
    """Characters of a JSON list of these texts, as long as they can become."""
    return 2 + sum(map(_item_size, texts))


def _item_size(text: Text) -> int:
    return len('"",') + (len(text) if isinstance(text, str) else _longest(text.text))


@lru_cache(maxsize=4096)  # the same resources stand in many roles, and in the boundary
def _longest(template: str) -> int:
    return len(_REFERENCE.sub("", template)) + sum(map(_completed, _REFERENCE.findall(template)))


def _completed(name: str) -> int:
    return _LONGEST_ARN if name.endswith(".Arn") else _LONGEST.get(name, _LONGEST_PARAMETER)


def _parts(statements: Sequence[Statement], limit: int) -> list[list[Statement]]:
    parts: list[list[Statement]] = [[]]
    used = _DOCUMENT
    for statement in (piece for whole in statements for piece in _pieces(whole, limit - _DOCUMENT)):
        if used + size(statement) > limit and parts[-1]:
            parts.append([])
            used = _DOCUMENT
        parts[-1].append(statement)
        used += size(statement)
    return parts


def _pieces(statement: Statement, limit: int) -> list[Statement]:
    """A statement too long for one document, as several over parts of its resources."""
    if size(statement) <= limit or len(statement.resources) == 1:
        return [statement]
    half = len(statement.resources) // 2
    halves = (statement.resources[:half], statement.resources[half:])
    return [
        piece
        for letter, resources in zip("AB", halves, strict=True)
        for piece in _pieces(replace(statement, sid=statement.sid + letter, resources=resources), limit)
    ]


def _with_unique_sids(statements: Sequence[Statement]) -> list[Statement]:
    taken: dict[str, int] = {}
    unique = []
    for statement in statements:
        count = taken[statement.sid] = taken.get(statement.sid, 0) + 1
        unique.append(replace(statement, sid=f"{statement.sid}{count}") if count > 1 else statement)
    return unique
