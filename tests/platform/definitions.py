"""Definitions as tests of the platform send them."""

from typing import Any


def a_definition(project: str = "web", **more: Any) -> dict[str, Any]:
    """The least that becomes a pipeline."""
    return {
        "project": project,
        "organization": "acme",
        "synth": {
            "source": {
                "type": "connection",
                "options": {
                    "repo": "acme/web",
                    "branch": "main",
                    "connectionArn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/"
                    "11111111-2222-3333-4444-555555555555",
                },
            },
            "plugin": {"name": "cdk-synth"},
        },
        "stages": [{"stageName": "Test", "steps": [{"plugin": {"name": "jest"}}]}],
        **more,
    }
