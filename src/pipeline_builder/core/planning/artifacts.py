"""Who makes what others read, by which names it is meant, and what it is called in AWS."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline_builder.core.definition.model import ArtifactKey
from pipeline_builder.core.planning.ids import artifact_name

PLACE_OF_SOURCES = -2
PLACE_OF_SYNTH = -1
"""The author's stages have their places from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Producer:
    """A source (then `stage` is empty) or a step, and what it is found by. There is one of each.

    Attributes:
        place: where its stage stands among the others.
    """

    stage: str
    step: str
    place: int = PLACE_OF_SOURCES
    stage_alias: str | None = None
    plugin: str | None = None
    directory: str | None = None

    @property
    def label(self) -> str:
        """What an author calls it, whatever else there is."""
        return f"{self.stage}/{self.step}" if self.stage else self.step


@dataclass(frozen=True, slots=True)
class Reader:
    """A step that reads what others made, or a condition, which is no step.

    Attributes:
        place: the last stage whose steps can have run by then.
    """

    place: int
    step: str | None = None

    def may_read(self, producer: Producer) -> bool:
        """Whatever runs in an earlier stage or in the same one, where it is waited for; but not oneself."""
        return producer.place < self.place or (producer.place == self.place and producer.step != self.step)

    def waits_for(self, producer: Producer) -> bool:
        """Whether reading it is a reason to run after it: earlier stages have ended anyway."""
        return self.step is not None and producer.place == self.place


class Producers:
    """All of a pipeline's producers, found by what authors call them."""

    def __init__(self, producers: Iterable[Producer]) -> None:
        self._all = tuple(producers)
        self._named: dict[str, list[Producer]] = {}
        for producer in self._all:
            names = (
                producer.label,
                producer.step,
                *([f"{producer.stage_alias}/{producer.step}"] if producer.stage_alias else []),
            )
            for name in dict.fromkeys(names):
                self._named.setdefault(name, []).append(producer)

    def readable(self, reader: Reader) -> list[Producer]:
        """Everything that the reader could mean."""
        return [producer for producer in self._all if reader.may_read(producer)]

    def named(self, name: str, reader: Reader) -> list[Producer]:
        """Every one that the reader may mean by a source's name, `step` or `stage/step`; the right number is one."""
        found = [producer for producer in self._named.get(name, ()) if reader.may_read(producer)]
        # A step has a longer name to be meant by, a source has not.
        return [producer for producer in found if producer.label == name] or found

    def keyed(self, key: ArtifactKey, reader: Reader) -> list[Producer]:
        """Every one that the reader may mean by a key; the right number is one."""
        if key.name is not None:
            return self.named(key.name, reader)
        return [producer for producer in self.readable(reader) if _matches(key, producer)]


def _matches(key: ArtifactKey, producer: Producer) -> bool:
    """Parts of keys are of steps. Definitions in the world add `-alias` to names that have no alias of their own."""
    if not producer.stage:
        return False
    wanted = (
        (key.stage_name, {producer.stage}),
        (key.stage_alias, {producer.stage_alias, f"{producer.stage}-alias"}),
        (key.plugin_name, {producer.plugin, producer.step}),
        (key.plugin_alias, {producer.step, f"{producer.step}-alias", producer.plugin}),
        (key.output_directory, {producer.directory}),
    )
    return all(given is None or given in known for given, known in wanted)


class ArtifactNames:
    """Hands out artifact names that stay apart in the ten characters that object keys keep."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[str, ...]] = {}
        self._given: dict[tuple[str, ...], str] = {}

    def of(self, *names: str) -> str:
        """The same names give the same artifact name; only where two of them meet does the later one change."""
        if names not in self._given:
            salted = names
            while self._taken.setdefault(artifact_name(*salted), names) != names:
                salted = ("", *salted)
            self._given[names] = artifact_name(*salted)
        return self._given[names]
