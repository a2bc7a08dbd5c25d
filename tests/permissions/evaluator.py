"""Who may do what, by IAM's documented logic, over a deployed template.

Source: "Policy evaluation logic" and "IAM JSON policy elements" in the IAM user guide. What is not known here fails:
a check that guesses would find nothing wrong.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tests.permissions.folding import ACCOUNT, Deployment, NotUnderstood

Context = Mapping[str, str | float] | None
"""What is known of a request. With `ANY`, each condition of a grant holds and none of a denial: the worst case."""

ANY: Context = None

_ACCOUNT_ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_PARTS_OF_AN_ARN = 6
_POLICY_VARIABLE = "${"


# --- texts and conditions --------------------------------------------------------------------------------------------


def pattern_of(texts: Iterable[str]) -> re.Pattern[str]:
    """What matches any of the texts as a whole: in them `*` is any text, `?` any one character."""
    expressions = []
    for text in texts:
        if _POLICY_VARIABLE in text:
            raise NotUnderstood(f"the policy variable in '{text}'")
        expressions.append(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."))
    return re.compile("|".join(expressions), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether the text is of the pattern."""
    return pattern_of([pattern]).fullmatch(text) is not None


def matches_arn(pattern: str, arn: str) -> bool:
    """Part by part, as condition operators do, so that no wildcard reaches over the first five colons."""
    wanted, parts = pattern.split(":", _PARTS_OF_AN_ARN - 1), arn.split(":", _PARTS_OF_AN_ARN - 1)
    if len(wanted) != _PARTS_OF_AN_ARN:
        raise NotUnderstood(f"'{pattern}', which is no ARN")
    return len(parts) == len(wanted) and all(map(matches, wanted, parts))


_OPERATORS: dict[str, Callable[[str, Any], bool]] = {
    "ArnEquals": lambda wanted, actual: matches_arn(wanted, str(actual)),
    "ArnLike": lambda wanted, actual: matches_arn(wanted, str(actual)),
    "Bool": lambda wanted, actual: wanted.lower() == str(actual).lower(),
    "NumericLessThan": lambda wanted, actual: float(actual) < float(wanted),
    "StringEquals": lambda wanted, actual: wanted == str(actual),
    "StringLike": lambda wanted, actual: matches(wanted, str(actual)),
}
"""Those that templates use. A key that a request lacks makes none of these true."""


# --- statements ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement of a policy.

    Attributes:
        principals: `(kind, name)`, in policies that stand at a resource or a role's trust.
    """

    allows: bool
    actions: re.Pattern[str]
    resources: re.Pattern[str]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    is_not_action: bool = False
    is_not_resource: bool = False
    principals: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, written: Mapping[str, Any], *, has_principal: bool = False, resource: str | None = None) -> "Statement":
        """Read a statement as it stands in a policy.

        Args:
            resource: what the statement is about, where a trust policy leaves that out.
        """
        if unknown := set(written) - _ELEMENTS - ({"Principal"} if has_principal else set()):
            raise NotUnderstood(f"the elements {unknown} of a statement")
        if has_principal is not ("Principal" in written):
            raise NotUnderstood(f"a principal is missing or misplaced in {written}")
        if written["Effect"] not in {"Allow", "Deny"}:
            raise NotUnderstood(f"the effect {written['Effect']}")
        is_not_action, is_not_resource = "NotAction" in written, "NotResource" in written
        resources = written["NotResource"] if is_not_resource else written.get("Resource", resource)
        return cls(
            allows=written["Effect"] == "Allow",
            actions=pattern_of(text.lower() for text in _list(written["NotAction" if is_not_action else "Action"])),
            resources=pattern_of(_list(resources)),
            conditions=tuple(_conditions(written.get("Condition", {}))),
            is_not_action=is_not_action,
            is_not_resource=is_not_resource,
            principals=tuple(_principals(written["Principal"])) if has_principal else (),
        )

    def is_about(self, action: str) -> bool:
        """Whether the statement speaks of this action. Actions have no upper and lower case."""
        return (self.actions.fullmatch(action.lower()) is None) is self.is_not_action

    def is_on(self, resource: str) -> bool:
        """Whether the statement speaks of this resource."""
        return (self.resources.fullmatch(resource) is None) is self.is_not_resource

    def holds(self, context: Context) -> bool:
        """Whether all conditions are met: one of the values of each key of each operator."""
        if context is None:
            return self.allows or not self.conditions
        return all(
            key in context and any(_OPERATORS[operator](value, context[key]) for value in values)
            for operator, key, values in self.conditions
        )


def _list(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(one, str) for one in found):
        raise NotUnderstood(f"{value} is not one text or several")
    return found


def _conditions(written: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for operator, keys in written.items():
        if operator not in _OPERATORS:
            raise NotUnderstood(f"the condition operator {operator}")
        for key, values in keys.items():
            yield operator, key, tuple(str(value) for value in (values if isinstance(values, list) else [values]))


def _principals(written: Any) -> Iterator[tuple[str, str]]:
    if written == "*":
        yield "AWS", "*"
    elif isinstance(written, dict):
        for kind, names in written.items():
            yield from ((kind, name) for name in _list(names))
    else:
        raise NotUnderstood(f"the principal {written}")


def decision(statements: tuple[Statement, ...], action: str, resource: str, context: Context) -> bool | None:
    """True where allowed, False where denied, whatever allows it, and None where nothing is said."""
    effects = {one.allows for one in _about(statements, action) if one.is_on(resource) and one.holds(context)}
    return None if not effects else False not in effects


@lru_cache(maxsize=16_384)  # the same role is asked about one action on many resources
def _about(statements: tuple[Statement, ...], action: str) -> tuple[Statement, ...]:
    return tuple(one for one in statements if one.is_about(action))


# --- roles, and what they act on -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Role:
    """What is attached to a role.

    Attributes:
        boundary: None where it has none; then its policies alone decide.
    """

    arn: str
    policies: tuple[Statement, ...]
    trust: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None = None
    boundary_arn: str | None = None

    def can_be_assumed_by(self, kind: str, name: str, context: Context = ANY) -> bool:
        """Whether its trust policy names the principal, such as `("Service", "codebuild.amazonaws.com")`."""
        named = tuple(
            one for one in self.trust if any(who == kind and text in {name, "*"} for who, text in one.principals)
        )
        return decision(named, "sts:AssumeRole", self.arn, context) is True


@dataclass(frozen=True, slots=True)
class Account:
    """Roles by ARN, and the policies that stand at resources, by the resource's ARN."""

    roles: Mapping[str, Role]
    resource_policies: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)

    def may(self, role: Role, action: str, resource: str, context: Context = ANY) -> bool:
        """Whether the role may do this: its policies allow it, so does its boundary, and nothing denies it."""
        granted = (role.policies, *(() if role.boundary is None else (role.boundary,)))
        if not all(decision(statements, action, resource, context) for statements in granted):
            return False
        for owner, statements in self.resource_policies.items():
            if resource == owner or resource.startswith(f"{owner}/"):
                named = tuple(one for one in statements if _concerns(one, role))
                theirs = decision(named, action, resource, context)
                # A key obeys policies of roles only as far as its own policy leaves that to them. A bucket always does.
                if theirs is False or (theirs is None and owner.split(":")[2] == "kms"):
                    return False
        return True


