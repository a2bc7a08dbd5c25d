"""A plugin as its author wrote it: what the step is called, needs, does and leaves behind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, NamedTuple

from pipeline_builder.core.definition.model import (
    IMAGE,
    VARIABLE,
    ComputeType,
    FailureBehavior,
    Permission,
    PluginReference,
    Value,
)
from pipeline_builder.core.plugins import versions
from pipeline_builder.core.schema.annotations import Doc, Ignored, Key, Length, OneOrMany, Pattern, Range

PLUGIN_NAME = Pattern(re.compile(r"[a-z0-9][a-z0-9._-]*"), "lower-case letters, digits and . _ -")
VERSION = Pattern(versions.PUBLISHED, "a semantic version such as 1.2.0, without build metadata")


class PluginType(StrEnum):
    """What a step of this plugin becomes."""

    CODE_BUILD = "CodeBuildStep"
    SHELL = "ShellStep"
    MANUAL_APPROVAL = "ManualApprovalStep"


class BuildType(StrEnum):
    """Where the plugin's image comes from."""

    BUILD_IMAGE = "build_image"
    PREBUILT = "prebuilt"
    METADATA_ONLY = "metadata_only"


class InputType(StrEnum):
    """What kind of value an input takes."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"


class ValueKind(StrEnum):
    """What kind of value a plugin expects in the metadata or the vars of a pipeline."""

    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    BOOLEAN = "boolean"
    JSON = "json"


class OutputKind(StrEnum):
    """What a step leaves behind, so that it can be shown."""

    JUNIT = "junit"
    COBERTURA = "cobertura"
    SARIF = "sarif"
    CYCLONEDX = "cyclonedx"
    CLOUD_ASSEMBLY = "cloud-assembly"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSecret:
    """A secret the step reads from its environment."""

    name: Annotated[str, VARIABLE, Doc("Name of the variable, and of the secret.")]
    required: Annotated[bool, Doc("Without it the step cannot work.")]
    description: Annotated[str | None, Doc("What it is, and where one gets it.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInput:
    """One typed value the author of a definition may give."""

    type: Annotated[InputType, Doc("Kind of value.")]
    description: Annotated[str, Doc("What it does, for people.")]
    env: Annotated[str | None, VARIABLE, Doc("Variable that carries it. Default: the name in upper snake case.")] = None
    default: Annotated[str | None, Doc("Value when none is given.")] = None
    required: Annotated[bool, Doc("Must be given.")] = False
    enum: Annotated[tuple[str, ...], Doc("The only values allowed.")] = ()
    pattern: Annotated[str | None, Doc("A regular expression that the whole value must match.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginOutput:
    """A file or folder the step leaves behind."""

    kind: Annotated[OutputKind, Doc("What it is.")]
    path: Annotated[str, Length(1, 255), Doc("Where it is, relative to the workspace; may be a glob.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSpec:
    """`plugin-spec.yaml`."""

    name: Annotated[str, PLUGIN_NAME, Length(1, 255), Doc("Name, unique per organization.")]
    version: Annotated[str, VERSION, Length(1, 50), Doc("Semantic version; never published twice.")]
    description: Annotated[str | None, Doc("What it does and what makes it fail, for a stranger.")] = None
    keywords: Annotated[tuple[str, ...], Doc("Words to find it by.")] = ()
    category: Annotated[str, Length(1, 50), Doc("Shelf in the catalogue.")] = "unknown"
    plugin_type: Annotated[PluginType, Doc("What a step becomes.")] = PluginType.CODE_BUILD
    aliases: Annotated[tuple[str, ...], Doc("Further names that resolve to this plugin.")] = ()
    compute_type: Annotated[ComputeType, Doc("How large a machine.")] = ComputeType.SMALL
    privileged: Annotated[bool, Doc("Docker inside the step.")] = False
    timeout: Annotated[int | None, Range(0, 2160), Doc("Minutes.")] = None
    failure_behavior: Annotated[FailureBehavior, Doc("What a failure does.")] = FailureBehavior.FAIL
    image: Annotated[str | None, IMAGE, Doc("With `metadata_only`: the image steps run in.")] = None
    secrets: Annotated[tuple[PluginSecret, ...], Doc("Secrets it reads.")] = ()
    primary_output_directory: Annotated[str | None, Length(1, 255), Doc("What later steps receive.")] = None
    metadata: Annotated[Mapping[str, Value], Doc("Environment variables and `aws:cdk:*` keys.")] = field(
        default_factory=dict
    )
    inputs: Annotated[Mapping[str, PluginInput], Length(0, 50), Doc("Typed inputs.")] = field(default_factory=dict)
    env: Annotated[Mapping[str, str], Doc("Fixed environment variables.")] = field(default_factory=dict)
    install_commands: Annotated[tuple[str, ...], OneOrMany(), Doc("First.")] = ()
    commands: Annotated[tuple[str, ...], OneOrMany(), Doc("Then.")] = ()
    outputs: Annotated[tuple[PluginOutput, ...], Doc("What it leaves behind.")] = ()
    cache: Annotated[tuple[str, ...], OneOrMany(), Doc("Paths kept between executions.")] = ()
    permissions: Annotated[tuple[Permission, ...], Doc("What its role must be allowed.")] = ()
    build_args: Annotated[Mapping[str, str], Length(0, 20), Doc("Build arguments of the image.")] = field(
        default_factory=dict
    )
    dockerfile: Annotated[str | None, Doc("Path, when config.yaml has none.")] = None
    required_metadata: Annotated[tuple[str, ...], Doc("Metadata a pipeline must give.")] = ()
    required_vars: Annotated[tuple[str, ...], Doc("Vars a pipeline must give.")] = ()
    metadata_types: Annotated[Mapping[str, ValueKind], Doc("Kinds of the metadata.")] = field(default_factory=dict)
    vars_types: Annotated[Mapping[str, ValueKind], Doc("Kinds of the vars.")] = field(default_factory=dict)
    smoke_test: Annotated[str | None, Doc("A command that shows the image works.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginConfig:
    """`config.yaml`: how the package is built."""

    plugin_spec: Annotated[str, Doc("Path of the spec.")] = "plugin-spec.yaml"
    dockerfile: Annotated[str | None, Doc("Path of the Dockerfile. Default: the spec's, else `Dockerfile`.")] = None
    build_type: Annotated[BuildType, Doc("Where the image comes from.")] = BuildType.BUILD_IMAGE
    image_tag: Annotated[str | None, Key("imageTag"), Ignored("images are referred to by digest")] = None


OWN = "own"
"""Owner of a plugin that belongs to the organization of the definition, whose id may not be known yet."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One published version of a plugin, as a catalog hands it out.

    Attributes:
        owner: namespace of its image: `system`, `org-<orgId>`, or `OWN`.
        digest: `sha256:…` of the built image; None where it is not known (or there is no image).
    """

    spec: PluginSpec
    build_type: BuildType
    owner: str = "system"
    digest: str | None = None

    @property
    def has_image(self) -> bool:
        """Whether its steps run in an image of its own, made from its package."""
        return (
            self.build_type is not BuildType.METADATA_ONLY and self.spec.plugin_type is not PluginType.MANUAL_APPROVAL
        )


class Request(NamedTuple):
    """What a reference asks a catalog for. Equal requests get equal answers."""

    name: str
    version: str
    """An exact version or a range; `*` where the reference does not say."""

    @classmethod
    def of(cls, reference: PluginReference) -> "Request":
        return cls(reference.wanted_name, reference.wanted_version or "*")

    def __str__(self) -> str:
        """As the short form of a reference: `jest@^1.2`."""
        return f"{self.name}@{self.version}"
