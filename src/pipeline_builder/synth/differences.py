"""What changes from one template to another, in words: stages, steps, commands, images, permissions."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from typing import Any

Document = Mapping[str, Any]


class Area(StrEnum):
    """What a change is about; permissions are told apart because they deserve a second look."""

    PIPELINE = "pipeline"
    STAGE = "stage"
    STEP = "step"
    COMMANDS = "commands"
    IMAGE = "image"
    PERMISSION = "permission"
    PARAMETER = "parameter"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        says: a sentence.
        detail: lines of a unified diff, where there is one.
    """

    area: Area
    says: str
    detail: tuple[str, ...] = ()


def differences(old: Document, new: Document) -> tuple[Change, ...]:
    """Every difference between two templates of ours, the pipeline's first. Works on any template, with fewer words."""
    return tuple(
        change
        for part in (_pipeline, _stages, _projects, _permissions, _parameters, _resources)
        for change in part(old, new)
    )


# --- the pipeline and its stages -------------------------------------------------------------------------------------


def _pipeline(old: Document, new: Document) -> Iterator[Change]:
    before, after = _properties_of_pipeline(old), _properties_of_pipeline(new)
    for key in _keys(before, after):
        if key != "Stages" and before.get(key) != after.get(key):
            yield Change(Area.PIPELINE, f"The pipeline's {key} {_became(before.get(key), after.get(key))}.")


def _stages(old: Document, new: Document) -> Iterator[Change]:
    before, after = _stages_of(old), _stages_of(new)
    for name in _keys(before, after):
        if name not in after:
            yield Change(Area.STAGE, f"Stage '{name}' is removed.")
        elif name not in before:
            steps = ", ".join(f"'{action}'" for action in _actions(after[name]))
            yield Change(Area.STAGE, f"Stage '{name}' is added, with {steps}.")
        else:
            yield from _stage(name, before[name], after[name])
    common_before = [name for name in before if name in after]
    common_after = [name for name in after if name in before]
    if common_before != common_after:
        yield Change(Area.STAGE, f"The stages run in another order: {', '.join(after)}.")


def _stage(name: str, before: Document, after: Document) -> Iterator[Change]:
    for key in ("BeforeEntry", "OnSuccess", "OnFailure"):
        if before.get(key) != after.get(key):
            yield Change(Area.STAGE, f"{key} of stage '{name}' {_became(before.get(key), after.get(key))}.")
    old, new = _actions(before), _actions(after)
    for step in _keys(old, new):
        if step not in new:
            yield Change(Area.STEP, f"Step '{step}' of stage '{name}' is removed.")
        elif step not in old:
            yield Change(Area.STEP, f"Step '{step}' of stage '{name}' is added.")
        else:
            for key in _keys(old[step], new[step]):
                if old[step].get(key) != new[step].get(key):
                    became = _became(old[step].get(key), new[step].get(key))
                    yield Change(Area.STEP, f"{key} of step '{step}' in stage '{name}' {became}.")


def _properties_of_pipeline(template: Document) -> Document:
    return next(iter(_of_type(template, "AWS::CodePipeline::Pipeline").values()), {})


def _stages_of(template: Document) -> dict[str, Document]:
    return {stage["Name"]: stage for stage in _properties_of_pipeline(template).get("Stages", ())}


def _actions(stage: Document) -> dict[str, Document]:
    return {action["Name"]: action for action in stage.get("Actions", ())}


# --- projects --------------------------------------------------------------------------------------------------------


def _projects(old: Document, new: Document) -> Iterator[Change]:
    before, after = _of_type(old, "AWS::CodeBuild::Project"), _of_type(new, "AWS::CodeBuild::Project")
    for resource_id in before:
        if resource_id in after:
            yield from _project(before[resource_id], after[resource_id])


def _project(before: Document, after: Document) -> Iterator[Change]:
    step = f"the project '{after.get('Name', '')}'"
    old, new = before.get("Environment", {}), after.get("Environment", {})
    if old.get("Image") != new.get("Image"):
        yield Change(Area.IMAGE, f"The image of {step} {_became(old.get('Image'), new.get('Image'))}.")
    script = before.get("Source", {}).get("BuildSpec"), after.get("Source", {}).get("BuildSpec")
    if script[0] != script[1]:
        yield Change(Area.COMMANDS, f"The commands of {step} change.", _diff(*script))
    variables = [{one["Name"]: one for one in env.get("EnvironmentVariables", ())} for env in (old, new)]
    for name in _keys(*variables):
        one, other = (found.get(name) for found in variables)
        if one != other:
            yield Change(Area.STEP, f"The variable {name} of {step} {_became(_value(one), _value(other))}.")
    for key in _keys(old, new):
        if key not in {"Image", "EnvironmentVariables"} and old.get(key) != new.get(key):
            yield Change(Area.STEP, f"{key} of {step} {_became(old.get(key), new.get(key))}.")
    for key in _keys(before, after):
        if key not in {"Environment", "Source"} and before.get(key) != after.get(key):
            yield Change(Area.STEP, f"{key} of {step} {_became(before.get(key), after.get(key))}.")


