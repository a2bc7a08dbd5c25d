"""Metadata: environment variables, and the `aws:cdk:*` keys that say something about the pipeline or a step.

A key without that prefix is an environment variable. What each of the others means is in `metadata_keys`.
"""

import json
from collections.abc import Mapping
from typing import Any

from pipeline_builder.core.definition.metadata_keys import KEYS, PREFIX, TABLE, MetadataKey, Reach
from pipeline_builder.core.definition.metadata_values import NotUnderstood, text
from pipeline_builder.core.definition.model import (
    ComputeType,
    NotificationEvent,
    Permission,
    PipelineVariable,
    SecretReference,
    SubnetNetwork,
    Value,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.findings import nearest, shown

__all__ = [
    "KEYS",
    "PREFIX",
    "TABLE",
    "PipelineSettings",
    "Reach",
    "StepSettings",
    "check_metadata",
    "is_key",
    "pipeline_settings",
    "split",
    "step_settings",
]


@frozen(kw_only=True)
class PipelineSettings:
    """What metadata says about the pipeline. None where it says nothing."""

    self_mutation: bool | None = None
    own_key: bool = False
    docker_for_synth: bool | None = None
    pipeline_name: str | None = None
    pipeline_type: str | None = None
    artifact_retention_days: int | None = None
    kms_key_arn: str | None = None
    notification_topic_arn: str | None = None
    notification_events: tuple[NotificationEvent, ...] = ()
    execution_events: bool = False
    failure_alarm: bool = False
    variables: tuple[PipelineVariable, ...] = ()
    role_arn: str | None = None
    role_name: str | None = None


@frozen(kw_only=True)
class StepSettings:
    """What metadata says about a step. None where it says nothing."""

    commands: tuple[str, ...] | None = None
    install_commands: tuple[str, ...] | None = None
    env: Mapping[str, str] | None = None
    variables: Mapping[str, str | SecretReference] | None = None
    primary_output_directory: str | None = None
    timeout: int | None = None
    role_arn: str | None = None
    compute_type: ComputeType | None = None
    privileged: bool | None = None
    image: str | None = None
    cache: tuple[str, ...] | None = None
    permissions: tuple[Permission, ...] | None = None
    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] | None = None
    security_group_ids: tuple[str, ...] | None = None

    @property
    def network(self) -> SubnetNetwork | None:
        """The network, where metadata names one by its ids."""
        if self.vpc_id is None or not self.subnet_ids:
            return None
        return SubnetNetwork(
            vpc_id=self.vpc_id, subnet_ids=self.subnet_ids, security_group_ids=self.security_group_ids or ()
        )


_NO_SETTINGS = StepSettings()
"""What nearly every step has."""


def split(metadata: Mapping[str, Value]) -> tuple[dict[str, str], dict[str, Value]]:
    """Environment variables, and `aws:cdk:*` keys. Case does not count in these."""
    environment: dict[str, str] = {}
    keys: dict[str, Value] = {}
    for name, value in metadata.items():
        if is_key(name):
            keys[name.lower()] = value
        else:
            environment[name] = _variable(value)
    return environment, keys


def is_key(name: str) -> bool:
    """Whether it is the name of a setting; all others are those of environment variables."""
    return name[: len(PREFIX)].lower() == PREFIX


def _variable(value: Value) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, tuple | Mapping):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text(value)


def check_metadata(metadata: Mapping[str, Value], at: Location, report: Report, *, about: Reach | None = None) -> None:
    """Report keys that are unknown, refused, without effect, or with a value that is not understood.

    Args:
        about: what the metadata can speak of; keys about other things have no effect there. None where they have.
    """
    seen: set[str] = set()
    for name, value in metadata.items():
        if not is_key(name):
            continue
        known = name.lower()
        if known in seen:
            says = f"'{shown(name)}' stands here already, in another case."
            report.add(Diagnostic("duplicate-key", says, at / name, hint="Remove one of them."))
        seen.add(known)
        key = KEYS.get(known)
        finding = _unknown(name, at / name, report) if key is None else _fault(key, name, value, at / name, about)
        if finding is not None:
            report.add(finding)


def _fault(key: MetadataKey, name: str, value: Value, at: Location, about: Reach | None) -> Diagnostic | None:
    if key.refused is not None:
        return Diagnostic("metadata-refused", f"'{name}' cannot be used: {key.refused}.", at, hint="Remove it.")
    if key.moot is not None:
        return Diagnostic("ignored", f"'{name}' has no effect: {key.moot}.", at, Severity.NOTE, "Remove it.")
    if about not in {None, key.reach}:
        says = f"'{name}' has no effect here: it is about the pipeline, not about a step."
        return Diagnostic("metadata-misplaced", says, at, Severity.WARNING, "Move it to `global`.")
    try:
        _converted(key, value)
    except NotUnderstood as problem:
        return Diagnostic("metadata-value", f"'{name}' must be {problem}.", at, hint=key.does)
    return None


def _unknown(name: str, at: Location, report: Report) -> Diagnostic:
    near = nearest(name, KEYS, report)
    hint = f"Did you mean '{near}'?" if near else f"Keys without '{PREFIX}' become environment variables."
    return Diagnostic("metadata-unknown", f"There is no metadata key '{shown(name)}'.", at, hint=hint)


def pipeline_settings(metadata: Mapping[str, Value]) -> PipelineSettings:
    """What metadata says about the pipeline; nothing where it is not understood."""
    return PipelineSettings(**_settings(metadata, Reach.PIPELINE))


def step_settings(metadata: Mapping[str, Value]) -> StepSettings:
    """What metadata says about a step; nothing where it is not understood."""
    settings = _settings(metadata, Reach.STEP)
    return StepSettings(**settings) if settings else _NO_SETTINGS


def _settings(metadata: Mapping[str, Value], reach: Reach) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name, value in metadata.items():
        key = KEYS.get(name.lower())
        if key is not None and key.reach is reach and key.setting is not None:
            try:
                settings[key.setting] = _converted(key, value)
            except NotUnderstood:
                continue  # `check_metadata` has reported it where the author can mend it
    return settings


def _converted(key: MetadataKey, value: Value) -> object:
    return key.convert(value) if key.convert is not None else None
