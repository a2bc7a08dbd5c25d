"""What changes from one template to another, in words: stages, steps, commands, images, permissions."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from typing import Any, NamedTuple

from pipeline_builder.core.planning.fence import FENCE

Document = Mapping[str, Any]

_PROJECT = "AWS::CodeBuild::Project"
_POLICIES = {"ManagedPolicyArns", "Policies", "PolicyDocument"}


class Area(StrEnum):
    """What a change is about; permissions are told apart because they deserve a second look."""

    PIPELINE = "pipeline"
    STAGE = "stage"
    STEP = "step"
    COMMANDS = "commands"
    IMAGE = "image"
    PERMISSION = "permission"
    DEPLOYMENT = "deployment"
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
        for part in (_fence, _pipeline, _stages, _projects, _permissions, _parameters, _resources)
        for change in part(old, new)
    )


# --- the fence around self-mutation ----------------------------------------------------------------------------------


def _fence(old: Document, new: Document) -> Iterator[Change]:
    """What self-mutation may not change takes a person, and is told first."""
    before, after = old.get("Resources", {}), new.get("Resources", {})
    changed = [
        name
        for name in before
        if name in after
        and _is_fenced(after[name])
        and any(before[name].get("Properties", {}).get(key) != after[name]["Properties"].get(key) for key in _POLICIES)
    ]
    if changed:
        what = " and ".join(f"'{name}'" for name in changed)
        yield Change(
            Area.DEPLOYMENT,
            f"A person has to deploy this: {what} would change, which self-mutation may not touch.",
        )


def _is_fenced(resource: Document) -> bool:
    match resource.get("Properties", {}).get("Path"):
        case {"Fn::Sub": str(path)} | str(path):
            return path.startswith(f"{FENCE}/")
        case _:
            return False


# --- the pipeline and its stages -------------------------------------------------------------------------------------


def _pipeline(old: Document, new: Document) -> Iterator[Change]:
    before, after = _properties_of_pipeline(old), _properties_of_pipeline(new)
    for name, became in _changed(before, after, told={"Stages"}):
        yield Change(Area.PIPELINE, f"The pipeline's {name} {became}.")


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
    for key, became in _changed(before, after, told={"Actions"}):
        yield Change(Area.STAGE, f"{key} of stage '{name}' {became}.")
    old, new = _actions(before), _actions(after)
    for step in _keys(old, new):
        if step not in new:
            yield Change(Area.STEP, f"Step '{step}' of stage '{name}' is removed.")
        elif step not in old:
            yield Change(Area.STEP, f"Step '{step}' of stage '{name}' is added.")
        else:
            for key, became in _changed(old[step], new[step]):
                yield Change(Area.STEP, f"{key} of step '{step}' in stage '{name}' {became}.")


def _properties_of_pipeline(template: Document) -> Document:
    return next(iter(_of_type(template, "AWS::CodePipeline::Pipeline").values()), {})


def _stages_of(template: Document) -> dict[str, Document]:
    return {stage["Name"]: stage for stage in _properties_of_pipeline(template).get("Stages", ())}


def _actions(stage: Document) -> dict[str, Document]:
    return {action["Name"]: action for action in stage.get("Actions", ())}


# --- projects --------------------------------------------------------------------------------------------------------


def _projects(old: Document, new: Document) -> Iterator[Change]:
    before, after = _of_type(old, _PROJECT), _of_type(new, _PROJECT)
    steps = _steps(new)
    for resource_id in before:
        if resource_id in after:
            yield from _project(steps[resource_id], before[resource_id], after[resource_id])


def _project(step: str, before: Document, after: Document) -> Iterator[Change]:
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
    further = (
        *_changed(old, new, told={"Image", "EnvironmentVariables"}),
        *_changed(before, after, told=_TOLD_OF_PROJECT),
    )
    for name, became in further:
        yield Change(Area.STEP, f"{name} of {step} {became}.")


_TOLD_OF_PROJECT = {"Environment", "Source", "Tags"}
"""The tags are the pipeline's."""


def _value(variable: Document | None) -> object:
    if variable is None:
        return None
    kind = variable.get("Type", "PLAINTEXT")
    return variable.get("Value") if kind == "PLAINTEXT" else {kind: variable.get("Value")}


def _steps(template: Document) -> dict[str, str]:
    """Which step each project is, by its logical id."""
    named = {}
    for resource_id, resource in template.get("Resources", {}).items():
        if resource.get("Type") == _PROJECT:
            about = resource.get("Metadata", {}).get("PipelineBuilder")
            name = resource.get("Properties", {}).get("Name", resource_id)
            named[resource_id] = f"step '{about['Step']}' of stage '{about['Stage']}'" if about else f"project '{name}'"
    return named


# --- permissions -----------------------------------------------------------------------------------------------------


def _permissions(old: Document, new: Document) -> Iterator[Change]:
    before, after = _grants(old), _grants(new)
    yield from _told(grant for grant in after if grant not in before)
    yield from _told((grant for grant in before if grant not in after), is_gone=True)


class Grant(NamedTuple):
    """One action on one resource.

    Attributes:
        who: the step or role, or a policy that no role has.
        condition: of the statement; as a text, like the resource.
    """

    who: str
    effect: str
    action: str
    resource: str
    condition: str


