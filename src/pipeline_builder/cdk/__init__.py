"""A construct for apps of the AWS CDK. Needs the extra `pipeline-builder[cdk]`, and Node as every such app does."""

from pipeline_builder.cdk.construct import ParameterAbsent, PipelineBuilder, RoleFromOutside, StepAbsent

__all__ = ["ParameterAbsent", "PipelineBuilder", "RoleFromOutside", "StepAbsent"]
