"""What a Dockerfile says about the image that comes of it.

Source: "Dockerfile reference" of Docker: continued lines, comments between them, here-documents, stages, and the
arguments that stand before the first of them.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

_INSTRUCTION = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+(?P<rest>.*)", re.DOTALL)
_HERE_DOCUMENT = re.compile(r"<<-?(?P<quote>[\"']?)(?P<end>[A-Za-z_][A-Za-z0-9_]*)(?P=quote)")
_REFERENCE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::[-+](?P<otherwise>[^}]*))?\}|(?P<bare>\w+))")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_DIGEST = "@sha256:"
_ROOT = "root"

_COMMAND_ENDS = frozenset(";&|()\n")
_REDIRECTIONS = frozenset("<>")
_INSTALLERS: Mapping[str, frozenset[str]] = {
    "apt-get": frozenset({"install"}),
    "apt": frozenset({"install"}),
    "apk": frozenset({"add"}),
    "yum": frozenset({"install"}),
    "dnf": frozenset({"install"}),
    "microdnf": frozenset({"install"}),
    "pip": frozenset({"install"}),
    "pip3": frozenset({"install"}),
    "npm": frozenset({"install", "i", "add"}),
    "gem": frozenset({"install"}),
}
"""Programs that install packages, and the word that makes them do it."""

_SYSTEM_INSTALLERS = frozenset({"apt-get", "apt", "apk", "yum", "dnf", "microdnf"})
_REMOTE_SCRIPT = re.compile(
    r"\b(?:curl|wget)\b[^\n|;&]*\|\s*(?:sudo\s+)?(?:env\s+)?(?:\S*/)?(?:ba|da|z|k)?sh\b"
    r"|\b(?:ba|da|z|k)?sh\s+(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s*(?:curl|wget)\b"
)


class Instruction(NamedTuple):
    """One instruction: its name in capitals, and what it says, on one line but for here-documents."""

    name: str
    rest: str


@dataclass
class _Stage:
    """One stage: the image it begins from, and what it says itself."""

    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)


class Recipe:
    """How an image is made: a Dockerfile that was read.

    Args:
        text: of the file.
        arguments: of the build, which win over the defaults in the file.
    """

    def __init__(self, text: str, arguments: Mapping[str, str]) -> None:
        self.instructions = tuple(_instructions(text))
        self._arguments = dict(arguments)
        self._stages: list[_Stage] = []
        for one in self.instructions:
            if one.name == "FROM":
                self._stages.append(self._stage(one.rest))
            elif self._stages:
                self._stages[-1].instructions.append(one)
            elif one.name == "ARG":
                name, _, default = one.rest.partition("=")
                self._arguments.setdefault(name.strip(), default.strip().strip("\"'"))

    def _stage(self, rest: str) -> _Stage:
        image, *more = [word for word in rest.split() if not word.startswith("--")] or ["scratch"]
        name = more[1].lower() if len(more) > 1 and more[0].lower() == "as" else None
        return _Stage(_REFERENCE.sub(self._value, image), name)

    def _value(self, reference: re.Match[str]) -> str:
        name = reference["braced"] or reference["bare"]
        return self._arguments.get(name) or reference["otherwise"] or reference.group()

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The images that it begins from, but not its own stages and not the empty one."""
        own = {stage.name for stage in self._stages}
        return tuple(stage.base for stage in self._stages if stage.base.lower() not in own and stage.base != "scratch")

    @property
    def unpinned_bases(self) -> tuple[str, ...]:
        return tuple(image for image in self.bases if _DIGEST not in image)

    def _final(self) -> Iterator[Instruction]:
        """Everything that makes the last image, from its end: the last stage, and those it begins from."""
        wanted, before = None, self._stages
        while before:
            *before, stage = before
            if wanted is None or stage.name == wanted:
                yield from reversed(stage.instructions)
                wanted = stage.base.lower()

    @property
    def user(self) -> str:
        """Who the image runs as, without the group: the last USER, which is root where there is none."""
        users = (one.rest.partition(":")[0].strip() for one in self._final() if one.name == "USER")
        return next(users, _ROOT)

    @property
    def ports(self) -> tuple[str, ...]:
        """The ports that it says it listens on, as `8080/tcp`."""
        return tuple(sorted({port for one in self._final() if one.name == "EXPOSE" for port in one.rest.split()}))

    def has(self, instruction: str) -> bool:
        """Whether the image is made with an instruction."""
        return any(one.name == instruction for one in self._final())

    @property
    def commands(self) -> tuple[str, ...]:
        """What it runs while it is built."""
        return tuple(one.rest for one in self.instructions if one.name == "RUN")

    @property
    def packages(self) -> tuple[str, ...]:
        """Packages that it installs by name."""
        return tuple(sorted({package for _, found in installations(self.commands) for package in found}))

    @property
    def variables(self) -> Mapping[str, str]:
        """Variables and arguments that it gives a value."""
        found: dict[str, str] = {}
        for one in self.instructions:
            if one.name not in {"ENV", "ARG"}:
                continue
            words = _words(one.rest)
            if one.name == "ENV" and words and not _ASSIGNMENT.match(words[0]):
                found[words[0]] = " ".join(words[1:])
            found |= dict(word.split("=", 1) for word in words if _ASSIGNMENT.match(word))
        return found


def installations(commands: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each call of a program that installs packages, with the packages that it names."""
    for command in commands:
        call: list[str] = []
        for word in (*_words(command), "\n"):
            if _COMMAND_ENDS.issuperset(word):
                yield from _installation(call)
                call = []
            else:
                call.append(word)


def installs_into_system(commands: Iterable[str]) -> bool:
    """Whether commands install packages of the system's."""
    return any(program in _SYSTEM_INSTALLERS for program, _ in installations(commands))


def remote_scripts(commands: Iterable[str]) -> tuple[str, ...]:
    """What commands download and hand to a shell, unseen."""
    return tuple(found.group() for command in commands for found in _REMOTE_SCRIPT.finditer(command))


def _installation(call: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for place, word in enumerate(call):
        program = word.rpartition("/")[2]
        verbs = _INSTALLERS.get(program)
        if verbs is None:
            continue
        rest = call[place + 1 :]
        begin = next((at for at, one in enumerate(rest) if one in verbs), None)
        if begin is not None:
            named = takewhile(lambda one: not (_REDIRECTIONS.issuperset(one) or one.startswith("#")), rest[begin + 1 :])
            yield program, tuple(one for one in named if not one.startswith(("-", "$", ".", "/")))
        return


def _words(command: str) -> list[str]:
    """The words of a command as a shell would see them; ends of commands are words of their own."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # a quote that does not end
        return command.split()


def _instructions(text: str) -> Iterator[Instruction]:
    lines = iter(text.splitlines())
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line
        while whole.rstrip().endswith("\\"):
            following = next(lines, "")
            if not following.lstrip().startswith("#"):
                whole = f"{whole.rstrip()[:-1]} {following.strip()}"
        found = _INSTRUCTION.match(whole)
        if found is None:
            continue
        rest = found["rest"].strip()
        for here in _HERE_DOCUMENT.finditer(rest):
            rest += "".join(f"\n{body}" for body in _until(lines, here["end"]))
        yield Instruction(found["name"].upper(), rest)


def _until(lines: Iterator[str], end: str) -> Iterator[str]:
    for line in lines:
        if line.strip() == end:
            return
        yield line
