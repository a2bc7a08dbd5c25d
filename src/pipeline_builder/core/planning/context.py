"""What all parts of planning share about one pipeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline_builder.core.definition.model import PLATFORM_ID, REGISTRY
from pipeline_builder.core.diagnostics import Location, Position, Report
from pipeline_builder.core.planning.artifacts import ArtifactNames
from pipeline_builder.core.planning.model import ArtifactStore, Parameter, Sub, Text
from pipeline_builder.core.planning.text import joined
from pipeline_builder.core.plugins.model import OWN, Plugin

SECRETS_PREFIX = "pipeline-builder"
"""First part of the names of all secrets that have no other place."""


@dataclass(slots=True, kw_only=True)
class Context:
    """One pipeline being planned. Grows only by names handed out and parameters found necessary.

    Attributes:
        name: of the pipeline.
        org_id: literal, or the parameter OrgId where the definition has none.
        role_path: IAM path of the roles made here.
        scope: what expressions in the texts of steps may name of the whole pipeline.
        position_of: where in the author's file a character of a text of the definition stands.
    """

    name: str
    org_id: Text
    store: ArtifactStore
    log_retention_days: int
    role_path: Text
    registry: str | None
    scope: Mapping[str, Any]
    position_of: Callable[[Location, int], Position | None]
    report: Report
    artifact_names: ArtifactNames = field(default_factory=ArtifactNames)
    parameters: dict[str, Parameter] = field(default_factory=dict)

    def use_org_id(self) -> Text:
        """The organization's id; from now on the template has the parameter, where it is none of the definition's."""
        if isinstance(self.org_id, Sub):
            self.add_parameter(
                Parameter(
                    name="OrgId",
                    description="Id of the organization: part of the names of its secrets and images.",
                    allowed_pattern=PLATFORM_ID.regex.pattern,
                )
            )
        return self.org_id

    def use_registry(self) -> None:
        """From now on the template has the parameters that say where plugin images are pulled from."""
        if "ImageRegistry" in self.parameters:
            return
        self.add_parameter(
            Parameter(
                name="ImageRegistry",
                description="Host of the registry with the plugin images, with a path where there is one.",
                default=self.registry,
                allowed_pattern=REGISTRY.regex.pattern,
            )
        )
        self.add_parameter(
            Parameter(
                name="ImageRegistrySecretArn",
                description="ARN of the secret with user and password for the registry. Empty for ECR.",
                default="",
                allowed_pattern="|arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+",
            )
        )

    def namespace_of(self, plugin: Plugin) -> Text:
        """First part of the image's repository: `system`, or `org-<orgId>`."""
        return joined("org-", self.use_org_id()) if plugin.owner == OWN else plugin.owner

    def add_parameter(self, parameter: Parameter) -> None:
        """The template has this parameter."""
        self.parameters.setdefault(parameter.name, parameter)
