"""Lists in parts: by the last row seen and not by a count of rows, with the id where the sort keys are equal."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from pydantic import Field

from pipeline_builder.kit.errors import InvalidValue
from pipeline_builder.kit.wire import Asked, Page

T = TypeVar("T")


class Paging(Asked):
    """The query parameters of every list; a list with filters adds its own to them. Unknown ones are refused."""

    limit: int = Field(default=50, ge=1, le=200, description="How many items at most.")
    sort: str | None = Field(
        default=None, max_length=64, description="A field to sort by; a leading `-` is descending: `-createdAt`."
    )
    cursor: str | None = Field(default=None, max_length=1024, description="`nextCursor` of the part before this one.")


class Select:
    """A statement for a list, put together from constant parts and numbered values.

    >>> select = Select("select id, name from pipelines")
    >>> select.where("lifecycle = {}", "production")
    >>> select.sql
    'select id, name from pipelines where lifecycle = $1'
    """

    def __init__(self, sql: str, *values: object) -> None:
        self._sql = sql
        self._conditions: list[str] = []
        self._end = ""
        self.values: list[object] = list(values)

    def where(self, condition: str, *values: object) -> None:
        """Add a condition; each `{}` in it stands for one value."""
        numbers = [f"${len(self.values) + place}" for place in range(1, len(values) + 1)]
        self._conditions.append(condition.format(*numbers))
        self.values.extend(values)

    def end(self, sql: str) -> None:
        self._end = sql

    @property
    def sql(self) -> str:
        where = f" where {' and '.join(self._conditions)}" if self._conditions else ""
        return f"{self._sql}{where}{self._end}"


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted, and after which row this part begins.

    Made by `order_of`, which has checked all of it against the list's own table of sorts.
    """

    field: str
    column: str
    is_descending: bool
    limit: int
    after: tuple[object, UUID] | None

    def apply(self, select: Select, id_column: str = "id") -> None:
        """Finish a statement: its order, where it begins, and one row more than asked, to know whether there is one."""
        direction = "desc" if self.is_descending else "asc"
        if self.after is not None:
            sign = "<" if self.is_descending else ">"
            select.where(f"({self.column}, {id_column}) {sign} ({{}}, {{}})", *self.after)
        select.end(f" order by {self.column} {direction}, {id_column} {direction} limit {self.limit + 1}")

    def page(self, rows: Sequence[T]) -> Page[T]:
        """The rows that were asked for, and the cursor of the next ones."""
        if len(rows) <= self.limit:
            return Page(rows, None)
        kept = rows[: self.limit]
        last: Any = kept[-1]
        return Page(kept, _encode(self, getattr(last, self._attribute), last.id))

    @property
    def is_by_time(self) -> bool:
        return self.column.endswith("_at")

    @property
    def _attribute(self) -> str:
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.field)


def order_of(asked: Paging, sorts: Mapping[str, str], default: str = "-createdAt") -> Order:
    """The order that a request asks for.

    Args:
        asked: the request's parameters.
        sorts: column of each field that the list can be sorted by. Columns are never null; those whose name ends in
            `_at` are timestamps, the others texts.
        default: where the request names none.

    Raises:
        InvalidValue: a field that the list cannot be sorted by, or a cursor that is not of this list and order.
    """
    text = asked.sort if asked.sort is not None else default
    field = text.removeprefix("-")
    if field not in sorts:
        known = ", ".join(sorts)
        raise InvalidValue("sort", f"This list cannot be sorted by '{field}'; it can by: {known}.")
    is_descending = text.startswith("-")
    order = Order(field, sorts[field], is_descending, asked.limit, None)
    return order if asked.cursor is None else replace(order, after=_decode(asked.cursor, order))


class _Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    field: str
    is_descending: bool
    value: str
    id: UUID


def _encode(order: Order, value: object, row: UUID) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    packed = msgspec.json.encode(_Cursor(order.field, order.is_descending, text, row))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def _decode(text: str, order: Order) -> tuple[object, UUID]:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(packed, type=_Cursor)
        value = datetime.fromisoformat(cursor.value) if order.is_by_time else cursor.value
        is_whole = not isinstance(value, datetime) or value.tzinfo is not None
    except (binascii.Error, ValueError, UnicodeError, msgspec.MsgspecError) as error:
        raise _wrong_cursor() from error
    if (cursor.field, cursor.is_descending) != (order.field, order.is_descending) or not is_whole:
        raise _wrong_cursor()
    return value, cursor.id


def _wrong_cursor() -> InvalidValue:
    return InvalidValue("cursor", "This cursor is not of this list in this order; begin again without one.")
