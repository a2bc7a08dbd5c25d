"""Which artifacts there are, what each is called in AWS, and who reads it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline_builder.core.definition.model import ArtifactKey
from pipeline_builder.core.planning.ids import artifact_name


@dataclass(frozen=True, slots=True)
class Producer:
    """A source (then `stage` is empty) or a step, and what it is found by."""

    stage: str
    step: str
    stage_alias: str | None = None
    plugin: str | None = None
    directory: str | None = None

    @property
    def label(self) -> str:
        """What an author calls its artifact."""
        return f"{self.stage}/{self.step}" if self.stage else self.step


def find(key: ArtifactKey, producers: Iterable[Producer]) -> list[Producer]:
    """Every producer the key may mean; the right number is one."""
    return [producer for producer in producers if _matches(key, producer)]


def _matches(key: ArtifactKey, producer: Producer) -> bool:
    if key.name is not None:
        return key.name in {producer.label, producer.step}
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
