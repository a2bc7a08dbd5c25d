"""Schedule expressions of EventBridge rules.

Source: "Schedule types" in the EventBridge user guide: `rate(value unit)` and `cron(minutes hours day-of-month month
day-of-week year)` in UTC.
"""

import re

_RATE = re.compile(r"rate\((?P<value>[1-9][0-9]{0,8}) (?P<unit>minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")

_MONTHS = {name: number for number, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)}
_DAYS = {name: number for number, name in enumerate("SUN MON TUE WED THU FRI SAT".split(), 1)}

_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, {}),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def fault_in_schedule(expression: str) -> str | None:
    """What is wrong with the expression, as a sentence; None when EventBridge takes it."""
    rate = _RATE.fullmatch(expression)
    if rate is not None:
        is_one = rate["value"] == "1"
        if is_one == rate["unit"].endswith("s"):
            return f"With {rate['value']} the unit is written '{rate['unit'].rstrip('s')}{'' if is_one else 's'}'."
        return None
    cron = _CRON.fullmatch(expression)
    if cron is None:
        return "A schedule is 'rate(1 day)' or 'cron(0 4 * * ? *)'."
    fields = cron["fields"].split()
    if len(fields) != len(_FIELDS):
        return f"A cron expression has {len(_FIELDS)} fields (minutes hours day month weekday year), not {len(fields)}."
    if (fields[_DAY_OF_MONTH] == "?") == (fields[_DAY_OF_WEEK] == "?"):
        return "Exactly one of day of month and day of week must be '?'."
    for index, text in enumerate(fields):
        if not _is_field(text, index):
            name, minimum, maximum, _ = _FIELDS[index]
            return f"'{text}' is no {name} (from {minimum} to {maximum})."
    return None


def _is_field(text: str, index: int) -> bool:
    if text == "?":
        return index in {_DAY_OF_MONTH, _DAY_OF_WEEK}
    return all(_is_part(part, index) for part in text.split(","))


def _is_part(part: str, index: int) -> bool:
    if index == _DAY_OF_MONTH and re.fullmatch(r"L|LW|(?:[1-9]|[12][0-9]|3[01])W", part):
        return True
    if index == _DAY_OF_WEEK and re.fullmatch(r"L|[1-7]L|[1-7]#[1-5]", part):
        return True
    base, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and len(step) <= 4 and int(step)):
        return False
    if base == "*":
        return True
    begin, dash, end = base.partition("-")
    first, last = _number(begin, index), _number(end, index)
    if first is None or (dash and last is None):
        return False
    return not dash or last is None or first <= last


def _number(text: str, index: int) -> int | None:
    _, minimum, maximum, names = _FIELDS[index]
    number = names.get(text.upper())
    if number is None:
        if not text.isdecimal() or len(text) > 4:
            return None
        number = int(text)
    return number if minimum <= number <= maximum else None