def _concerns(statement: Statement, role: Role) -> bool:
    """Whether a resource's policy speaks of the role; through the account's root it leaves roles to their policies."""
    return bool({("AWS", "*"), ("AWS", _ACCOUNT_ROOT), ("AWS", role.arn)}.intersection(statement.principals))


def account_of(deployment: Deployment) -> Account:
    """Everything that decides about permissions in a deployed template.

    A boundary from outside is as good as none: what it takes away is not known.
    """
    attached: dict[str, list[Any]] = defaultdict(list)
    managed = {}
    for name, properties in deployment.of_type("AWS::IAM::ManagedPolicy").items():
        managed[deployment.ref(name)] = properties["PolicyDocument"]
        for role in properties.get("Roles", ()):
            attached[role].append(properties["PolicyDocument"])
    for properties in deployment.of_type("AWS::IAM::Policy").values():
        for role in properties["Roles"]:
            attached[role].append(properties["PolicyDocument"])
    roles = {}
    for name, properties in deployment.of_type("AWS::IAM::Role").items():
        inline = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        given = [_known(managed, policy) for policy in properties.get("ManagedPolicyArns", ())]
        boundary = properties.get("PermissionsBoundary")
        arn = deployment.attribute(name, "Arn")
        roles[arn] = Role(
            arn=arn,
            policies=_statements(*inline, *given, *attached[deployment.ref(name)]),
            trust=_statements(properties["AssumeRolePolicyDocument"], has_principal=True, resource=arn),
            boundary=_statements(managed[boundary]) if boundary in managed else None,
            boundary_arn=boundary,
        )
    return Account(roles, dict(_resource_policies(deployment)))


def _known(managed: Mapping[str, Any], policy: str) -> Any:
    if policy not in managed:
        raise NotUnderstood(f"the policy {policy}, which the template does not make")
    return managed[policy]


def _statements(*documents: Any, has_principal: bool = False, resource: str | None = None) -> tuple[Statement, ...]:
    return tuple(
        Statement.of(written, has_principal=has_principal, resource=resource)
        for document in documents
        for written in document["Statement"]
    )


def _resource_policies(deployment: Deployment) -> Iterator[tuple[str, tuple[Statement, ...]]]:
    for name, resource in deployment.resources.items():
        properties = resource["Properties"]
        match resource["Type"]:
            case "AWS::S3::BucketPolicy":
                yield f"arn:aws:s3:::{properties['Bucket']}", _of_resource(properties["PolicyDocument"])
            case "AWS::KMS::Key":
                yield deployment.attribute(name, "Arn"), _of_resource(properties["KeyPolicy"])
            case "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" | "AWS::IAM::Role":
                pass
            case kind if kind == "AWS::Lambda::Permission" or any("Policy" in key for key in properties):
                raise NotUnderstood(f"the policy of {name}, which is an {kind}")
            case _:
                pass  # nothing else decides who may do what


def _of_resource(document: Any) -> tuple[Statement, ...]:
    statements = _statements(document, has_principal=True)
    for statement in statements:
        if statement.allows and set(statement.principals) != {("AWS", _ACCOUNT_ROOT)}:
            raise NotUnderstood(f"a resource that is open to {statement.principals}")
    return statements
