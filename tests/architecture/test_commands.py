"""Every command stands in the reference, and nothing that is no command."""

import re

import click

from pipeline_builder.cli.main import app
from tests.architecture.project import ROOT

REFERENCE = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")


def commands_of(group: click.Group, prefix: str = "") -> set[str]:
    found = set()
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands_of(command, f"{prefix}{name} ")
        elif not command.hidden:
            found.add(f"{prefix}{name}")
    return found


def test_every_command_has_its_heading():
    assert set(re.findall(r"^### (.+)$", REFERENCE, re.MULTILINE)) == commands_of(app)


def test_every_command_says_in_a_sentence_what_it_does():
    def helps(group: click.Group):
        for command in group.commands.values():
            yield command.help or ""
            if isinstance(command, click.Group):
                yield from helps(command)

    assert [text for text in helps(app) if not text.endswith(".") and "`" not in text] == []
