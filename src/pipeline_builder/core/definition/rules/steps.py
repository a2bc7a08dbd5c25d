"""Steps: what they wait for, which secrets and networks they name, and what their commands are."""

import re
from collections.abc import Iterator

from pipeline_builder.core.definition.model import (
    Defaults,
    Definition,
    LookedUpNetwork,
    SecretReference,
    SecurityGroupLookup,
    Stage,
    Step,
    VpcNetwork,
)
from pipeline_builder.core.definition.permissions import faults_in_conditions
from pipeline_builder.core.definition.walks import metadata_of, shared_metadata_of
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.schema.findings import listed, shown


def unknown_need(stage: Stage, at: Location) -> Iterator[Diagnostic]:
    """A step can wait only for steps of its own stage: whole stages wait for one another anyway."""
    labels = dict.fromkeys(step.label for step in stage.steps)
    hint = f"There are: {listed(labels)}." if len(labels) > 1 else "There is no other."
    for index, step in enumerate(stage.steps):
        for need_index, need in enumerate(step.needs):
            if need not in labels or need == step.label:
                yield Diagnostic(
                    code="unknown-need",
                    message=f"Stage '{shown(stage.stage_name)}' has no other step named '{shown(need)}'.",
                    at=Location((*at.keys, "steps", index, "needs", need_index)),
                    hint=hint,
                )


def hidden_variable(step: Step, at: Location) -> Iterator[Diagnostic]:
    """A variable has one value: the secret's."""
    for name in step.env.keys() & step.secrets.keys():
        if step.env[name]:
            yield Diagnostic(
                code="shadowed-variable",
                message=f"'{name}' is also a secret of the step, so this value has no effect.",
                at=at / "env" / name,
                severity=Severity.WARNING,
                hint="Remove it from `env` or from `secrets`.",
            )


def secret_reference(step: Step, at: Location) -> Iterator[Diagnostic]:
    """A secret comes from Secrets Manager or from the Parameter Store, not from both."""
    for name, reference in step.secrets.items():
        fault = _fault_in_secret(reference)
        if fault is not None:
            yield Diagnostic("secret-reference", fault, at / "secrets" / name)


def _fault_in_secret(reference: SecretReference) -> str | None:
    if (reference.secret is None) == (reference.parameter is None):
        return "Name either a `secret` or a `parameter`."
    if reference.parameter is not None and (reference.key or reference.version_stage or reference.version_id):
        return "`key` and versions are of secrets, not of parameters."
    return None


def permissions_of_given_role(step: Step, at: Location) -> Iterator[Diagnostic]:
    """What a template grants it grants to roles that it makes."""
    if step.role is not None and step.permissions:
        yield Diagnostic(
            code="permissions-of-given-role",
            message="The step has a role from outside, to which nothing can be granted here.",
            at=at / "permissions",
            severity=Severity.ERROR,
            hint="Grant it where that role is made, or leave out `role`.",
        )


def permission_condition(step: Step, at: Location) -> Iterator[Diagnostic]:
    """Conditions are those of IAM."""
    return faults_in_conditions(step.permissions, at / "permissions")


# --- networks --------------------------------------------------------------------------------------------------------


def looked_up_network(owner: Step | Defaults, at: Location) -> Iterator[Diagnostic]:
    """A template is made without an account, so nothing can be looked up: ids must be given."""
    network = owner.network
    if isinstance(network, LookedUpNetwork) or (isinstance(network, VpcNetwork) and not network.subnet_ids):
        yield Diagnostic(
            code="looked-up-network",
            message="The subnets would have to be looked up in an account.",
            at=at / "network",
            hint="Give `vpcId` and `subnetIds`.",
        )
    if isinstance(owner, Defaults) and isinstance(owner.security_groups, SecurityGroupLookup):
        yield Diagnostic(
            code="looked-up-network",
            message="The security group would have to be looked up in an account.",
            at=at / "securityGroups",
            hint="Give `securityGroupIds`.",
        )


_VPC, _SUBNETS = "aws:cdk:ec2:network:vpcid", "aws:cdk:ec2:network:subnetids"
_NETWORK_KEYS = frozenset(
    {_VPC, _SUBNETS, "aws:cdk:ec2:network:securitygroupids", "aws:cdk:ec2:securitygroup:securitygroupids"}
)


def incomplete_network(definition: Definition, step: Step, at: Location) -> Iterator[Diagnostic]:
    """A network by metadata is a VPC with subnets; less than both would be lost without a word."""
    given = {
        name.lower(): place / name
        for metadata, place in (*shared_metadata_of(definition), *metadata_of(step, at))
        for name in metadata
        if name.lower() in _NETWORK_KEYS
    }
    missing = {_VPC, _SUBNETS} - given.keys()
    if given and missing and step.network is None:
        name, place = list(given.items())[-1]
        yield Diagnostic(
            code="incomplete-network",
            message=f"'{name}' has no effect without {' and '.join(sorted(missing))}.",
            at=place,
            hint="Use `network` of the step or of `defaults`, or give both keys.",
        )


# --- commands --------------------------------------------------------------------------------------------------------


def open_here_document(step: Step, at: Location) -> Iterator[Diagnostic]:
    """A here-document whose end is missing would wait for it for ever; the shell only warns."""
    for key, commands in _commands(step).items():
        for index, command in enumerate(commands or ()):
            if "<<" in command and _is_open(command):
                yield Diagnostic(
                    code="open-here-document",
                    message="A here-document in this command has no end.",
                    at=at / key / index,
                    severity=Severity.WARNING,
                    hint="Its last line must be the word behind '<<', alone.",
                )


def _commands(step: Step) -> dict[str, tuple[str, ...] | None]:
    return {
        "preInstallCommands": step.pre_install_commands,
        "installCommands": step.install_commands,
        "postInstallCommands": step.post_install_commands,
        "preCommands": step.pre_commands,
        "commands": step.commands,
        "postCommands": step.post_commands,
    }


_HERE_DOCUMENT = re.compile(r"(?<!<)<<(?P<dash>-?)[ \t]*(?P<quote>['\"]?)(?P<word>[A-Za-z_][A-Za-z0-9_]*)(?P=quote)")


def _is_open(command: str) -> bool:
    """Whether the word of some here-document does not stand alone on a line behind it."""
    lines: dict[str, int] = {}
    without_tabs: dict[str, int] = {}
    place = 0
    for line in command.split("\n"):
        lines[line] = without_tabs[line.lstrip("\t")] = place
        place += len(line) + 1
    return any(
        (without_tabs if begin["dash"] else lines).get(begin["word"], -1) < begin.end()
        for begin in _HERE_DOCUMENT.finditer(command)
    )
