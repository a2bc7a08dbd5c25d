"""Definitions and what becomes of them: small ones, and crowds of steps that come close to each other."""

from typing import Any

from hypothesis import strategies as st

import pipeline_builder

Json = dict[str, Any]


def rendered(source: Any) -> Json:
    """The template of a definition, given as a mapping or as a file."""
    return pipeline_builder.render(pipeline_builder.plan(pipeline_builder.load(source))).as_dict()


def a_definition(*steps: Json, **more: Any) -> Json:
    """A definition with these steps in one stage."""
    return {
        "project": "web",
        "organization": "acme",
        "orgId": "acme",
        "synth": {"source": {"repo": "acme/web"}, "plugin": "cdk-synth"},
        "stages": [{"stageName": "Test", "steps": list(steps)}],
        **more,
    }


def a_step(name: str, plugin: str = "shell", **more: Any) -> Json:
    """A step, with commands where its plugin has none."""
    return {"name": name, "plugin": plugin, **({"commands": ["make"]} if plugin == "shell" else {}), **more}


# --- crowds ----------------------------------------------------------------------------------------------------------

_ACCOUNT = "012345678901"
_LONG = "the-name-of-a-step-that-is-longer-than-what-any-of-the-cuts-leaves"
_STEPS = ("a", "a-b", "A", "a.b", "a_b", "test", "tests", "test-coverage", _LONG, f"{_LONG}-too")
_STAGES = ("Test", "test", "Test-a", "Deploy")
_SECRETS = (
    "acme/db",
    "acme/db-prod",
    {"secret": "acme/db/prod", "key": "password"},
    {"secret": f"arn:aws:secretsmanager:eu-west-1:{_ACCOUNT}:secret:db-AbCdEf", "key": "user"},
    {"secret": f"arn:aws:secretsmanager:eu-west-1:{_ACCOUNT}:secret:acme/db", "versionStage": "AWSPENDING"},
    {"parameter": "/acme/db"},
    {"parameter": "/acme/db/prod"},
    {"parameter": f"arn:aws:ssm:eu-west-1:{_ACCOUNT}:parameter/acme/db"},
)
_NETWORKS = ({"vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"]}, {"vpcId": "vpc-2", "subnetIds": ["subnet-3"]})
_SOURCES = (
    {"repo": "acme/web"},
    {"repo": "acme/web", "codeBuildCloneOutput": True},
    {"type": "codecommit", "repositoryName": "web", "codeBuildCloneOutput": True, "trigger": "AUTO"},
    {"type": "s3", "bucketName": "acme-source", "objectKey": "web.zip", "trigger": "AUTO"},
)


@st.composite
def _steps(draw: st.DrawFn, stage: str, earlier: list[str]) -> list[Json]:
    steps: list[Json] = []
    for name in draw(st.lists(st.sampled_from(_STEPS), min_size=2, max_size=5, unique=True)):
        inputs = st.sampled_from([*earlier, "docs", "Source"])
        step: Json = {
            "name": name,
            "plugin": draw(st.sampled_from(("shell", "jest", "python-pytest", "trivy", "npm-audit"))),
            "commands": ["make"],
            "outputDirectory": "out",
            "secrets": draw(st.dictionaries(st.sampled_from(("TOKEN", "DB")), st.sampled_from(_SECRETS))),
            "inputArtifact": draw(inputs),
            "additionalInputArtifacts": [
                {"artifact": name, "directory": f"in/{number}"}
                for number, name in enumerate(draw(st.lists(inputs, max_size=2, unique=True)))
            ],
            "exports": ["VERSION"],
        }
        if draw(st.booleans()):
            step["network"] = draw(st.sampled_from(_NETWORKS))
        if draw(st.booleans()):
            step["cache"] = [".cache/**/*"]
        if draw(st.booleans()) and steps:
            step["env"] = {"BEFORE": f"#{{{earlier[-1]}.VERSION}}"}
        if draw(st.integers(0, 9)) == 0:
            step["role"] = f"arn:aws:iam::{_ACCOUNT}:role/outside"
        steps.append(step)
        earlier.append(f"{stage}/{name}")
    return steps


@st.composite
def crowds(draw: st.DrawFn, /, **more: Any) -> Json:
    """Up to fifteen steps, whose names and secrets begin alike, and which read each other's output."""
    earlier: list[str] = []
    stages = draw(st.lists(st.sampled_from(_STAGES), min_size=1, max_size=3, unique=True))
    return a_definition(
        project=draw(st.sampled_from(("web", "cache", "the-name-of-a-project-that-is-cut"))),
        synth={"source": draw(st.sampled_from(_SOURCES)), "plugin": "cdk-synth"},
        sources={"docs": draw(st.sampled_from(_SOURCES))},
        lookup=draw(st.sampled_from(("deploy", "synth"))),
        artifacts=draw(st.sampled_from(({}, {"ownKey": True}))),
        schedule="rate(1 day)",
        stages=[{"stageName": name, "steps": draw(_steps(name, earlier))} for name in stages],
        **{"selfMutation": draw(st.booleans()), **more},
    )