def _value(variable: Document | None) -> object:
    if variable is None:
        return None
    kind = variable.get("Type", "PLAINTEXT")
    return variable.get("Value") if kind == "PLAINTEXT" else {kind: variable.get("Value")}


# --- permissions -----------------------------------------------------------------------------------------------------


def _permissions(old: Document, new: Document) -> Iterator[Change]:
    before, after = _grants(old), _grants(new)
    for grant in after:
        if grant not in before:
            yield Change(Area.PERMISSION, f"{_role(grant)} may now {_deed(grant)}.")
    for grant in before:
        if grant not in after:
            yield Change(Area.PERMISSION, f"{_role(grant)} may no longer {_deed(grant)}.")


Grant = tuple[str, str, str, str, str]
"""Role or policy, effect, action, resource, conditions."""


def _grants(template: Document) -> dict[Grant, None]:
    grants: dict[Grant, None] = {}
    for resource_id, resource in template.get("Resources", {}).items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        if "PolicyDocument" in properties:
            documents.append(properties["PolicyDocument"])
        for document in documents:
            for entry in document.get("Statement", ()):
                statement, only_if = _unwrapped(entry)
                condition = _shown(statement["Condition"]) if "Condition" in statement else ""
                for action in _many(statement.get("Action", ())):
                    for resource_arn in _many(statement.get("Resource", "*")):
                        effect = statement.get("Effect", "Allow")
                        grants[resource_id, effect, action, _shown(resource_arn) + only_if, condition] = None
    return grants


def _unwrapped(statement: Document) -> tuple[Document, str]:
    """A statement that is there only under a condition of the template, and how that is said."""
    match statement:
        case {"Fn::If": [str(condition), inner, _]}:
            return inner, f" if {condition}"
        case _:
            return statement, ""


def _role(grant: Grant) -> str:
    return f"'{grant[0]}'"


def _deed(grant: Grant) -> str:
    _, effect, action, resource, condition = grant
    forbidden = "" if effect == "Allow" else " (denied)"
    return f"{action} on {resource}{f' when {condition}' if condition else ''}{forbidden}"


# --- the rest --------------------------------------------------------------------------------------------------------


def _parameters(old: Document, new: Document) -> Iterator[Change]:
    before, after = old.get("Parameters", {}), new.get("Parameters", {})
    for name in _keys(before, after):
        if before.get(name) != after.get(name):
            yield Change(Area.PARAMETER, f"Parameter '{name}' {_became(before.get(name), after.get(name))}.")


_TOLD_ABOVE = {"AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline"}


def _resources(old: Document, new: Document) -> Iterator[Change]:
    before, after = old.get("Resources", {}), new.get("Resources", {})
    for resource_id in _keys(before, after):
        one, other = before.get(resource_id), after.get(resource_id)
        if one is None or other is None:
            verb = "added" if one is None else "removed"
            kind = (one or other)["Type"]
            yield Change(Area.RESOURCE, f"{kind} '{resource_id}' is {verb}.")
        elif one.get("Type") != other.get("Type"):
            yield Change(Area.RESOURCE, f"'{resource_id}' is replaced: {one.get('Type')} by {other.get('Type')}.")
        elif _untold(one) != _untold(other):
            yield Change(
                Area.RESOURCE, f"{other['Type']} '{resource_id}' changes.", _diff(_pretty(one), _pretty(other))
            )


def _untold(resource: Document) -> object:
    """What of a resource no other part of this module tells about."""
    if resource.get("Type") in _TOLD_ABOVE:
        return {key: value for key, value in resource.items() if key != "Properties"}
    properties = {
        key: value for key, value in resource.get("Properties", {}).items() if key not in {"PolicyDocument", "Policies"}
    }
    return {**resource, "Properties": properties}


# --- words -----------------------------------------------------------------------------------------------------------


def _of_type(template: Document, kind: str) -> dict[str, Document]:
    resources = template.get("Resources", {})
    return {name: one.get("Properties", {}) for name, one in resources.items() if one.get("Type") == kind}


def _keys(one: Iterable[str], other: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*one, *other)))


def _many(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _became(before: object, after: object) -> str:
    if before is None:
        return f"is now {_shown(after)}"
    if after is None:
        return f"is no longer set (was {_shown(before)})"
    return f"changes from {_shown(before)} to {_shown(after)}"


_SHOWN_CHARACTERS = 300


def _shown(value: object) -> str:
    """Intrinsic functions as people write them."""
    match value:
        case str():
            text = value
        case {"Ref": str(name)}:
            text = f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            text = f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(inner)}:
            text = inner
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _diff(before: object, after: object) -> tuple[str, ...]:
    texts = [value if isinstance(value, str) else _pretty(value) for value in (before, after)]
    lines = unified_diff(texts[0].splitlines(), texts[1].splitlines(), lineterm="", n=1)
    return tuple(line for line in lines if not line.startswith(("---", "+++", "@@")))
