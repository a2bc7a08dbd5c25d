"""What each step of a deployed template needs, read from what the template says of its project and its action.

The policies have no part in that, and neither has the planner.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from tests.permissions.evaluator import Account, Role, account_of
from tests.permissions.folding import Deployment, NotUnderstood, arn

Request: TypeAlias = tuple[str, str]
"""An action, and what it acts on."""

IN_FORCE: Mapping[str, str | float] = {"aws:SecureTransport": "true", "s3:TlsVersion": 1.3}
"""Context of a request as CodeBuild and CodePipeline send it."""

PIPELINE_KEY_CHARACTERS = 20
ARTIFACT_KEY_CHARACTERS = 10
"""CodePipeline cuts names in the keys of artifacts: `<pipeline>/<artifact>/<random>`."""

_RANDOM = "Ab1Cd2E"
_SUFFIXED = re.compile(r".*-[A-Za-z0-9]{6}")
_READ_SECRET = {"SECRETS_MANAGER": "secretsmanager:GetSecretValue", "PARAMETER_STORE": "ssm:GetParameters"}
_PUT_REPORT = {"JUNITXML": "codebuild:BatchPutTestCases", "COBERTURAXML": "codebuild:BatchPutCodeCoverages"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One project.

    Attributes:
        role: None where it is not the template's own.
        needs: what its role must be able to do.
        private: what no other role may do, unless it needs that itself.
        subnets: ARNs of the subnets it runs in.
    """

    name: str
    role: Role | None
    needs: frozenset[Request]
    private: frozenset[Request]
    subnets: tuple[str, ...]

    @property
    def arn(self) -> str:
        """ARN of the project."""
        return arn("codebuild", f"project/{self.name}")

    def secrets(self) -> set[Request]:
        """Which secrets and parameters it reads."""
        return {one for one in self.needs if one[0] in _READ_SECRET.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A deployed pipeline.

    Attributes:
        role: the pipeline's own; None where it comes from outside.
        objects: of each artifact one.
        policies: ARNs of the managed policies.
        services: by a role's ARN, the service that works with it.
    """

    name: str
    bucket: str
    account: Account
    role: Role | None
    steps: tuple[Step, ...]
    objects: Mapping[str, str]
    policies: tuple[str, ...]
    services: Mapping[str, str]
    resources: Mapping[str, Any]

    @property
    def arn(self) -> str:
        """ARN of the pipeline."""
        return arn("codepipeline", self.name)

    @property
    def update_role_arn(self) -> str | None:
        """ARN of the role by which CloudFormation updates the pipeline's stack."""
        return next((role for role, service in self.services.items() if service == "cloudformation"), None)

    def properties(self, kind: str) -> list[Mapping[str, Any]]:
        """Properties of the resources of a type."""
        return [one["Properties"] for one in self.resources.values() if one["Type"] == kind]

    def may(self, role: Role, request: Request, context: Mapping[str, str | float] | None) -> bool:
        """Whether the role may do this."""
        return self.account.may(role, *request, context)


def deployed(template: Mapping[str, Any]) -> Deployed:
    """The pipeline of a rendered template, as if it were deployed with all parameters given."""
    deployment = Deployment(template)
    account = account_of(deployment)
    (pipeline,) = deployment.of_type("AWS::CodePipeline::Pipeline").values()
    store = pipeline["ArtifactStore"]
    bucket = f"arn:aws:s3:::{store['Location']}"
    actions = [{"Configuration": {}, **action} for stage in pipeline["Stages"] for action in stage["Actions"]]
    folder = f"{bucket}/{pipeline['Name'][:PIPELINE_KEY_CHARACTERS]}"
    objects = {
        artifact["Name"]: f"{folder}/{artifact['Name'][:ARTIFACT_KEY_CHARACTERS]}/{_RANDOM}"
        for action in actions
        for artifact in action.get("OutputArtifacts", ())
    }
    clones = {
        action["OutputArtifacts"][0]["Name"]: _clone(action["Configuration"])
        for action in actions
        if action["Configuration"].get("OutputArtifactFormat") == "CODEBUILD_CLONE_REF"
    }
    shared = {("s3:GetBucketLocation", bucket), ("s3:GetBucketAcl", bucket)}
    if "EncryptionKey" in store:
        shared |= {(action, store["EncryptionKey"]["Id"]) for action in ("kms:Decrypt", "kms:GenerateDataKey")}
    started = {action["Configuration"].get("ProjectName"): action for action in actions}
    steps = []
    for project in deployment.of_type("AWS::CodeBuild::Project").values():
        action = started[project["Name"]]
        read = [artifact["Name"] for artifact in action["InputArtifacts"]]
        carried = {
            *(("s3:GetObject", objects[name]) for name in read),
            *(("s3:PutObject", objects[artifact["Name"]]) for artifact in action.get("OutputArtifacts", ())),
            *(clones[name] for name in read if name in clones),
            *_variables(_given(action)),
        }
        steps.append(_step(project, account, carried, shared))
    return Deployed(
        name=pipeline["Name"],
        bucket=bucket,
        account=account,
        role=account.roles.get(pipeline["RoleArn"]),
        steps=tuple(steps),
        objects=objects,
        policies=tuple(map(deployment.ref, deployment.of_type("AWS::IAM::ManagedPolicy"))),
        services=_services(deployment, actions),
        resources=deployment.resources,
    )


def _step(project: Mapping[str, Any], account: Account, carried: set[Request], shared: set[Request]) -> Step:
    """What a project needs: what its action carries to it and away, what all steps share, and what it says itself."""
    own = {
        *carried,
        *_variables(project["Environment"].get("EnvironmentVariables", ())),
        *_image(project["Environment"]),
        *_log(project),
        *_cache(project),
        *_build_spec(project),
    }
    return Step(
        name=project["Name"],
        role=account.roles.get(project["ServiceRole"]),
        needs=frozenset((*own, *shared, *_network(project))),
        private=frozenset((*own, *_reports(project["Name"], dict.fromkeys(_REPORTS)))),
        subnets=tuple(arn("ec2", f"subnet/{one}") for one in project.get("VpcConfig", {}).get("Subnets", ())),
    )


def _services(deployment: Deployment, actions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Which service works with a role, by where the template names it."""
    rules = deployment.of_type("AWS::Events::Rule").values()
    found = {target["RoleArn"]: "events" for rule in rules for target in rule["Targets"] if "RoleArn" in target}
    for kind, key, service in (
        ("AWS::CodeBuild::Project", "ServiceRole", "codebuild"),
        ("AWS::CodePipeline::Pipeline", "RoleArn", "codepipeline"),
        ("AWS::Lambda::Function", "Role", "lambda"),
    ):
        found |= {properties[key]: service for properties in deployment.of_type(kind).values()}
    updates = (action for action in actions if action["ActionTypeId"]["Provider"] == "CloudFormation")
    return found | {action["Configuration"]["RoleArn"]: "cloudformation" for action in updates}


def _given(action: Mapping[str, Any]) -> list[dict[str, str]]:
    """Variables that the action gives to its project. Source: "AWS CodeBuild build and test action reference"."""
    variables = json.loads(action["Configuration"].get("EnvironmentVariables", "[]"))
    return [{key.capitalize(): value for key, value in one.items()} for one in variables]


def _variables(variables: Sequence[Mapping[str, str]]) -> Iterator[Request]:
    for variable in variables:
        if variable["Type"] in _READ_SECRET:
            place = _secret if variable["Type"] == "SECRETS_MANAGER" else _parameter
            yield _READ_SECRET[variable["Type"]], place(variable["Value"])
        elif variable["Type"] != "PLAINTEXT":
            raise NotUnderstood(f"a variable of the type {variable['Type']}")


def _secret(reference: str) -> str:
    """`name:json-key:version-stage:version-id`, or the same with an ARN, which may lack the six characters at its end.

    Source: "EnvironmentVariable" in the API reference of CodeBuild.
    """
    if not reference.startswith("arn:"):
        return arn("secretsmanager", f"secret:{reference.partition(':')[0]}-{_RANDOM[:6]}")
    place = ":".join(reference.split(":")[:7])
    return place if _SUFFIXED.fullmatch(place) else f"{place}-{_RANDOM[:6]}"


def _parameter(reference: str) -> str:
    return reference if reference.startswith("arn:") else arn("ssm", f"parameter/{reference.removeprefix('/')}")


def _clone(configuration: Mapping[str, str]) -> Request:
    if "ConnectionArn" in configuration:
        return "codeconnections:UseConnection", configuration["ConnectionArn"]
    return "codecommit:GitPull", arn("codecommit", configuration["RepositoryName"])


def _image(environment: Mapping[str, Any]) -> Iterator[Request]:
    if environment["ImagePullCredentialsType"] == "CODEBUILD":
        return
    registry, _, path = environment["Image"].partition("/")
    if ".dkr.ecr." in registry:
        repository = re.split(r"[@:]", path)[0]
        yield "ecr:GetAuthorizationToken", "*"
        for action in ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
            yield action, arn("ecr", f"repository/{repository}")
    if "RegistryCredential" in environment:
        yield "secretsmanager:GetSecretValue", _secret(environment["RegistryCredential"]["Credential"])


def _log(project: Mapping[str, Any]) -> Iterator[Request]:
    group = project["LogsConfig"]["CloudWatchLogs"]["GroupName"]
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield action, arn("logs", f"log-group:{group}:log-stream:{_RANDOM}")


def _cache(project: Mapping[str, Any]) -> Iterator[Request]:
    if project.get("Cache", {}).get("Type") == "S3":
        for action in ("s3:GetObject", "s3:PutObject"):
            yield action, f"arn:aws:s3:::{project['Cache']['Location']}/{_RANDOM}"


def _network(project: Mapping[str, Any]) -> Iterator[Request]:
    """Source: "Allow CodeBuild access to AWS services required to create a VPC network interface"."""
    if "VpcConfig" in project:
        for noun in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs"):
            yield f"ec2:Describe{noun}", "*"
        for verb in ("Create", "Delete"):
            yield f"ec2:{verb}NetworkInterface", arn("ec2", f"network-interface/eni-{_RANDOM}")


_REPORTS = ("coverage", "findings", "tests")


def _build_spec(project: Mapping[str, Any]) -> Iterator[Request]:
    written = project["Source"]["BuildSpec"]
    if written.startswith("arn:"):
        yield "s3:GetObject", written
        return
    specification = yaml.safe_load(written)
    if not set(specification) <= {"version", "env", "phases", "reports", "artifacts", "cache"} or not set(
        specification["env"]
    ) <= {"shell", "exported-variables"}:
        raise NotUnderstood(f"the build specification of {project['Name']}")
    formats = {name: report["file-format"] for name, report in specification.get("reports", {}).items()}
    yield from _reports(project["Name"], formats)


def _reports(project: str, formats: Mapping[str, str | None]) -> Iterator[Request]:
    """CodeBuild makes a group `<project>-<name>` for each name. Without a format, both kinds are meant."""
    for name, file_format in formats.items():
        puts = [_PUT_REPORT[file_format]] if file_format else _PUT_REPORT.values()
        for action in ("codebuild:CreateReportGroup", "codebuild:CreateReport", "codebuild:UpdateReport", *puts):
            yield action, arn("codebuild", f"report-group/{project}-{name}")
