"""What scanners, deployments and notifications ask of their tools, make of the answers, and keep hidden."""

import json
from pathlib import Path

import pytest

from tests.catalog.steps import Step, needs_jq

DATA = Path(__file__).parent / "data"


# --- scanners -----------------------------------------------------------------------------------------------

_YARN_1 = 'if [ "$1" = --version ]; then echo 1.22.22; exit; fi'
_YARN_4 = 'if [ "$1" = --version ]; then echo 4.9.1; exit; fi'


@needs_jq
@pytest.mark.parametrize(
    ("lock", "tool", "before", "report"),
    [
        ("pnpm-lock.yaml", "pnpm", "", "pnpm-audit.json"),
        ("yarn.lock", "yarn", _YARN_1, "yarn-1-audit.jsonl"),
        ("yarn.lock", "yarn", _YARN_4, "yarn-4-audit.jsonl"),
    ],
    ids=["pnpm", "yarn 1", "yarn 4"],
)
def test_each_package_managers_advisories_become_the_same_finding(tmp_path, lock, tool, before, report):
    step = Step("npm-audit", tmp_path).file(lock).tool(tool, f"{before}\ncat '{DATA / report}'\nexit 8")

    ended = step.run()

    assert ended.code == 1, ended.log
    (result,) = ended.results()
    assert result["ruleId"] == "https://github.com/advisories/GHSA-35jh-r3h4-6jhm"
    assert result["message"]["text"] == "lodash <4.17.21: Command Injection in lodash"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == lock


@needs_jq
def test_the_asked_severity_decides_and_not_the_exit_code_of_the_package_manager(tmp_path):
    step = Step("npm-audit", tmp_path).file("pnpm-lock.yaml").tool("pnpm", f"cat '{DATA}/pnpm-audit.json'; exit 1")

    ended = step.run(AUDIT_LEVEL="critical")

    assert ended.code == 0, ended.log
    assert len(ended.results()) == 1
    assert ended.goes_on


@needs_jq
@pytest.mark.parametrize(
    ("lock", "tool", "before", "says"),
    [
        ("package-lock.json", "npm", "", ["npm", "audit", "--json", "--omit=dev"]),
        ("pnpm-lock.yaml", "pnpm", "", ["pnpm", "audit", "--json", "--prod"]),
        ("yarn.lock", "yarn", _YARN_1, ["yarn", "audit", "--json", "--groups", "dependencies"]),
        (
            "yarn.lock",
            "yarn",
            _YARN_4,
            ["yarn", "npm", "audit", "--all", "--recursive", "--json", "--environment", "production"],
        ),
    ],
    ids=["npm", "pnpm", "yarn 1", "yarn 4"],
)
def test_development_dependencies_can_be_left_out_of_an_audit(tmp_path, lock, tool, before, says):
    answer = "echo '{\"vulnerabilities\": {}}'"
    ended = Step("npm-audit", tmp_path).file(lock).tool(tool, f"{before}\n{answer}").run(AUDIT_PRODUCTION_ONLY="true")

    assert ended.code == 0, ended.log
    assert ended.calls[-1] == says


@needs_jq
def test_only_of_newer_yarn_an_empty_answer_is_a_clean_one(tmp_path):
    clean, silent, broken = ((tmp_path / name) for name in ("clean", "silent", "broken"))
    for folder in (clean, silent, broken):
        folder.mkdir()

    assert Step("npm-audit", clean).file("yarn.lock").tool("yarn", _YARN_4).run().code == 0
    assert Step("npm-audit", silent).file("package-lock.json").tool("npm").run().code == 2
    assert Step("npm-audit", broken).file("yarn.lock").tool("yarn", f"{_YARN_4}\nexit 1").run().code == 2


def test_an_audit_without_a_lock_file_is_no_clean_one(tmp_path):
    ended = Step("npm-audit", tmp_path).tool("npm").run()

    assert ended.code == 2
    assert "package-lock.json" in ended.log