def _told(grants: Iterable[Grant], *, is_gone: bool = False) -> Iterator[Change]:
    """A sentence for all actions on one resource."""
    together: dict[Grant, list[str]] = {}
    for grant in grants:
        together.setdefault(grant._replace(action=""), []).append(grant.action)
    for grant, actions in together.items():
        verb = _VERBS[grant.effect, is_gone]
        condition = f" when {grant.condition}" if grant.condition else ""
        says = f"{grant.who} {verb} {', '.join(actions)} on {grant.resource}{condition}."
        yield Change(Area.PERMISSION, says[0].upper() + says[1:])


_VERBS = {
    ("Allow", False): "may now",
    ("Allow", True): "may no longer",
    ("Deny", False): "is now denied",
    ("Deny", True): "is no longer denied",
}


def _grants(template: Document) -> dict[Grant, None]:
    whose = _whose(template)
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
                for action in _actions_of(statement):
                    for resource_arn in _many(statement.get("Resource", "*")):
                        who, effect = whose.get(resource_id, f"'{resource_id}'"), statement.get("Effect", "Allow")
                        grants[Grant(who, effect, action, _shown(resource_arn) + only_if, condition)] = None
    return grants


def _actions_of(statement: Document) -> list[str]:
    if "NotAction" in statement:
        return [f"everything but {' and '.join(_many(statement['NotAction']))}"]
    return _many(statement.get("Action", ()))


def _whose(template: Document) -> dict[str, str]:
    """Who acts with a role or a policy, by its logical id: a policy of its own counts like one inside its role."""
    projects = _of_type(template, _PROJECT)
    whose = {_id_of(projects[project].get("ServiceRole")): step for project, step in _steps(template).items()}
    whose[_id_of(_properties_of_pipeline(template).get("RoleArn"))] = "the pipeline"
    for role_id, role in _of_type(template, "AWS::IAM::Role").items():
        for policy in role.get("ManagedPolicyArns", ()):
            whose[_id_of(policy)] = whose.get(role_id, f"'{role_id}'")
    return whose


def _id_of(reference: object) -> str:
    match reference:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return name
        case _:
            return ""


def _unwrapped(statement: Document) -> tuple[Document, str]:
    """A statement that is there only under a condition of the template, and how that is said."""
    match statement:
        case {"Fn::If": [str(condition), inner, _]}:
            return inner, f" if {condition}"
        case _:
            return statement, ""


# --- the rest --------------------------------------------------------------------------------------------------------


def _parameters(old: Document, new: Document) -> Iterator[Change]:
    before, after = old.get("Parameters", {}), new.get("Parameters", {})
    for name in _keys(before, after):
        if name not in before:
            yield Change(Area.PARAMETER, f"Parameter '{name}' is added.")
        elif name not in after:
            yield Change(Area.PARAMETER, f"Parameter '{name}' is removed.")
        else:
            for key, became in _changed(before[name], after[name]):
                yield Change(Area.PARAMETER, f"{key} of parameter '{name}' {became}.")


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
        else:
            for name, became in _changed(_untold(one, old), _untold(other, new)):
                yield Change(Area.RESOURCE, f"{name} of {other['Type']} '{resource_id}' {became}.")


_TOLD_ABOVE = {_PROJECT, "AWS::CodePipeline::Pipeline"}


def _untold(resource: Document, template: Document) -> Document:
    """What of a resource no other part of this module tells about; all have the pipeline's tags."""
    own = {key: value for key, value in resource.items() if key not in {"Properties", "Metadata"}}
    if resource.get("Type") in _TOLD_ABOVE:
        return own
    tags = _by_name(_properties_of_pipeline(template).get("Tags"))
    properties = resource.get("Properties", {})
    hidden = {*_POLICIES, "Tags"} if tags and _by_name(properties.get("Tags")) == tags else _POLICIES
    return own | {key: value for key, value in properties.items() if key not in hidden}


# --- words -----------------------------------------------------------------------------------------------------------


def _of_type(template: Document, kind: str) -> dict[str, Document]:
    resources = template.get("Resources", {})
    return {name: one.get("Properties", {}) for name, one in resources.items() if one.get("Type") == kind}


def _keys(one: Iterable[str], other: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*one, *other)))


def _many(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _changed(before: Document, after: Document, told: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """What each changed value is called and became; mappings and lists of named things are told value by value."""
    for key in _keys(before, after):
        one, other = before.get(key), after.get(key)
        if key in told or one == other:
            continue
        parts, others = _by_name(one), _by_name(other)
        if (parts is None and one is not None) or (others is None and other is not None):
            yield key, _became(one, other)
        else:
            for name, became in _changed(parts or {}, others or {}):
                yield f"{key} {name}", became


def _by_name(value: object) -> Document | None:
    """What is inside of a value, by name; None where it is a value itself."""
    match value:
        case dict() if value and not any(key == "Ref" or key.startswith("Fn::") for key in value):
            return value
        case list() | tuple() if value and all(isinstance(one, dict) for one in value):
            return _named(value)
        case _:
            return None


def _named(items: Sequence[Document]) -> Document | None:
    if all(one.keys() == {"Key", "Value"} for one in items):
        return {one["Key"]: one["Value"] for one in items}
    if all("Name" in one for one in items):
        return {one["Name"]: {key: inner for key, inner in one.items() if key != "Name"} for one in items}
    return None


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
