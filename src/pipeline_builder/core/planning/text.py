"""Putting literal text and text that only AWS can complete together."""

from pipeline_builder.core.planning.model import Sub, Text


def joined(*parts: Text) -> Text:
    """The parts in a row; literal as long as all of them are."""
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return Sub("".join(part.text if isinstance(part, Sub) else part.replace("${", "${!") for part in parts))


def arn(service: str, resource: Text, *, region: bool = True, account: bool = True) -> Text:
    """An ARN in the deploying account: partition, region and account are the stack's own."""
    place = ("${AWS::Region}" if region else "") + ":" + ("${AWS::AccountId}" if account else "")
    return joined(Sub(f"arn:${{AWS::Partition}}:{service}:{place}:"), resource)
