"""Where an author wrote a value, whose place is known as the usual form of the document has it.

A check sees the dataclasses and names a field by its usual place. In the file it may stand under an alias, under
`options`, as the only item of a list without brackets, or in a short form.
"""

from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping

from pipeline_builder.core.diagnostics import Location
from pipeline_builder.core.documents import Mapping, Node, Sequence
from pipeline_builder.core.schema.findings import Keys
from pipeline_builder.core.schema.shape import Entries, Entry, Items, OneOf, Record, Shape, entries_of


def as_written(cls: type, root: Node, at: Location) -> Location:
    """The place in a document with this root, of what has the place `at` in the usual form of a `cls`.

    As far as the document has such a place; the rest is kept as it is.
    """
    place: _Place | None = _Place((), root, Record(cls))
    written: Keys = ()
    for key in at.keys:
        place = None if place is None else place.below(key)
        written = (*written, key) if place is None else place.keys
    return Location(written)


class _Place:
    """A node, how one comes to it, and the shape it should have."""

    def __init__(self, keys: Keys, node: Node, shape: Shape | None) -> None:
        self.keys = keys
        self._node = node
        self._shape = shape

    def below(self, key: str | int) -> "_Place | None":
        """Where the value of this key stands; None where there is none."""
        match self._shape:
            case Record() if isinstance(key, str):
                return self._in_record((self._shape.type,), key, nested=None)
            case OneOf() if isinstance(key, str):
                return self._in_record(self._shape.members, key, nested=self._shape.tagged.nested)
            case Items() if not isinstance(self._node, Sequence):
                only = _Place(self.keys, self._node, self._shape.of)
                return only if isinstance(key, int) else only.below(key)
            case Items() | Entries():
                return self._child(key, self._shape.of)
            case _:
                return self._child(key, None)

    def _in_record(self, types: tuple[type, ...], key: str, nested: str | None) -> "_Place | None":
        entry = _entry(types, key)
        shape = entry.shape if entry is not None else None
        names = (key, entry.key, *entry.aliases) if entry is not None else (key,)
        if not isinstance(self._node, Mapping):  # a short form stands for all keys
            return _Place(self.keys, self._node, shape)
        for keys, entries in _holders(self.keys, self._node, nested):
            for name in names:
                if name in entries:
                    return _Place((*keys, name), entries[name], shape)
        return None

    def _child(self, key: str | int, shape: Shape | None) -> "_Place | None":
        match self._node:
            case Mapping(entries=entries) if key in entries:
                return _Place((*self.keys, key), entries[str(key)], shape)
            case Sequence(items=items) if isinstance(key, int) and key < len(items):
                return _Place((*self.keys, key), items[key], shape)
            case _:
                return None


def _holders(keys: Keys, node: Mapping, nested: str | None) -> Iterator[tuple[Keys, AbstractMapping[str, Node]]]:
    """The mappings in which the fields of a record may stand."""
    yield keys, node.entries
    options = node.entries.get(nested) if nested is not None else None
    if nested is not None and isinstance(options, Mapping):
        yield (*keys, nested), options.entries


def _entry(types: tuple[type, ...], key: str) -> Entry | None:
    entries = (entry for record in types for entry in entries_of(record))
    return next((entry for entry in entries if key in (entry.key, *entry.aliases)), None)
