"""A plan as CloudFormation: the template, and the cloud assembly that the CDK's own command line reads."""

from pipeline_builder.synth.render import render
from pipeline_builder.synth.template import Resource, Template

__all__ = ["Resource", "Template", "render"]
