"""Putting literal text and text that only AWS can complete together."""

from pipeline_builder.core.planning.model import Sub, Text


def joined(*parts: Text) -> Text:
    """The parts in a row; literal as long as all of them are."""
    literals = [part for part in parts if isinstance(part, str)]
    if len(literals) == len(parts):
        return "".join(literals)
    text = literal = ""
    for part in parts:
        # Literals are escaped by the run: a `$` and a `{` from two neighbours must not become a reference.
        if isinstance(part, Sub):
            text += _escaped(literal) + part.text
            literal = ""
        else:
            literal += part
    return Sub(text + _escaped(literal))


def _escaped(literal: str) -> str:
    return literal.replace("${", "${!")


def arn(service: str, resource: Text, *, region: bool = True, account: bool = True) -> Text:
    """An ARN in the deploying account: partition, region and account are the stack's own."""
    place = ("${AWS::Region}" if region else "") + ":" + ("${AWS::AccountId}" if account else "")
    rest = resource.text if isinstance(resource, Sub) else _escaped(resource)
    return Sub(f"arn:${{AWS::Partition}}:{service}:{place}:{rest}")
