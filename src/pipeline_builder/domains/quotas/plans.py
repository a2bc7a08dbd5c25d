"""The plans, as `plans.toml` says them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pipeline_builder.domains.quotas.contract import Resource

DEFAULT_PLAN = "developer"
"""Of an organization that nobody gave a plan. A plan is never taken from a request of the organization's own."""


@cache
def plans() -> Mapping[str, Mapping[Resource, int]]:
    """The limits of each plan; what is absent is unlimited."""
    text = files(__package__).joinpath("plans.toml").read_text()
    return {
        name: {Resource(resource): limit for resource, limit in limits.items()}
        for name, limits in tomllib.loads(text).items()
    }
