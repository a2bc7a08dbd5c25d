"""One step as one shell script, with its failure policy around the whole.

Each command stands in a file of its own and is read by one child shell, one after the other. So `cd` and `export` carry
over from install to build, a command that does not parse names itself and cannot swallow the next one, and no text is
ever appended to what an author wrote. The child's exit code decides; what it exported comes back through a file.

Everything here is POSIX `sh`: steps run in images that may have nothing more.

Nothing of this package is imported: the source of this module, as it stands, is also a part of the function that makes
build specifications while CloudFormation deploys (`lookup: deploy`).
"""

import shlex
from collections.abc import Sequence
from typing import NamedTuple

_LABEL_CHARACTERS = 100


class ShellStep(NamedTuple):
    """What the script of a step is made of.

    Attributes:
        failure_behavior: `fail`, `warn` or `ignore`.
        install, build: the commands in order, exactly as they are to be read by the shell.
        mounted: further input artifacts: name, and the folder each appears in.
        exported: variables handed back to the parent, and so to CodePipeline.
        kept: folders that are collected afterwards, and so must exist and not be empty.
        evidence_marker: file that is written whatever happened, so that evidence is never an empty artifact.
        sarif: paths (or globs) of SARIF files, of which JUnit files are made beside them.
    """

    name: str
    failure_behavior: str
    install: Sequence[str]
    build: Sequence[str]
    mounted: Sequence[tuple[str, str]] = ()
    exported: Sequence[str] = ()
    kept: Sequence[str] = ()
    sarif: Sequence[str] = ()
    evidence_marker: str | None = None


def step_script(step: ShellStep) -> str:
    """Write the command that CodeBuild runs: POSIX shell, ends with a newline, its last exit code is the step's."""
    commands = [("install", text) for text in step.install] + [("build", text) for text in step.build]
    parts = [_HEAD]
    parts += [_file(f"{number}.sh", _normalized(text)) for number, (_, text) in enumerate(commands, start=1)]
    parts.append(_file("step.sh", _child(step, commands)))
    parts.append('sh "$step_folder/step.sh"\nstep_status=$?\n')
    if step.exported:
        parts.append(_take_back(step.exported))
    if step.sarif:
        parts.append(_file("sarif-to-junit.jq", _SARIF_TO_JUNIT) + _convert(step.sarif))
    parts += [_keep(folder) for folder in step.kept]
    if step.evidence_marker:
        parts.append(f'printf "exit code %s\\n" "$step_status" > {shlex.quote(step.evidence_marker)}\n')
    parts += ['rm -rf "$step_folder"\n', _policy(step)]
    return "".join(parts)


_HEAD = """\
step_folder="${TMPDIR:-/tmp}/pipeline-step.$$"
rm -rf "$step_folder" && mkdir -p "$step_folder"
"""


def _child(step: ShellStep, commands: Sequence[tuple[str, str]]) -> str:
    lines = [_hand_back(step.exported) if step.exported else "step_hand_back() { :; }\n", _END]
    lines += [_mount(name, folder) for name, folder in step.mounted]
    lines.append('cd "${WORKDIR:-.}" || exit\n')
    count = len(commands)
    for number, (phase, text) in enumerate(commands, start=1):
        label = shlex.quote(f"{phase}, command {number} of {count}: {_first_line(text)}")
        rest = "" if number == count else "yes"
        lines.append(f"step_rest={rest} step_label={label}\nprintf '[step] %s\\n' \"$step_label\"\n")
        # Shell options that a command sets are its own: `set -eu` of a plugin must not judge the author's commands.
        lines.append(f'set +eu\n. "$step_folder/{number}.sh"\n')
        lines.append('step_check $? "$step_label"\n')
    return "step_folder=${0%/*}\n" + _CHECK + "".join(lines)


_CHECK = """\
step_check() {
  if [ "$1" -ne 0 ]; then
    step_label=$2
    exit "$1"
  fi
}
"""

# Also when a command ends the shell, by `exit` or under `set -e`: the log says which, and what it exported is kept.
_END = """\
step_rest=yes step_label='before the first command'
step_end() {
  step_code=$?
  step_hand_back
  if [ "$step_code" -ne 0 ]; then
    printf '[step] exit code %s: %s\\n' "$step_code" "$step_label" >&2
  elif [ -n "$step_rest" ]; then
    printf '[step] ended early, and what follows did not run: %s\\n' "$step_label" >&2
  fi
}
trap step_end EXIT
"""


