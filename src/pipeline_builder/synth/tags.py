"""The plan's tags in the two shapes that CloudFormation has for them."""

from pipeline_builder.core.planning.model import Plan
from pipeline_builder.synth.intrinsics import Json


def tags(plan: Plan) -> Json:
    """As most resource types take them."""
    return [{"Key": key, "Value": value} for key, value in plan.tags.items()]


def tags_by_key(plan: Plan) -> Json:
    """As the few others take them."""
    return dict(plan.tags)
