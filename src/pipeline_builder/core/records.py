"""Frozen values that cost next to nothing to declare.

The standard library writes and compiles a page of source for every frozen dataclass, about a millisecond each. The
kernel declares more than a hundred, and a command has to answer within a few hundred milliseconds. A class that is
`frozen` is a dataclass in every respect (`fields`, `replace`, `match`), but its methods are shared and not compiled.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Make the class a dataclass whose instances never change, and are equal when all their fields are.

    Args:
        kw_only: fields are given by name only.
    """

    def make(cls: type[T]) -> type[T]:
        made = dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        for name, method in {"__init__": _initializer(made), **_SHARED}.items():
            setattr(made, name, method)
        return made

    return make


def _initializer(cls: type) -> Callable[..., None]:
    declared = fields(cls)
    by_place = [one.name for one in declared if not one.kw_only]
    defaults = {one.name: one.default for one in declared}
    made = [(one.name, one.default_factory) for one in declared if one.default_factory is not MISSING]

    def initialize(self: object, *args: object, **named: object) -> None:
        # Begun from all names, so that values stand in the order of declaration: that of `repr` and of the hash.
        values = {**defaults, **named}
        if args:
            given = dict(zip(by_place, args, strict=False))
            if len(given) < len(args) or not given.keys().isdisjoint(named):
                raise TypeError(f"{cls.__name__} is given more values than it has fields, or one of them twice.")
            values.update(given)
        for name, make in made:
            if values[name] is MISSING:
                values[name] = make()
        if len(values) != len(defaults) or MISSING in values.values():
            wrong = [name for name, value in values.items() if name not in defaults or value is MISSING]
            raise TypeError(f"{cls.__name__} lacks these fields, or has none of the name: {', '.join(wrong)}.")
        vars(self).update(values)

    return initialize


def _representation(self: object) -> str:
    values = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
    return f"{type(self).__qualname__}({values})"


def _equals(self: object, other: object) -> bool:
    return vars(self) == vars(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash(tuple(vars(self).values()))


def _refuse(self: object, name: str, *_value: object) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} never changes; make another value with `replace`.")


_SHARED: Mapping[str, Callable[..., object]] = {
    "__repr__": _representation,
    "__eq__": _equals,
    "__hash__": _hash,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