def _dotnet(folder: Path, report: str) -> Step:
    step = Step("dotnet-security-scan", folder)
    (folder / "report.json").write_text(report.replace("@FOLDER@", str(step.work)), encoding="utf-8")
    return step.tool("dotnet", f'if [ "$1" = list ]; then cat "{folder}/report.json"; fi')


@needs_jq
def test_a_package_found_under_two_frameworks_is_told_once_and_beside_its_project(tmp_path):
    ended = _dotnet(tmp_path, (DATA / "dotnet-packages.json").read_text(encoding="utf-8")).run(FAIL_ON="medium")

    assert ended.code == 1, ended.log
    assert sorted(result["level"] for result in ended.results()) == ["error", "warning"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in ended.results()]
    assert set(places) == {"src/web/web.csproj"}


@needs_jq
def test_a_project_that_dotnet_could_not_look_at_is_no_clean_one(tmp_path):
    problem = {"level": "error", "text": "No assets file was found"}
    ended = _dotnet(tmp_path, json.dumps({"version": 1, "problems": [problem], "projects": []})).run()

    assert ended.code == 2
    assert "No assets file was found" in ended.log


@pytest.mark.parametrize(
    ("plugin", "tool", "variable", "value", "says"),
    [
        ("bundler-audit", "bundle-audit", "BUNDLER_AUDIT_IGNORE", "CVE-1 CVE-2", ["--ignore", "CVE-1", "CVE-2"]),
        ("cargo-audit", "cargo", "CARGO_AUDIT_IGNORE", "RUSTSEC-1", ["--ignore", "RUSTSEC-1"]),
        ("cargo-audit", "cargo", "CARGO_AUDIT_DENY_WARNINGS", "true", ["--deny", "warnings"]),
        ("semgrep", "semgrep", "SEMGREP_RULES", "p/ci rules.yml", ["--config=p/ci", "--config=rules.yml"]),
        ("semgrep", "semgrep", "SEMGREP_SEVERITY", "ERROR", ["--severity=ERROR"]),
        ("git-secrets", "gitleaks", "GITLEAKS_BASELINE", "old.json", ["--baseline-path", "old.json"]),
        ("snyk-nodejs", "snyk", "SNYK_DEVELOPMENT", "true", ["--dev"]),
        ("snyk-nodejs", "snyk", "SNYK_ORG", "acme", ["--org=acme"]),
        ("bandit", "bandit", "BANDIT_EXCLUDE", "a,b", ["--exclude", "*/a/*,*/b/*"]),
        ("brakeman", "brakeman", "BRAKEMAN_CONFIDENCE", "3", ["--confidence-level", "3"]),
        ("cdk-synth", "pipeline-manager", "PIPELINE_LOCKED", "true", ["--locked"]),
    ],
)
def test_what_the_author_chose_reaches_the_tool(tmp_path, plugin, tool, variable, value, says):
    (call,) = Step(plugin, tmp_path).tool(tool).run(**{variable: value}).calls

    start = call.index(says[0])
    assert call[start : start + len(says)] == says


