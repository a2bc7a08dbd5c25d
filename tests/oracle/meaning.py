"""What a template with a pipeline means, whatever wrote it: two templates that do the same have the same meaning.

Names that nobody sees (logical ids, artifact names, namespaces, names of projects) are followed and then forgotten;
permissions are not part of it. Knows CloudFormation, CodePipeline and CodeBuild, and nothing of what renders templates
here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_DEFAULTS = {
    "CodeCommit": {"OutputArtifactFormat": "CODE_ZIP"},
    "CodeStarSourceConnection": {"OutputArtifactFormat": "CODE_ZIP"},
}
"""What CodePipeline takes where an action's configuration says nothing."""


def meaning(template: Mapping[str, Any]) -> dict[str, Any]:
    """The pipeline of a template: its stages, what their actions do and with what, and what starts it."""
    return _Reader(template).pipeline()


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two meanings differ, a line for each place."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = [*ours, *(key for key in theirs if key not in ours)]
        return [line for key in keys for line in differences(ours.get(key), theirs.get(key), f"{path}/{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [line for place, (one, other) in pairs for line in differences(one, other, f"{path}/{place}")]
    return [] if ours == theirs else [f"{path}: ours {ours!r}, theirs {theirs!r}"]


def artifact_names(template: Mapping[str, Any]) -> list[str]:
    """What the artifacts of the pipeline are called, which commands see in the names of variables."""
    (pipeline,) = [one for one in template["Resources"].values() if one["Type"] == "AWS::CodePipeline::Pipeline"]
    return [
        artifact["Name"]
        for stage in pipeline["Properties"]["Stages"]
        for action in stage["Actions"]
        for artifact in action.get("OutputArtifacts", [])
    ]


class _Reader:
    def __init__(self, template: Mapping[str, Any]) -> None:
        self._resources: Mapping[str, Any] = template["Resources"]
        self._parameters: Mapping[str, Any] = template.get("Parameters", {})

    def pipeline(self) -> dict[str, Any]:
        (pipeline,) = self._of_type("AWS::CodePipeline::Pipeline")
        producers = self._producers(pipeline)
        namespaces = _namespaces(pipeline)
        return {
            "type": pipeline.get("PipelineType"),
            "execution mode": pipeline.get("ExecutionMode", "SUPERSEDED"),
            "variables": pipeline.get("Variables", []),
            "triggers": [_trigger(trigger) for trigger in pipeline.get("Triggers", [])],
            "has own key": "EncryptionKey" in pipeline["ArtifactStore"],
            "starts": sorted(self._starts(), key=str),
            "order of stages": [stage["Name"] for stage in pipeline["Stages"]],
            "stages": {
                stage["Name"]: list(self._actions(stage, producers, namespaces)) for stage in pipeline["Stages"]
            },
            "conditions": {
                stage["Name"]: {key: stage[key] for key in ("BeforeEntry", "OnSuccess", "OnFailure") if key in stage}
                for stage in pipeline["Stages"]
            },
        }

    # --- actions

    def _actions(
        self, stage: Mapping[str, Any], producers: Mapping[str, str], namespaces: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        """In the order in which they run; those of one run order by name."""
        for action in sorted(stage["Actions"], key=lambda one: (one.get("RunOrder", 1), one["Name"])):
            kind = action["ActionTypeId"]
            configuration = {key: self._text(value) for key, value in action.get("Configuration", {}).items()}
            inputs = [producers[one["Name"]] for one in action.get("InputArtifacts", [])]
            read: dict[str, Any] = {
                "name": action["Name"],
                "run order": action.get("RunOrder", 1),
                "does": f"{kind['Owner']}/{kind['Category']}/{kind['Provider']}@{kind['Version']}",
                "timeout": action.get("TimeoutInMinutes"),
            }
            if kind["Provider"] == "CodeBuild":
                project = self._resource(action["Configuration"]["ProjectName"])
                names = [one["Name"] for one in action.get("OutputArtifacts", [])]
                read["build"] = self._build(project, configuration, names, namespaces)
                primary = producers.get(configuration.get("PrimarySource", ""), inputs[0])
                read["works on"] = primary
                read["also reads"] = sorted(set(inputs) - {primary})
            else:
                read["configuration"] = _DEFAULTS.get(kind["Provider"], {}) | _in_artifacts(configuration, producers)
            yield read

    def _producers(self, pipeline: Mapping[str, Any]) -> dict[str, str]:
        """Who puts out an artifact, by the artifact's name: `stage/action`, with the output's place among several."""
        found = {}
        for stage in pipeline["Stages"]:
            for action in stage["Actions"]:
                for place, artifact in enumerate(action.get("OutputArtifacts", [])):
                    found[artifact["Name"]] = f"{stage['Name']}/{action['Name']}#{place}"
        return found

    def _build(
        self,
        project: Mapping[str, Any],
        configuration: Mapping[str, str],
        outputs: list[str],
        namespaces: Mapping[str, str],
    ) -> dict[str, Any]:
        environment = project["Environment"]
        late = json.loads(_followed(configuration.get("EnvironmentVariables", "[]"), namespaces))
        return {
            "image": self._text(environment["Image"]),
            "pulled by": environment.get("ImagePullCredentialsType"),
            "compute": environment["ComputeType"],
            "machine": environment["Type"],
            "privileged": environment.get("PrivilegedMode", False),
            "timeout": project.get("TimeoutInMinutes", 60),
            "queued timeout": project.get("QueuedTimeoutInMinutes", 480),
            "variables": {
                **{one["Name"]: self._variable(one) for one in environment.get("EnvironmentVariables", [])},
                **{one["name"]: f"{one.get('type', 'PLAINTEXT')} {one['value']}" for one in late},
            },
            "network": self._network(project.get("VpcConfig")),
            "keeps its log": "LogsConfig" in project,
            **_build_spec(self._text(project["Source"]["BuildSpec"]), outputs),
        }

    def _variable(self, variable: Mapping[str, Any]) -> str:
        return f"{variable.get('Type', 'PLAINTEXT')} {self._text(variable['Value'])}"

    def _network(self, config: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if config is None:
            return None
        groups = [self._text(group) for group in config["SecurityGroupIds"]]
        return {"vpc": config["VpcId"], "subnets": sorted(config["Subnets"]), "groups": sorted(groups)}

    def _starts(self) -> Iterator[dict[str, Any]]:
        for rule in self._of_type("AWS::Events::Rule"):
            if any(":codepipeline:" in self._text(target["Arn"]) for target in rule["Targets"]):
                pattern = rule.get("EventPattern", {})
                yield {
                    "schedule": rule.get("ScheduleExpression"),
                    "source": pattern.get("source"),
                    "event": pattern.get("detail-type"),
                }

    # --- what CloudFormation completes

    def _of_type(self, resource_type: str) -> list[Mapping[str, Any]]:
        return [one["Properties"] for one in self._resources.values() if one["Type"] == resource_type]

    def _resource(self, reference: Mapping[str, str]) -> Mapping[str, Any]:
        properties: Mapping[str, Any] = self._resources[reference["Ref"]]["Properties"]
        return properties

    def _text(self, value: Any) -> str:
        match value:
            case {"Ref": name}:
                return self._named(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return f"{self._named(name)}.{attribute}"
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self._text(part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^!}]+)\}", lambda found: self._reference(found[1]), text)
            case bool():
                return str(value).lower()
            case _:
                return str(value)

    def _reference(self, name: str) -> str:
        resource, dot, attribute = name.partition(".")
        return self._named(resource) + dot + attribute

    def _named(self, name: str) -> str:
        """A parameter, or what kind of resource it is: which one shows in what surrounds it."""
        if name in self._resources:
            return f"<{self._resources[name]['Type']}>"
        return f"<{name}>"


def _namespaces(pipeline: Mapping[str, Any]) -> dict[str, str]:
    """Who exports variables, by the namespace they stand in: `stage/action`."""
    return {
        action["Namespace"]: f"{stage['Name']}/{action['Name']}"
        for stage in pipeline["Stages"]
        for action in stage["Actions"]
        if "Namespace" in action
    }


def _followed(text: str, namespaces: Mapping[str, str]) -> str:
    """A text whose references to variables name the action that exports them."""
    return re.sub(r"#\{([^.}]+)\.", lambda found: f"#{{{namespaces.get(found[1], found[1])}.", text)


def _trigger(trigger: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of patterns have no order."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return sorted((plain(inner) for inner in value), key=str)
        return value

    return dict(plain(trigger["GitConfiguration"]))


def _in_artifacts(configuration: Mapping[str, str], producers: Mapping[str, str]) -> dict[str, str]:
    """`artifact::path` with the artifact told by who makes it; roles are permissions, so not looked at."""
    told = {}
    for key, value in configuration.items():
        artifact, separator, path = value.partition("::")
        if key != "RoleArn":
            told[key] = f"{producers[artifact]}{separator}{path}" if separator and artifact in producers else value
    return told


def _build_spec(text: str, outputs: list[str]) -> dict[str, Any]:
    spec = yaml.safe_load(text)
    artifacts = spec.get("artifacts", {})
    kept = artifacts.get("secondary-artifacts") or ({outputs[0]: artifacts} if outputs else {})
    return {
        "commands": [
            command
            for phase in ("install", "pre_build", "build", "post_build")
            for command in spec["phases"].get(phase, {}).get("commands", [])
        ],
        "hands on": [
            {"from": kept.get(name, {}).get("base-directory", "."), "files": kept.get(name, {}).get("files")}
            for name in outputs
        ],
        "exports": spec.get("env", {}).get("exported-variables", []),
        "reports": sorted(
            (report["file-format"], sorted(report["files"])) for report in spec.get("reports", {}).values()
        ),
        "caches": spec.get("cache", {}).get("paths", []),
    }


def _handed_on(artifact: Mapping[str, Any]) -> dict[str, Any]:
    return {"from": artifact.get("base-directory", "."), "files": artifact.get("files")}
