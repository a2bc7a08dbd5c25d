"""What to do about a finding."""

import pytest

from pipeline_builder.core.plugins.hints import did_you_mean


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("jst", "Did you mean 'jest'?"),
        ("FAILON", "Did you mean 'failOn'?"),
        ("trivvy", "Did you mean one of 'trivy', 'trivy-go'?"),
        ("zzz", None),
    ],
)
def test_the_nearest_names_are_suggested_whatever_their_case(name, hint):
    assert did_you_mean(name, ["trivy-go", "jest", "failOn", "trivy", "mypy"]) == hint
