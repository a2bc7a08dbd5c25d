"""Schedule expressions of EventBridge rules.

Source: "Cron expressions reference" and "Rate expressions reference" in the EventBridge user guide: `rate(value unit)`
and `cron(minutes hours day-of-month month day-of-week year)` in UTC.
"""

import re
from typing import NamedTuple

from pipeline_builder.core.schema.findings import shown

_RATE = re.compile(r"rate\((?P<value>[1-9][0-9]{0,8}) (?P<unit>minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class _Field(NamedTuple):
    """One of the six fields of a cron expression."""

    name: str
    minimum: int
    maximum: int
    words: tuple[str, ...] = ()
    special: re.Pattern[str] | None = None
    takes_steps: bool = True

    def takes(self, text: str) -> bool:
        """Whether EventBridge takes this text in this field; `?` aside, which is about two fields at once."""
        return all(self._takes_part(part) for part in text.split(","))

    def _takes_part(self, part: str) -> bool:
        if self.special is not None and self.special.fullmatch(part.upper()):
            return True
        base, slash, step = part.partition("/")
        if slash and not (self.takes_steps and _STEP.fullmatch(step)):
            return False
        if base == "*":
            return True
        begin, dash, end = base.partition("-")
        first = self._number(begin)
        last = self._number(end) if dash else first
        return first is not None and last is not None and first <= last

    def _number(self, text: str) -> int | None:
        if text.upper() in self.words:
            return self.words.index(text.upper()) + 1
        number = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else -1
        return number if self.minimum <= number <= self.maximum else None


_STEP = re.compile("0*[1-9][0-9]{0,3}")
_DAY = "(?:[1-7]|" + "|".join(_DAYS) + ")"
_DAY_OF_MONTH = _Field("day of month", 1, 31, special=re.compile(r"L|LW|(?:0?[1-9]|[12][0-9]|3[01])W"))
_DAY_OF_WEEK = _Field("day of week", 1, 7, _DAYS, re.compile(rf"L|{_DAY}L|{_DAY}#[1-5]"), takes_steps=False)
_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _DAY_OF_MONTH,
    _Field("month", 1, 12, _MONTHS),
    _DAY_OF_WEEK,
    _Field("year", 1970, 2199),
)


def fault_in_schedule(expression: str) -> str | None:
    """What is wrong with the expression, as a sentence; None when EventBridge takes it."""
    if (rate := _RATE.fullmatch(expression)) is not None:
        return _fault_in_rate(rate["value"], rate["unit"])
    if (cron := _CRON.fullmatch(expression)) is not None:
        return _fault_in_cron(cron["fields"].split())
    return "A schedule is 'rate(1 day)' or 'cron(0 4 * * ? *)'."


def _fault_in_rate(value: str, unit: str) -> str | None:
    right = unit.rstrip("s") + ("" if value == "1" else "s")
    return None if unit == right else f"With {value} the unit is written '{right}'."


def _fault_in_cron(texts: list[str]) -> str | None:
    if len(texts) != len(_FIELDS):
        return f"A cron expression has {len(_FIELDS)} fields (minutes hours day month weekday year), not {len(texts)}."
    given = dict(zip(_FIELDS, texts, strict=True))
    if (given[_DAY_OF_MONTH] == "?") == (given[_DAY_OF_WEEK] == "?"):
        return "Exactly one of day of month and day of week must be '?'."
    for field, text in given.items():
        if not (text == "?" and field in {_DAY_OF_MONTH, _DAY_OF_WEEK}) and not field.takes(text):
            return f"'{shown(text)}' is no {field.name} (from {field.minimum} to {field.maximum})."
    return None
