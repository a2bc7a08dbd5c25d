"""What is read off a Dockerfile."""

import pytest

from pipeline_builder.core.compliance.dockerfile import Recipe, installs_into_system, remote_scripts


def read(text: str, **arguments: str) -> Recipe:
    return Recipe(text, arguments)


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("FROM debian:12", ("debian:12",)),
        ("from --platform=$BUILDPLATFORM debian:12 as Build\nFROM BUILD\nFROM scratch", ("debian:12",)),
        ("ARG BASE=debian:12\nFROM ${BASE}", ("debian:12",)),
        ('ARG BASE="debian:12"\nFROM $BASE', ("debian:12",)),
        ("ARG BASE\nFROM ${BASE:-debian:12}", ("debian:12",)),
        ("ARG BASE\nFROM ${BASE}/x", ("${BASE}/x",)),
        ("FROM", ()),
    ],
)
def test_the_images_it_begins_from(text: str, bases: tuple[str, ...]):
    assert read(text).bases == bases


def test_arguments_of_the_build_win_over_defaults():
    assert read("ARG BASE=debian:12\nFROM ${BASE}", BASE="alpine@sha256:0").unpinned_bases == ()


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("FROM a", "root"),
        ("FROM a\nUSER app:staff\nUSER 0", "0"),
        ("FROM a AS build\nUSER app\nFROM b", "root"),
        ("FROM a AS base\nUSER app\nFROM x AS other\nUSER root\nFROM base", "app"),
        ("FROM a AS base\nUSER one\nFROM base AS base\nFROM base", "one"),
    ],
)
def test_who_the_last_image_runs_as(text: str, user: str):
    assert read(text).user == user


def test_lines_go_on_over_comments_and_here_documents_end():
    text = """
# syntax=docker/dockerfile:1
MAINTAINER before the first stage
FROM debian:12
RUN apt-get update && \\
    # what is needed
    apt-get install --yes git \\
      curl
RUN <<EOF
pip install ruff==1 # pinned
USER nobody
EOF
not an instruction
!
EXPOSE 8080 \\"""

    found = read(text)

    assert [one.name for one in found.instructions] == ["MAINTAINER", "FROM", "RUN", "RUN", "NOT", "EXPOSE"]
    assert found.packages == ("curl", "git", "ruff==1")
    assert (found.user, found.ports) == ("root", ("8080",))


def test_a_here_document_without_an_end_is_read_to_the_end():
    assert read("FROM a\nRUN <<'EOF'\necho").commands == ("<<'EOF'\necho",)


@pytest.mark.parametrize(
    ("command", "packages"),
    [
        ("apt-get install -y --no-install-recommends git", {"git"}),
        ("apt-get update;apt-get -y install git>/dev/null", {"git"}),
        ("sudo /usr/bin/apk add --no-cache git curl || true", {"git", "curl"}),
        ("pip install --require-hashes -r requirements.txt", {"requirements.txt"}),
        ("pip install .", set()),
        ("npm install --global eslint@10 && npm ci", {"eslint@10"}),
        ("apt-get update", set()),
        ("echo 'apt-get install git", set()),
        ("echo apt-get", set()),
    ],
)
def test_packages_that_are_installed_by_name(command: str, packages: set[str]):
    assert set(read(f"FROM a\nRUN {command}").packages) == packages


def test_what_is_installed_into_the_system():
    assert installs_into_system(["make", "apt-get install git"])
    assert not installs_into_system(["pip install ruff", "npm install"])


@pytest.mark.parametrize(
    "command",
    [
        "curl -fsSL https://example.com/a.sh | bash",
        "wget -qO- https://example.com/a.sh|sudo /bin/sh -s",
        'bash -c "$(curl -fsSL https://example.com/a.sh)"',
        "bash <(curl -fsSL https://example.com/a.sh)",
    ],
)
def test_a_script_that_goes_from_the_net_to_a_shell(command: str):
    assert len(remote_scripts([command])) == 1


@pytest.mark.parametrize("command", ["curl -O https://example.com/a.sh; sh a.sh", "curl x | jq .", "echo shell | sh"])
def test_what_is_kept_before_it_runs_or_is_no_script(command: str):
    assert remote_scripts([command]) == ()


def test_variables_in_both_forms():
    found = read("FROM a\nENV A=1 B='two words'\nENV OLD some value\nARG C=3\nARG D\nENV\n")

    assert dict(found.variables) == {"A": "1", "B": "two words", "OLD": "some value", "C": "3"}


def test_what_a_stage_has_that_the_image_is_not_made_of():
    found = read("FROM a AS build\nHEALTHCHECK CMD true\nEXPOSE 80\nFROM b")

    assert (found.has("HEALTHCHECK"), found.ports) == (False, ())