def test_semgrep_and_gitleaks_are_told_to_fail_on_findings_and_to_hide_secrets(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    assert "--error" in Step("semgrep", tmp_path / "one").tool("semgrep").run().calls[0]
    assert "--redact=100" in Step("git-secrets", tmp_path / "two").tool("gitleaks").run().calls[0]


def test_a_history_that_is_not_there_is_no_clean_one(tmp_path):
    ended = Step("git-secrets", tmp_path).tool("gitleaks").run(SCAN_MODE="history")

    assert ended.code == 2
    assert ended.calls == []
    assert "codeBuildCloneOutput" in ended.log


@pytest.mark.parametrize("plugin", ["trivy", "trivy-nodejs"])
def test_trivy_scans_once_and_decides_after_the_report_is_written(tmp_path, plugin):
    found = 'case "$1 $*" in convert*"--exit-code 1"*) exit 1 ;; esac'
    ended = Step(plugin, tmp_path).file("package-lock.json", "{}").tool("trivy", found).run()

    assert ended.code == 1
    assert [call[1] for call in ended.calls] == ["fs", "convert", "convert"]
    assert "reports/trivy.sarif" in ended.calls[1]


def test_govulncheck_fails_although_it_writes_its_report_without_a_complaint(tmp_path):
    vulnerable = 'case "$*" in *sarif*) echo "{}" ;; *) exit 3 ;; esac'
    ended = Step("govulncheck", tmp_path).tool("go").tool("govulncheck", vulnerable).run()

    assert ended.code == 3
    assert (ended.work / "reports/govulncheck.sarif").read_text(encoding="utf-8") == "{}\n"


@needs_jq
def test_findings_of_bandit_are_shown_and_its_settings_in_pyproject_count(tmp_path):
    place = {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 3}}
    finding = {"ruleId": "B307", "message": {"text": "eval"}, "locations": [{"physicalLocation": place}]}
    (tmp_path / "report").write_text(json.dumps({"runs": [{"results": [finding]}]}), encoding="utf-8")
    step = Step("bandit", tmp_path).file("pyproject.toml", "[tool.bandit]\n")

    ended = step.tool("bandit", f"cp '{tmp_path}/report' reports/bandit.sarif; exit 1").run()

    assert ended.code == 1
    assert "warning: a.py:3: eval (B307)" in ended.log
    assert "--configfile" in ended.calls[0]


# --- deployments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["apply", "destroy"])
def test_terraform_changes_nothing_without_approval(tmp_path, action):
    ended = Step("terraform", tmp_path).tool("terraform").run(TF_ACTION=action)

    assert ended.code == 2
    assert "autoApprove" in ended.log
    assert not [call for call in ended.calls if action in call]


def test_terraform_applies_exactly_the_plan_that_was_approved(tmp_path):
    step = Step("terraform", tmp_path).file("tf-output/plan.bin").file("infra/main.tf").tool("terraform")

    ended = step.run(
        TF_ACTION="apply",
        TF_AUTO_APPROVE="true",
        TF_WORKING_DIR="infra",
        TF_PLAN_FILE="tf-output/plan.bin",
        TF_VAR_FILE="a.tfvars",
    )

    assert ended.code == 0, ended.log
    assert ended.calls[-1][1:3] == ["-chdir=infra", "apply"]
    assert ended.calls[-1][-1] == str(ended.work.resolve() / "tf-output/plan.bin")
    assert not [argument for argument in ended.calls[-1] if argument.startswith("-var-file")]


def test_terraform_plans_with_the_backend_and_the_variables_it_is_given(tmp_path):
    step = Step("terraform", tmp_path).file("key=file").tool("terraform")

    ended = step.run(TF_BACKEND_CONFIG="bucket=b key=*", TF_VAR_FILE="a.tfvars")

    assert ended.code == 0, ended.log
    assert ended.calls[1][-2:] == ["-backend-config=bucket=b", "-backend-config=key=*"]
    assert "-var-file=a.tfvars" in next(call for call in ended.calls if "plan" in call)


def test_validating_asks_no_backend_and_checks_the_formatting(tmp_path):
    ended = Step("terraform", tmp_path).tool("terraform").run(TF_ACTION="validate")

    assert ended.code == 0, ended.log
    assert "-backend=false" in ended.calls[1]
    assert ended.calls[-1][2:4] == ["fmt", "-check"]
    assert ended.goes_on


def test_cloudformation_deploys_where_and_as_it_is_told_after_the_linter(tmp_path):
    step = Step("cloudformation", tmp_path).file("B=file").tool("cfn-lint").tool("aws", 'echo "$AWS_REGION"')

    ended = step.run(
        CFN_ACTION="deploy",
        CFN_STACK_NAME="web",
        CFN_CAPABILITIES="CAPABILITY_IAM,CAPABILITY_NAMED_IAM",
        CFN_PARAMETERS="A=1 B=*",
        CFN_BUCKET="templates",
        CFN_ROLE_ARN="arn:aws:iam::111122223333:role/deploy",
        CFN_REGION="eu-central-1",
    )

    assert ended.code == 0, ended.log
    assert [call[0] for call in ended.calls] == ["cfn-lint", "aws", "aws"]
    said = " ".join(ended.calls[1])
    assert "--capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM --s3-bucket templates" in said
    assert "--parameter-overrides A=1 B=*" in said
    assert "--role-arn arn:aws:iam::111122223333:role/deploy" in said
    assert (ended.work / "cfn-output/outputs.json").read_text(encoding="utf-8") == "eu-central-1\n"


