"""Names that AWS knows things by, made of names in the definition and of nothing else.

A counter or a position would rename (for CloudFormation: replace) resources when a step is inserted. So each id is the
readable names, cut to size, and a digest of the exact names, which keeps apart what cutting and cleaning made alike.
"""

import base64
import hashlib
import re
from functools import lru_cache

_LOGICAL_ID_PART = 40
_PREFIX_PART = 40
_PROJECT_NAME = 100
"""AWS allows 150, and 128 for a report group's name, which is the project's with the report's behind it."""
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]+")
_NOT_A_PROJECT_CHARACTER = re.compile(r"[^A-Za-z0-9_]+")
_NOT_AN_ARTIFACT_CHARACTER = re.compile(r"[^A-Za-z0-9]+")

ARTIFACT_KEY_CHARACTERS = 10
"""CodePipeline cuts an artifact's name to this many characters in its object key."""

PIPELINE_KEY_CHARACTERS = 20
"""CodePipeline cuts the pipeline's name to this many characters in its object keys."""

CACHE_FOLDER = "kept-between-executions"
"""Longer than a cut name of a pipeline, so that none of them is called so."""


def logical_id(*names: str, kind: str) -> str:
    """`TestJest1f3a9c2eProject` for `("Test", "jest")` and the kind `Project`."""
    return _stem(names) + kind


@lru_cache(maxsize=1024)  # a step has half a dozen
def _stem(names: tuple[str, ...]) -> str:
    return "".join(_camel(name)[:_LOGICAL_ID_PART] for name in names) + digest(*names)


@lru_cache(maxsize=16)  # asked for by every step
def own_prefix(pipeline: str) -> str:
    """What the names of a pipeline's own things begin with, before a hyphen, and those of no other pipeline.

    Permissions rely on it: cleaned names have no two hyphens in a row, so none can be mistaken for this. It has at most
    50 characters, because AWS allows some names only 64.
    """
    return f"{_clean(pipeline)[:_PREFIX_PART].rstrip('-_')}--{digest(pipeline)}"


def project_name(pipeline: str, stage: str, step: str) -> str:
    """`<pipeline>--3f1a9c2e-<stage>-<step>-9c2e04b1`: readable; the digests tell apart what cleaning made alike."""
    suffix = f"-{digest(stage, step)}"
    wanted = f"{own_prefix(pipeline)}-{_clean(stage)}-{_clean(step)}"
    return wanted[: _PROJECT_NAME - len(suffix)].rstrip("-_") + suffix


def lookup_function_name(pipeline: str) -> str:
    """Of the Lambda function of a pipeline."""
    return f"{own_prefix(pipeline)}-lookup"


def event_rule_name(pipeline: str, rule: str) -> str:
    """Of an EventBridge rule of a pipeline, by the rule's logical id."""
    return f"{own_prefix(pipeline)}-{digest(rule)}"


def artifact_name(*names: str) -> str:
    """Ten characters: three that remind of the last name, and a digest of all of them."""
    reminder = _NOT_AN_ARTIFACT_CHARACTER.sub("", names[-1])[:3] or "x"
    code = base64.b32encode(hashlib.sha256("\0".join(names).encode()).digest()[:5]).decode().lower()
    return f"{reminder}_{code[: ARTIFACT_KEY_CHARACTERS - 1 - len(reminder)]}"


def variables_namespace(stage: str, step: str) -> str:
    """What CodePipeline knows a step's exported variables by; at most 100 characters, and no source is called so."""
    return logical_id(stage, step, kind="Variables")


def digest(*names: str) -> str:
    """Eight hexadecimal characters of the exact names, whose borders count."""
    exact = "\0".join(names).encode()
    return hashlib.sha256(exact).hexdigest()[:8]


def _clean(name: str) -> str:
    return _NOT_A_PROJECT_CHARACTER.sub("-", name).strip("-_") or "x"


def _camel(name: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in _NOT_ALPHANUMERIC.split(name) if part)


def parameter_name(name: str, kind: str) -> str:
    """A template parameter's name, typed by people who deploy: with a digest only where cleaning changed it."""
    readable = _camel(name)[:_LOGICAL_ID_PART]
    return f"{readable}{'' if readable == name else digest(name)}{kind}"
