"""No file, however it is made, costs more than a little time and memory: it is a definition, or findings that end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src"
MEGABYTE = 1_048_576
PROGRAM = """
import resource, sys
from pathlib import Path
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.diagnostics.formats import as_json, as_sarif, as_text

data = sys.stdin.buffer.read()
size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 200_000_000, size + 200_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (4, 4))
report = Report()
load_definition(data, "pipeline.yaml", report)
sources = {"pipeline.yaml": data.decode(errors="replace")}
for told in (as_text(report, sources=sources), as_json(report), as_sarif(report)):
    told.encode()
print(*(one.code for one in report))
"""
"""The limits hold for reading and telling, beside what a process needs to begin with. A second is promised on a machine
that does nothing else, so the bound is a small multiple of it."""


def codes_of(data):
    """What is found, by a process that the system ends when it takes too much."""
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=data, capture_output=True, check=False, env={"PYTHONPATH": str(SOURCE)}
    )
    assert process.returncode == 0, process.stderr.decode()
    return process.stdout.decode().split()


def definition(**more):
    source = {"source": {"repo": "a/b"}, "plugin": "p"}
    return json.dumps({"project": "a", "organization": "b", "synth": source, **more}).encode()


def with_synth(**more):
    return definition(synth={"source": {"repo": "a/b"}, "plugin": "p", **more})


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + level, 98 + level, b", ".join([b"*%c" % (97 + level)] * 9)) for level in range(20)
)

DOCUMENTS = {
    "brackets": (b"[" * MEGABYTE, "too-deep"),
    "braces": (b"{" * MEGABYTE, "too-deep"),
    "mappings in one line": (b"a: " * 349_525, "invalid-yaml"),
    "lists in one line": (b"- " * 524_288, "too-deep"),
    "keys in one line": (b"? " * 524_288, "too-deep"),
    "quotes": (b'"' * 1_000_000, "invalid-yaml"),
    "one line": (b"a" * MEGABYTE, "not-a-mapping"),
    "too large": (b"a" * (MEGABYTE + 1), "too-large"),
    "NUL": (b"a: \0", "control-character"),
    "a mark and nothing else": (b"\xef\xbb\xbf", "empty-document"),
    "UTF-16": ("a: b".encode("utf-16"), "not-utf-8"),
    "half of a character": (b'{"a": "\\ud800"}', "invalid-yaml"),
    "a long integer": (b"description: " + b"9" * 1_000_000, "wrong-length"),
    "NaN": (b"a: .nan", "not-a-number"),
    "aliases of aliases": (BOMB, "too-many-values"),
}


@pytest.mark.parametrize(("data", "code"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_made_to_hurt_is_a_finding(data, code):
    assert code in codes_of(data)


DEFINITIONS = {
    "keys that nobody knows": (definition(**{f"key{number}": 1 for number in range(40_000)}), "unknown-key"),
    "keys in many steps": (
        definition(stages=[{"stageName": "a", "steps": [{"plugin": "x", "needz": "y"}]}] * 5_000),
        "unknown-key",
    ),
    "variables": (with_synth(env={f"a-{number}": "x" for number in range(40_000)}), "invalid-variable-name"),
    "metadata": (definition(**{"global": {f"aws:cdk:x{number}": "" for number in range(40_000)}}), "metadata-unknown"),
    "needs of many steps": (
        definition(
            stages=[{"stageName": "a", "steps": [{"plugin": f"x{one}", "needs": ["z"] * 10} for one in range(3_000)]}]
        ),
        "unknown-need",
    ),
    "here-documents": (with_synth(commands="<<a " * 200_000), "open-here-document"),
    "commands that are remarked on": (with_synth(commands=["<<a"] * 40_000), "too-many-findings"),
    "variables that are remarked on": (
        definition(
            stages=[
                {
                    "stageName": "a",
                    "steps": [{"plugin": f"x{one}", "env": {"CI": "", "PIPELINE_NAME": ""}} for one in range(5_000)],
                }
            ]
        ),
        "too-many-findings",
    ),
    "expressions": (
        definition(vars={f"k{one}": f"{{{{ vars.k{one + 1} }}}}" for one in range(9_000)}),
        "template-unknown-path",
    ),
    "parts of a schedule": (definition(schedule=f"cron({'1,' * 400_000} )"), "invalid-schedule"),
    "colons in an ARN": (with_synth(role=f"arn:{'a' * 500_000}{':' * 400_000}"), "wrong-pattern"),
    "parts of a secret's name": (
        with_synth(secrets={"A": f"arn:aws:secretsmanager{':a' * 400_000}!"}),
        "wrong-pattern",
    ),
    "digits of a number in metadata": (
        definition(**{"global": {"aws:cdk:operations:artifactretentiondays": "9" * 900_000}}),
        "metadata-value",
    ),
    "brackets in metadata": (
        definition(**{"global": {"aws:cdk:pipelines:codebuildstep:env": "[" * 900_000}}),
        "metadata-value",
    ),
}


@pytest.mark.parametrize(("data", "code"), DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_definition_with_too_much_of_something_is_told_so(data, code):
    found = codes_of(data)

    assert code in found
    assert len(found) <= 101
