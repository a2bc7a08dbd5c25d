"""Roles and policies, exactly as planned."""

from collections.abc import Mapping, Sequence

from pipeline_builder.core.planning.model import Boundary, Plan, Policy, Role, RoleReference, Statement, Text
from pipeline_builder.synth.intrinsics import Json, get_att, given, one_or_many, ref, text, texts
from pipeline_builder.synth.tags import tags
from pipeline_builder.synth.template import Resource


def role(role: Role, plan: Plan) -> Resource:
    """A role with its inline policies and the managed ones that were split off.

    The role refers to its policies and not the other way round, so that it is never there without them.

    Source: AWS::IAM::Role in the CloudFormation template reference.
    """
    return Resource(
        id=role.id,
        type="AWS::IAM::Role",
        is_retained=role.is_retained,
        properties={
            "Description": role.description,
            "Path": text(role.path),
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    given(
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": one_or_many(role.services)},
                            "Action": "sts:AssumeRole",
                            "Condition": _conditions(role.trust_conditions),
                        }
                    )
                ],
            },
            "PermissionsBoundary": None if role.boundary is None else text(role.boundary),
            "ManagedPolicyArns": [ref(policy.id) for policy in role.policies if policy.is_managed],
            "Policies": [
                {"PolicyName": policy.name, "PolicyDocument": policy_document(policy.statements)}
                for policy in role.policies
                if not policy.is_managed
            ],
            "Tags": tags(plan),
        },
    )


def managed_policy(of_role: tuple[Role, Policy], _plan: Plan) -> Resource:
    """A part of a role's permissions that did not fit into the role. It goes and stays with the role.

    Source: AWS::IAM::ManagedPolicy in the CloudFormation template reference.
    """
    role, policy = of_role
    return Resource(
        id=policy.id,
        type="AWS::IAM::ManagedPolicy",
        is_retained=role.is_retained,
        properties={
            "Description": role.description,
            "Path": text(role.path),
            "PolicyDocument": policy_document(policy.statements),
        },
    )


def boundary(boundary: Boundary, _plan: Plan) -> Resource:
    """The permissions boundary of the roles.

    Source: AWS::IAM::ManagedPolicy in the CloudFormation template reference.
    """
    return Resource(
        id=boundary.id,
        type="AWS::IAM::ManagedPolicy",
        is_retained=True,
        properties={
            "Description": boundary.name,
            "Path": text(boundary.path),
            "PolicyDocument": policy_document(boundary.statements),
        },
    )


def role_arn(reference: RoleReference) -> Json:
    """ARN of a role of the plan, or of one from outside."""
    if reference.id is not None:
        return get_att(reference.id, "Arn")
    return None if reference.arn is None else text(reference.arn)


def policy_document(statements: Sequence[Statement]) -> Json:
    """The statements as a policy document."""
    return {"Version": "2012-10-17", "Statement": [_statement(statement) for statement in statements]}


def _statement(statement: Statement) -> Json:
    rendered = given(
        {
            "Sid": statement.sid,
            "Effect": statement.effect.value,
            "NotAction" if statement.is_about_all_but else "Action": one_or_many(statement.actions),
            "Resource": one_or_many(texts(statement.resources)),
            "Condition": _conditions(statement.conditions),
        }
    )
    return rendered if statement.only_if is None else {"Fn::If": [statement.only_if, rendered, ref("AWS::NoValue")]}


def _conditions(conditions: Mapping[str, Mapping[str, tuple[Text, ...]]]) -> Json:
    return {
        operator: {key: one_or_many(texts(values)) for key, values in keys.items()}
        for operator, keys in conditions.items()
    }