def test_a_template_with_errors_is_never_deployed(tmp_path):
    step = Step("cloudformation", tmp_path).tool("cfn-lint", "exit 2").tool("aws")

    ended = step.run(CFN_ACTION="deploy", CFN_STACK_NAME="web")

    assert ended.code == 2
    assert [call[0] for call in ended.calls] == ["cfn-lint"]


def test_deleting_a_stack_needs_its_name_and_no_template(tmp_path):
    (tmp_path / "nameless").mkdir()
    (tmp_path / "named").mkdir()
    nameless = Step("cloudformation", tmp_path / "nameless").tool("cfn-lint").tool("aws").run(CFN_ACTION="delete")
    named = Step("cloudformation", tmp_path / "named").tool("cfn-lint").tool("aws")

    assert (nameless.code, nameless.calls) == (2, [])
    assert [call[:3] for call in named.run(CFN_ACTION="delete", CFN_STACK_NAME="web").calls] == [
        ["aws", "cloudformation", "delete-stack"],
        ["aws", "cloudformation", "wait"],
    ]


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("deploy", ["deploy", "--all", "--require-approval", "never"]),
        ("destroy", ["destroy", "--all", "--force"]),
        ("synth", ["synth", "--quiet"]),
        ("diff", ["diff"]),
    ],
)
def test_the_cdk_is_asked_for_every_stack_where_none_is_named(tmp_path, action, says):
    ended = Step("cdk-deploy", tmp_path).tool("cdk").run(CDK_DEPLOY_ACTION=action)

    assert ended.code == 0, ended.log
    assert ended.calls[-1][1 : 1 + len(says)] == says


def test_patterns_of_stacks_and_context_reach_the_cdk_as_they_are(tmp_path):
    step = Step("cdk-deploy", tmp_path).file("Prod/a").tool("cdk", 'echo "context: ${CDK_CONTEXT-none}"')

    ended = step.run(CDK_STACK="Prod/* Shared", CDK_CONTEXT="a=1 b=2", CDK_HOTSWAP="true")

    assert ended.calls[-1][1:8] == ["deploy", "Prod/*", "Shared", "--context", "a=1", "--context", "b=2"]
    assert ended.calls[-1][-3:] == ["--hotswap", "--output", "cdk-output/cdk.out"]
    assert "context: none" in ended.log


def test_a_cloud_assembly_is_deployed_as_it_is(tmp_path):
    step = Step("cdk-deploy", tmp_path).file("cdk.out/manifest.json").file("package-lock.json").tool("cdk").tool("npm")

    ended = step.run(CDK_APP_COMMAND="cdk.out")

    assert ended.code == 0, ended.log
    assert {call[0] for call in ended.calls} == {"cdk"}
    assert "--output" not in ended.calls[-1]


def test_the_cdk_that_a_project_pinned_goes_before_that_of_the_image(tmp_path):
    step = Step("cdk-deploy", tmp_path).tool("cdk").file("node_modules/.bin/cdk", "#!/bin/sh\necho the own one\n")

    ended = step.run()

    assert "the own one" in ended.log
    assert ended.calls == []


# --- images -----------------------------------------------------------------------------------------------

_DIGEST = "sha256:" + "a" * 64
_AWS = 'case "$*" in *get-caller-identity*) echo 111122223333 ;; *) echo the-password ;; esac'
_DOCKER = f"""case "$1" in
  login) cat > /dev/null ;;
  buildx) echo '{{"containerimage.digest": "{_DIGEST}"}}' > docker-output/metadata.json ;;
esac"""


