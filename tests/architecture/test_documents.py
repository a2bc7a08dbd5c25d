"""Documentation that points somewhere points at something, and the lists in it are whole."""

import re
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, files

PAGES = [path for path in files() if path.suffix == ".md"]
DECISIONS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
VERB = re.compile(r"(?:`|^ {4})make ([a-z-]+)", flags=re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_project_leads_somewhere(page):
    assert [target for target in _links(page) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_anchor_of_a_link_is_a_heading(page):
    broken = []
    for target, anchor in _anchors(page):
        headings = {_anchor_of(line) for line in (page.parent / target).read_text(encoding="utf-8").splitlines()}
        broken += [f"{target}#{anchor}"] if anchor not in headings else []

    assert broken == []


def test_the_index_of_decisions_names_each_page_with_its_title():
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", index, flags=re.MULTILINE)

    assert listed == [(_title(page), page.name) for page in DECISIONS]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_what_a_decision_has_to_say(page):
    text = page.read_text(encoding="utf-8")

    assert _title(page).startswith(f"{int(page.name[:4])}. ")
    assert re.search(r"^Status: (proposed|accepted|superseded by \[)", text, flags=re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
        "Alternatives",
    ]
    assert len(text.splitlines()) < 60, "a decision is one page"


def test_every_verb_of_make_is_told_by_help_in_a_sentence():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.findall(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)
    told = re.findall(r"^([a-z-]+):.* ## [A-Z].{15,}$", makefile, flags=re.MULTILINE)

    assert declared == told


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/adr/README.md"])
def test_every_verb_that_a_page_names_exists(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.findall(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE))

    assert set(VERB.findall((ROOT / page).read_text(encoding="utf-8"))) <= verbs


def _links(page: Path) -> list[str]:
    return [target.partition("#")[0] for target in _targets(page) if not target.startswith("#")]


def _anchors(page: Path) -> list[tuple[str, str]]:
    pairs = [target.partition("#") for target in _targets(page) if "#" in target]
    return [(file or page.name, anchor) for file, _, anchor in pairs if not file or file.endswith(".md")]


def _targets(page: Path) -> list[str]:
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    return [match["target"] for match in LINK.finditer(text) if "://" not in match["target"]]


def _anchor_of(line: str) -> str:
    """A heading's anchor, as forges make it: lower case, hyphens for spaces, other signs left out."""
    if not line.startswith("#"):
        return ""
    words = line.lstrip("#").strip().lower().replace("`", "")
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
