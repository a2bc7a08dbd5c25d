"""Definitions nobody has thought of: every feature now and then, together with any other.

Most of them can become a template. The others contradict themselves, and must be told so.
"""

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

_STAGES = ("Build", "Test", "Scan", "Stage-1", "prod.eu")
_STEPS = ("alpha", "beta", "gamma", "delta", "ep.si_lon")
_ACCOUNT = "012345678901"
_TEXTS = st.sampled_from(
    ("", "plain", "no", "1e3", "a b", "it's", 'say "hi"', "${HOME}", "$$", "ünïcode", "two\nlines", "{{ vars.app }}")
)
_COMMANDS = st.sampled_from(
    ("make", "echo done\n", "cd sub", "export A=1", "cat <<'EOF'\n${x}\nEOF\n", "  indented", "# nothing\ntrue")
)
_NETWORKS = st.fixed_dictionaries(
    {"vpcId": st.just("vpc-1a2b3c4d"), "subnetIds": st.sampled_from((["subnet-1a2b3c4d"], ["subnet-1", "subnet-2"]))},
    optional={"securityGroupIds": st.just(["sg-1a2b3c4d"])},
)


def sometimes(**features: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Some of these keys, each less often than not."""
    return st.sets(st.sampled_from(sorted(features)), max_size=3).flatmap(
        lambda kept: st.fixed_dictionaries({name: features[name] for name in sorted(kept)})
    )


_SECRETS = st.dictionaries(
    st.sampled_from(("TOKEN", "DB_URL", "NPM_TOKEN")),
    st.sampled_from(
        (
            "acme/shared",
            {"secret": "acme/other", "key": "token"},
            {"secret": f"arn:aws:secretsmanager:eu-west-1:{_ACCOUNT}:secret:db-AbCdEf"},
            {"parameter": "/acme/web/url"},
        )
    ),
    max_size=2,
)
_PERMISSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "actions": st.sampled_from((["s3:GetObject"], ["lambda:InvokeFunction", "lambda:GetFunction"])),
            "resources": st.sampled_from((["arn:aws:s3:::acme/*"], ["arn:${AWS::Partition}:s3:::${AWS::AccountId}"])),
        },
        optional={"effect": st.sampled_from(("Allow", "Deny"))},
    ),
    min_size=1,
    max_size=2,
)


def _steps(names: list[str]) -> st.SearchStrategy[list[Json]]:
    return st.tuples(*(_step(name, names) for name in names)).map(list)


def _step(name: str, others: list[str]) -> st.SearchStrategy[Json]:
    earlier = others[: others.index(name)]
    build = st.builds(
        lambda required, more: {**required, **more},
        st.fixed_dictionaries(
            {
                "name": st.just(name),
                "plugin": st.sampled_from(("shell", "jest", "npm-audit", "trivy", "nodejs", "ruff")),
            }
        ),
        sometimes(
            commands=st.lists(_COMMANDS, min_size=1, max_size=3),
            preCommands=st.lists(_COMMANDS, max_size=2),
            installCommands=st.lists(_COMMANDS, max_size=2),
            env=st.dictionaries(
                st.sampled_from(("A", "B", "LONG_NAME")),
                _TEXTS
                | st.sampled_from(("#{codepipeline.PipelineExecutionId}", "#{variables.RELEASE}", "{{ env.A }}")),
                max_size=2,
            ),
            secrets=_SECRETS,
            permissions=_PERMISSIONS,
            network=_NETWORKS,
            needs=st.lists(st.sampled_from(earlier or ["nobody"]), max_size=2, unique=True) if earlier else st.just([]),
            position=st.sampled_from(("pre", "post")),
            failureBehavior=st.sampled_from(("fail", "warn", "ignore")),
            computeType=st.sampled_from(("SMALL", "MEDIUM", "LARGE", "X_LARGE", "X2_LARGE")),
            privileged=st.booleans(),
            timeout=st.integers(4, 480),
            queuedTimeout=st.integers(5, 480),
            outputDirectory=st.sampled_from((".", "dist", "out/*")),
            inputArtifact=st.sampled_from(("Source", *earlier)),
            additionalInputArtifacts=st.sampled_from((*earlier, "docs")).map(lambda one: [{"artifact": one}]),
            exports=st.sampled_from((["VERSION"], ["A", "B"])),
            cache=st.just([".cache/**/*"]),
            role=st.just(f"arn:aws:iam::{_ACCOUNT}:role/outside"),
        ),
    ).map(_with_commands)
    approval = st.just({"name": name, "plugin": "manual-approval"})
    return st.integers(0, 9).flatmap(lambda dice: approval if dice == 0 else build)


def _with_commands(step: Json) -> Json:
    """The plugin `shell` brings none of its own."""
    return {"commands": ["make"], **step} if step["plugin"] == "shell" else step


_CONDITIONS = st.sampled_from(
    (
        {
            "result": "FAIL",
            "rules": {"name": "alarm", "provider": "CloudWatchAlarm", "configuration": {"AlarmName": "a"}},
        },
        {"result": "ROLLBACK", "rules": {"name": "check", "provider": "Commands", "commands": ["./check"]}},
    )
)


@st.composite
def _stages(draw: st.DrawFn) -> list[Json]:
    stages = []
    for name in draw(st.lists(st.sampled_from(_STAGES), min_size=1, max_size=3, unique=True)):
        steps = draw(st.lists(st.sampled_from(_STEPS), min_size=1, max_size=4, unique=True))
        stage = {"stageName": name, "steps": draw(_steps(steps))}
        stage |= draw(
            sometimes(
                environment=st.just("production"),
                alias=st.just(f"{name.lower()}-alias"),
                beforeEntry=_CONDITIONS,
                onSuccess=_CONDITIONS,
                onFailure=st.sampled_from(("rollback", "retry")),
            )
        )
        stages.append(stage)
    return stages


_SOURCES = st.sampled_from(
    (
        {"repo": "acme/web"},
        {"repo": "acme/web", "connectionArn": f"arn:aws:codeconnections:eu-west-1:{_ACCOUNT}:connection/1a"},
        {"repo": "acme/web", "branch": "release/1", "codeBuildCloneOutput": True},
        {"type": "codecommit", "repositoryName": "web"},
        {"type": "codecommit", "repositoryName": "web", "codeBuildCloneOutput": True},
        {"type": "s3", "bucketName": "acme-source", "objectKey": "web.zip", "trigger": "AUTO"},
        {"type": "ecr", "repositoryName": "acme/base", "imageTag": "stable"},
        {"type": "github", "repo": "acme/web", "token": "secretsmanager:github"},
        {"repo": "acme/web", "trigger": "SCHEDULE", "schedule": "rate(2 hours)"},
    )
)


@st.composite
def definitions(draw: st.DrawFn) -> Json:
    """A definition, as its author would write it."""
    definition: Json = {
        "project": draw(st.sampled_from(("web", "a-very-long-name-of-a-project-that-goes-on-and-on"))),
        "organization": "acme",
        "vars": {"app": "web"},
        "synth": {"source": draw(_SOURCES), "plugin": "cdk-synth"},
        "variables": [{"name": "RELEASE", "default": "1"}],
        "sources": {"docs": draw(_SOURCES)},
        "stages": draw(_stages()),
    }
    definition |= draw(
        sometimes(
            orgId=st.just("acme-1"),
            pipelineName=st.sampled_from(("p", "Pipe.line@2", "x" * 100)),
            description=_TEXTS,
            environment=st.just("production"),
            defaults=st.fixed_dictionaries(
                {},
                optional={
                    "network": _NETWORKS,
                    "logRetentionDays": st.sampled_from((1, 30, 3653)),
                    "permissionsBoundary": st.just(f"arn:aws:iam::{_ACCOUNT}:policy/bound"),
                },
            ),
            role=st.just({"type": "roleArn", "options": {"roleArn": f"arn:aws:iam::{_ACCOUNT}:role/pipeline"}}),
            schedule=st.sampled_from(("rate(1 day)", ["cron(0 3 * * ? *)", "rate(1 hour)"])),
            triggers=st.sampled_from(({"push": {"branches": "main"}}, {"pullRequest": {"branches": ["main", "v*"]}})),
            executionMode=st.sampled_from(("QUEUED", "SUPERSEDED", "PARALLEL")),
            notifications=st.fixed_dictionaries(
                {"topicArn": st.just(f"arn:aws:sns:eu-west-1:{_ACCOUNT}:told")},
                optional={"failureAlarm": st.booleans(), "approvals": st.booleans()},
            ),
            artifacts=st.sampled_from(
                ({"ownKey": True}, {"retentionDays": 7}, {"kmsKeyArn": f"arn:aws:kms:eu-west-1:{_ACCOUNT}:key/k"})
            ),
            selfMutation=st.sampled_from((False, True, {"roleArn": f"arn:aws:iam::{_ACCOUNT}:role/update"})),
            lookup=st.just("deploy"),
            tags=st.just({"team": "web", "cost-centre": "12"}),
            registry=st.sampled_from(
                ({"pullHost": "registry.example.com"}, {"pullHost": "r.example.com", "pullPort": 5000})
            ),
            **{"global": st.just({"REGION": "eu-west-1", "aws:cdk:operations:executionevents": "true"})},
        )
    )
    return definition