@needs_jq
@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "111122223333.dkr.ecr.eu-west-1.amazonaws.com"),
        ("cn-north-1", "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_an_image_is_pushed_to_the_pipelines_own_account_and_told_by_digest(tmp_path, region, host):
    step = Step("docker-build", tmp_path).tool("aws", _AWS).tool("docker", _DOCKER)

    ended = step.run(
        IMAGE_NAME="web", IMAGE_TAG="1", AWS_REGION=region, DOCKER_BUILD_ARGS="A=1 B=*", DOCKER_TARGET="app"
    )

    assert ended.code == 0, ended.log
    assert (ended.work / "docker-output/image.txt").read_text(encoding="utf-8") == f"{host}/web@{_DIGEST}\n"
    said = " ".join(ended.calls[-1])
    assert f"--tag {host}/web:1 --target app --build-arg A=1 --build-arg B=*" in said
    assert ["aws", "ecr", "get-login-password", "--region", region] in ended.calls
    assert ended.goes_on


@needs_jq
def test_no_password_of_a_registry_stands_on_a_command_line_or_in_the_log(tmp_path):
    step = Step("docker-build", tmp_path).tool("docker", _DOCKER)

    ended = step.run(
        IMAGE_NAME="web",
        IMAGE_TAG="1",
        REGISTRY_TYPE="other",
        REGISTRY_URL="registry.example.invalid",
        REGISTRY_USERNAME="robot",
        REGISTRY_PASSWORD="hidden-one",
        DOCKER_USERNAME="hub",
        DOCKER_PASSWORD="hidden-two",
    )

    assert ended.code == 0, ended.log
    assert len([call for call in ended.calls if "--password-stdin" in call]) == 2
    assert "hidden" not in ended.log + str(ended.calls)


@needs_jq
def test_a_push_without_a_digest_is_no_push(tmp_path):
    silent = _DOCKER.replace("containerimage.digest", "other")

    ended = Step("docker-build", tmp_path).tool("aws", _AWS).tool("docker", silent).run(IMAGE_NAME="web", IMAGE_TAG="1")

    assert ended.code == 2
    assert "digest" in ended.log


def test_a_registry_that_is_not_ecr_needs_a_host(tmp_path):
    ended = Step("docker-build", tmp_path).tool("docker", _DOCKER).run(REGISTRY_TYPE="other")

    assert ended.code == 2
    assert "registryUrl" in ended.log


# --- notifications -----------------------------------------------------------------------------------------------

_HOOK = "https://hooks.example.invalid/services/T/B/hidden"


@needs_jq
def test_the_address_of_the_webhook_is_read_by_curl_and_by_nobody_else(tmp_path):
    ended = Step("slack-notify", tmp_path).tool("curl", 'cat > "$TMPDIR/stdin"').run(SLACK_WEBHOOK_URL=_HOOK)

    assert ended.code == 0, ended.log
    assert (tmp_path / "stdin").read_text(encoding="utf-8") == f'url = "{_HOOK}"\n'
    assert "hidden" not in ended.log + str(ended.calls)
    assert "--fail" in ended.calls[0]
    assert ended.goes_on


@needs_jq
@pytest.mark.parametrize(
    ("env", "body"),
    [
        ({}, {"text": "web has reached the stage Test."}),
        (
            {"PIPELINE_ENV": "production", "PIPELINE_BRANCH": "main", "SLACK_MENTION": "<!here>"},
            {"text": "<!here> web has reached the stage Test for production with the branch main."},
        ),
        ({"CUSTOM_MESSAGE": 'a "b"\n$(c)', "SLACK_CHANNEL": "#x"}, {"text": 'a "b"\n$(c)', "channel": "#x"}),
    ],
)
def test_the_message_says_what_it_is_given_letter_by_letter(tmp_path, env, body):
    step = Step("slack-notify", tmp_path).tool("curl", 'for last; do :; done; printf %s "$last" > "$TMPDIR/body"')

    ended = step.run(SLACK_WEBHOOK_URL=_HOOK, **env)

    assert ended.code == 0, ended.log
    assert json.loads((tmp_path / "body").read_text(encoding="utf-8")) == body