def _file(name: str, content: str) -> str:
    """Write a file without the shell looking into it."""
    end = "END_OF_COMMAND"
    while end in content:
        end += "_"
    return f"cat > \"$step_folder/{name}\" <<'{end}'\n{content}{end}\n"


def _normalized(text: str) -> str:
    """Line ends as the shell wants them, and one at the end."""
    unix = text.replace("\r\n", "\n")
    return unix if unix.endswith("\n") else unix + "\n"


def _first_line(text: str) -> str:
    stripped = (line.strip() for line in text.splitlines())
    lines = (line for line in stripped if line and not line.startswith(("#", "set ")))
    first = next(lines, "nothing")
    shown = first[:_LABEL_CHARACTERS]
    if not shown.isprintable():
        shown = "".join(character if character.isprintable() else " " for character in shown)
    return shown + (" ..." if len(first) > _LABEL_CHARACTERS or next(lines, None) else "")


def _mount(name: str, folder: str) -> str:
    quoted = shlex.quote(folder)
    label = shlex.quote(f"the artifact for the folder {folder}")
    return f'mkdir -p {quoted} && cp -R "${{CODEBUILD_SRC_DIR_{name}:?}}/." {quoted}\nstep_check $? {label}\n'


def _hand_back(names: Sequence[str]) -> str:
    """The child writes assignments that any shell reads back, whatever the values hold; also when it exits early."""
    writes = "".join(
        f'  printf "%s=\'%s\'\\n" {name} "$(printf "%s" "${{{name}-}}" | sed "s/\'/\'\\\\\\\\\'\'/g")"\n'
        for name in names
    )
    return f'step_hand_back() {{\n{{\n{writes}}} > "$step_folder/exported"\n}}\n'


def _take_back(names: Sequence[str]) -> str:
    return 'if [ -f "$step_folder/exported" ]; then . "$step_folder/exported"; fi\n' + f"export {' '.join(names)}\n"


def _keep(folder: str) -> str:
    quoted = shlex.quote(folder)
    return f'[ -n "$(ls -A {quoted} 2>/dev/null)" ] || {{ mkdir -p {quoted} && : > {quoted}/.empty; }}\n'


_FORGIVING = {
    "warn": "WARNING: %s ended with exit code %s; the execution goes on (failureBehavior: warn)",
    "ignore": "%s ended with exit code %s, which is ignored (failureBehavior: ignore)",
}
"""What is said of a failure that does not count. Under every other policy it counts."""


def _policy(step: ShellStep) -> str:
    says = _FORGIVING.get(step.failure_behavior)
    if says is None:
        return '(exit "$step_status")\n'
    name = shlex.quote(step.name)
    return f"""if [ "$step_status" -ne 0 ]; then printf '[step] {says}\\n' {name} "$step_status" >&2; fi\n"""


def _convert(paths: Sequence[str]) -> str:
    """CodeBuild shows JUnit but not SARIF, so the findings are also written as JUnit; never changes the result."""
    return (
        f"for step_sarif in {' '.join(paths)}; do\n"
        '  [ -f "$step_sarif" ] || continue\n'
        "  if ! command -v jq > /dev/null; then\n"
        "    echo '[step] findings are not shown as tests: no jq in the image'\n"
        "    break\n"
        "  fi\n"
        '  step_junit="$step_sarif.junit.xml"\n'
        '  jq -r -f "$step_folder/sarif-to-junit.jq" "$step_sarif" > "$step_junit" || rm -f "$step_junit"\n'
        "done\n"
    )


_SARIF_TO_JUNIT = r"""
def xml: tostring | gsub("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]"; "") | @html;
def place:
  .locations[0]?.physicalLocation // {} | "\(.artifactLocation.uri // ""):\(.region.startLine // "")" | rtrimstr(":");
def failing: (.level // "warning") | . == "error" or . == "warning";
"<testsuites>",
(.runs[]? | (.results // []) as $results |
  "<testsuite name=\"\(.tool.driver.name // "findings" | xml)\" tests=\"\([$results | length, 1] | max)\"" +
  " failures=\"\([$results[] | select(failing)] | length)\">",
  (if $results == [] then "<testcase classname=\"findings\" name=\"no findings\"/>" else empty end),
  ($results[] |
    "<testcase classname=\"\(.ruleId // "finding" | xml)\" name=\"\(place | xml)\">" +
    (if failing then "<failure message=\"\(.message.text // "" | .[0:1000] | xml)\"/>" else "" end) + "</testcase>"),
  "</testsuite>"),
"</testsuites>"
"""
