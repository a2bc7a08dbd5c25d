"""Variables that CodePipeline completes: `#{namespace.NAME}`.

Source: "Variables reference" in the CodePipeline user guide. A namespace is `variables` (those of the pipeline),
`codepipeline`, that of a source (`SourceVariables` for the first one), or a step's: its name, when it has `exports`.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline_builder.core.definition.checks import PRIMARY_SOURCE
from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Diagnostic
from pipeline_builder.core.planning.drafts import StepDraft

_REFERENCE = re.compile(r"#\{([^}.]+)\.([^}]+)\}")


def unknown_namespaces(definition: Definition, drafts: Sequence[StepDraft]) -> Iterator[Diagnostic]:
    """References that would fail when the action starts, because nothing has that variable by then."""
    known = {PRIMARY_SOURCE: "SourceVariables"}
    open_ended = {"codepipeline", *(known.get(name, name) for name in (PRIMARY_SOURCE, *definition.sources))}
    exported: dict[str, frozenset[str]] = {"variables": frozenset(one.name for one in definition.variables)}
    for draft in drafts:
        for variable in draft.action_environment:
            for namespace, name in _REFERENCE.findall(str(variable.value)):
                if namespace not in open_ended and name not in exported.get(namespace, frozenset()):
                    yield _unknown(draft, variable.name, namespace, name, exported)
        if draft.exports:
            exported[draft.namespace] = frozenset(draft.exports) | exported.get(draft.namespace, frozenset())


def _unknown(
    draft: StepDraft, variable: str, namespace: str, name: str, exported: dict[str, frozenset[str]]
) -> Diagnostic:
    known = [f"#{{{space}.{one}}}" for space, names in exported.items() for one in sorted(names)]
    return Diagnostic(
        code="unknown-namespace",
        message=f"Nothing before step '{draft.label}' has the variable #{{{namespace}.{name}}}.",
        at=draft.at / "env" / variable,
        hint=f"There are: {', '.join(known)}." if known else "Add `exports` to the step that makes it.",
    )
