"""Schedules that EventBridge takes, and those it refuses."""

import pytest

from pipeline_builder.core.definition.schedules import fault_in_schedule


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 hour)",
        "rate(2 days)",
        "cron(0 10 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(0/5 8-17 ? * mon-fri *)",
        "cron(0 9 L * ? *)",
        "cron(0 9 LW * ? *)",
        "cron(0 9 15W * ? *)",
        "cron(0 9 ? * 2#1 *)",
        "cron(0 9 ? * 6L *)",
        "cron(0 9 ? * L *)",
        "cron(0 9 ? JAN,JUL SUN 2026-2030)",
        "cron(0,30 */2 1-7,15 * ? 2199)",
    ],
)
def test_what_eventbridge_takes(expression: str):
    assert fault_in_schedule(expression) is None


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("every day", "rate(1 day)"),
        ("", "rate(1 day)"),
        ("rate(0 days)", "rate(1 day)"),
        ("rate(1 days)", "With 1 the unit is written 'day'."),
        ("rate(2 day)", "With 2 the unit is written 'days'."),
        ("rate(1 week)", "rate(1 day)"),
        ("cron(0 10 * * ?)", "has 6 fields"),
        ("cron(0 10 * * * *)", "Exactly one of day of month and day of week"),
        ("cron(0 10 ? * ? *)", "Exactly one of day of month and day of week"),
        ("cron(60 10 * * ? *)", "'60' is no minutes (from 0 to 59)."),
        ("cron(0 24 * * ? *)", "'24' is no hours"),
        ("cron(0 0 32 * ? *)", "'32' is no day of month"),
        ("cron(0 0 1 13 ? *)", "'13' is no month"),
        ("cron(0 0 ? * 8 *)", "'8' is no day of week"),
        ("cron(0 0 1 * ? 1969)", "'1969' is no year"),
        ("cron(0 0 1 * ? 99999)", "'99999' is no year"),
        ("cron(a 0 1 * ? *)", "'a' is no minutes"),
        ("cron(5-1 0 1 * ? *)", "'5-1' is no minutes"),
        ("cron(1-x 0 1 * ? *)", "'1-x' is no minutes"),
        ("cron(0/0 0 1 * ? *)", "'0/0' is no minutes"),
        ("cron(0/x 0 1 * ? *)", "'0/x' is no minutes"),
        ("cron(? 0 1 * ? *)", "'?' is no minutes"),
        ("cron(0 0 L * ? L)", "'L' is no year"),
    ],
)
def test_what_it_refuses_and_why(expression: str, says: str):
    assert says in (fault_in_schedule(expression) or "")
