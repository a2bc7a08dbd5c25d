"""`schema` and `explain`: what documents look like and what findings mean."""

import json

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.output import say, write
from pipeline_builder.core.diagnostics.catalogue import entries, explanation
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

DOCUMENTS = ("definition", "plugin-spec", "plugin-config")


class DocumentUnknown(PipelineBuilderError):
    """There is no document of this name."""

    code = "document-unknown"
    kind = ErrorKind.ABSENT

    def __init__(self, document: str) -> None:
        self.document = document
        super().__init__(f"There is no schema of '{document}'; there are {', '.join(DOCUMENTS)}.")


class CodeUnknown(PipelineBuilderError):
    """No finding has this code."""

    code = "code-unknown"
    kind = ErrorKind.ABSENT

    def __init__(self, name: str, nearest: str | None) -> None:
        self.name = name
        hint = f" Did you mean '{nearest}'?" if nearest else " `pipeline-manager explain` lists them all."
        super().__init__(f"No finding has the code '{name}'.{hint}")


def schema(document: str) -> Exit:
    """Write the JSON Schema of a document."""
    from pipeline_builder.core.definition.model import Definition  # noqa: PLC0415 -- only here
    from pipeline_builder.core.plugins.model import PluginConfig, PluginSpec  # noqa: PLC0415 -- only here
    from pipeline_builder.core.schema.json_schema import json_schema  # noqa: PLC0415 -- only here

    types = dict(zip(DOCUMENTS, (Definition, PluginSpec, PluginConfig), strict=True))
    if document not in types:
        raise DocumentUnknown(document)
    write(json.dumps(json_schema(types[document]), indent=2, ensure_ascii=False))
    return Exit.FINE


def explain(code: str | None) -> Exit:
    """Write what a finding means; without a code, all codes with their titles."""
    known = entries()
    if code is None:
        write("\n".join(f"{entry.code}  ({entry.severity}) {entry.title}" for entry in known.values()))
        return Exit.FINE
    if code not in known:
        from difflib import get_close_matches  # noqa: PLC0415 -- only for a slip

        raise CodeUnknown(code, next(iter(get_close_matches(code, known, n=1)), None))
    write(explanation(known[code]))
    say(f"All codes: pipeline-manager explain ({len(known)})")
    return Exit.FINE
