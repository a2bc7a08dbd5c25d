"""Reports that plugins convert: what a tool really writes becomes SARIF, and the tool's verdict stays."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.model import FailureBehavior
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.planning.script import ShellStep, step_script
from pipeline_builder.core.plugins.inputs import variable_of

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is in the plugin images, not everywhere else")

NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "lodash": {
            "name": "lodash",
            "severity": "high",
            "range": "<=4.17.20",
            "via": [
                {
                    "source": 1106913,
                    "name": "lodash",
                    "title": "Command Injection in lodash",
                    "url": "https://github.com/advisories/GHSA-35jh-r3h4-6jhm",
                    "severity": "high",
                    "range": "<=4.17.20",
                }
            ],
        },
        "async": {"name": "async", "severity": "high", "range": "1.0.0", "via": ["lodash"]},
    },
}

CARGO = {
    "vulnerabilities": {
        "found": True,
        "list": [
            {
                "advisory": {"id": "RUSTSEC-2020-0071", "title": "Potential segfault in the time crate"},
                "package": {"name": "time", "version": "0.1.43"},
            }
        ],
    },
    "warnings": {
        "unmaintained": [
            {
                "kind": "unmaintained",
                "advisory": {"id": "RUSTSEC-2021-0139", "title": "ansi_term is unmaintained"},
                "package": {"name": "ansi_term", "version": "0.12.1"},
            }
        ],
        "yanked": [{"kind": "yanked", "advisory": None, "package": {"name": "old", "version": "1.0.0"}}],
    },
}

BUNDLER = {
    "version": "0.9.2",
    "results": [
        {"type": "insecure_source", "source": "http://example.invalid/"},
        {
            "type": "unpatched_gem",
            "gem": {"name": "rack", "version": "2.0.1"},
            "advisory": {"id": "CVE-2018-16471", "title": "Possible XSS vulnerability in Rack"},
        },
    ],
}

DOTNET = {
    "version": 1,
    "projects": [
        {
            "path": "web/web.csproj",
            "frameworks": [
                {
                    "framework": "net9.0",
                    "topLevelPackages": [
                        {
                            "id": "Newtonsoft.Json",
                            "resolvedVersion": "12.0.1",
                            "vulnerabilities": [
                                {"severity": "High", "advisoryurl": "https://github.com/advisories/GHSA-5crp-9r3c-p9vr"}
                            ],
                        }
                    ],
                    "transitivePackages": [{"id": "Fine", "resolvedVersion": "1.0.0"}],
                }
            ],
        },
        {"path": "empty/empty.csproj"},
    ],
}


def run(name: str, folder: Path, tool: str, fake: str, **env: str) -> tuple[int, str, Any]:
    """Run the plugin with its one tool replaced; gives the exit code, the log and the SARIF results."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / tool).write_text("#!/bin/sh\n" + fake, encoding="utf-8")
    (tools / tool).chmod(0o755)
    work = folder / "work"
    work.mkdir()
    (work / "package-lock.json").write_text("{}", encoding="utf-8")
    spec = next(one for one in shipped_catalog().versions_of(name, Report())).spec
    step = ShellStep(
        name=name, failure_behavior=FailureBehavior.FAIL, install=spec.install_commands, build=spec.commands
    )
    inputs = {variable_of(key, one): one.default or "" for key, one in spec.inputs.items()}
    done = subprocess.run(
        ["sh", "-c", step_script(step)],
        cwd=work,
        env={"PATH": f"{tools}:{os.environ['PATH']}", "TMPDIR": str(folder), **inputs, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    reports = list((work / "reports").glob("*.sarif")) if (work / "reports").is_dir() else []
    sarif = json.loads(reports[0].read_text(encoding="utf-8")) if reports else None
    return done.returncode, done.stdout + done.stderr, sarif and sarif["runs"][0]["results"]


def printing(data: object, folder: Path, code: int) -> str:
    report = folder / "report.json"
    report.write_text(json.dumps(data), encoding="utf-8")
    return f"cat '{report}'\nexit {code}\n"


def test_npm_audit_tells_each_advisory_once_and_fails_as_npm_does(tmp_path: Path) -> None:
    code, log, results = run("npm-audit", tmp_path, "npm", printing(NPM, tmp_path, 1))
    assert code == 1
    (result,) = results
    assert result["ruleId"] == "https://github.com/advisories/GHSA-35jh-r3h4-6jhm"
    assert result["level"] == "error"
    assert "lodash <=4.17.20: Command Injection" in log


def test_npm_audit_without_vulnerabilities_succeeds_with_an_empty_report(tmp_path: Path) -> None:
    code, _, results = run("npm-audit", tmp_path, "npm", printing({"vulnerabilities": {}}, tmp_path, 0))
    assert (code, results) == (0, [])


def test_an_advisory_database_that_does_not_answer_is_no_clean_result(tmp_path: Path) -> None:
    code, log, _ = run("npm-audit", tmp_path, "npm", printing({"error": {"code": "ENOAUDIT"}}, tmp_path, 0))
    assert code == 2
    assert "did not answer" in log


def test_cargo_audit_tells_vulnerabilities_and_warnings(tmp_path: Path) -> None:
    code, _, results = run("cargo-audit", tmp_path, "cargo", printing(CARGO, tmp_path, 1))
    assert code == 1
    assert [(one["ruleId"], one["level"]) for one in results] == [
        ("RUSTSEC-2020-0071", "error"),
        ("RUSTSEC-2021-0139", "warning"),
        ("yanked", "warning"),
    ]


def test_cargo_audit_that_writes_nothing_is_no_clean_result(tmp_path: Path) -> None:
    assert run("cargo-audit", tmp_path, "cargo", "exit 0\n")[0] == 2


def test_bundler_audit_tells_gems_and_sources(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(BUNDLER), encoding="utf-8")
    fake = f'while [ "$1" != --output ]; do shift; done\ncp \'{report}\' "$2"\nexit 1\n'
    code, _, results = run("bundler-audit", tmp_path, "bundle-audit", fake)
    assert code == 1
    assert [one["ruleId"] for one in results] == ["insecure_source", "CVE-2018-16471"]


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 0), ("high", 1), ("low", 1)])
def test_dotnet_fails_from_the_given_severity_on(tmp_path: Path, fail_on: str, code: int) -> None:
    fake = f'if [ "$1" = list ]; then\n{printing(DOTNET, tmp_path, 0)}\nfi\n'
    ended, log, results = run("dotnet-security-scan", tmp_path, "dotnet", fake, FAIL_ON=fail_on)
    assert ended == code, log
    (result,) = results
    assert result["message"]["text"] == "Newtonsoft.Json 12.0.1: High"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "web/web.csproj"
