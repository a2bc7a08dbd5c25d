"""Putting literal text and text that only AWS can complete together."""

from itertools import groupby

from pipeline_builder.core.planning.model import Sub, Text


def joined(*parts: Text) -> Text:
    """The parts in a row; literal as long as all of them are."""
    if all(isinstance(part, str) for part in parts):
        return "".join(_plain(part) for part in parts)
    # Literals are escaped by the run: a `$` and a `{` from two neighbours must not become a reference.
    runs = ((kind, "".join(map(_plain, run))) for kind, run in groupby(parts, key=type))
    return Sub("".join(text if kind is Sub else text.replace("${", "${!") for kind, text in runs))


def _plain(part: Text) -> str:
    return part.text if isinstance(part, Sub) else part


def arn(service: str, resource: Text, *, region: bool = True, account: bool = True) -> Text:
    """An ARN in the deploying account: partition, region and account are the stack's own."""
    place = ("${AWS::Region}" if region else "") + ":" + ("${AWS::AccountId}" if account else "")
    return joined(Sub(f"arn:${{AWS::Partition}}:{service}:{place}:"), resource)
