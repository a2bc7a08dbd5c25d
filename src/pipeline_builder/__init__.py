"""Pipeline Builder: from a short definition and a catalogue of plugins to an AWS CodePipeline.

    >>> import pipeline_builder
    >>> definition = pipeline_builder.load("pipeline.yaml")      # doctest: +SKIP
    >>> plan = pipeline_builder.plan(definition)                 # doctest: +SKIP
    >>> template = pipeline_builder.render(plan)                 # doctest: +SKIP
    >>> template.as_dict()["Resources"]                          # doctest: +SKIP

Each function loads what it needs when it is called, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from pipeline_builder.core.definition.load import LoadedDefinition
    from pipeline_builder.core.planning.model import Plan
    from pipeline_builder.core.plugins.catalog import Catalog
    from pipeline_builder.core.plugins.lock import Lock
    from pipeline_builder.kernel import InvalidDefinition
    from pipeline_builder.synth import Template

__all__ = ["InvalidDefinition", "__version__", "load", "plan", "render"]

__version__ = "0.1.0"


def __getattr__(name: str) -> type:
    """`InvalidDefinition`, which needs what importing the package must not load."""
    if name == "InvalidDefinition":
        from pipeline_builder.kernel import InvalidDefinition as Error  # noqa: PLC0415 -- only once it is asked for

        return Error
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def load(source: "str | PathLike[str] | Mapping[str, object]") -> "LoadedDefinition":
    """Load a definition from a file, or from data as a JSON document would hold it.

    Raises:
        FileUnreadable: the file cannot be read.
        InvalidDefinition: it has errors; `diagnostics` are all of them.
    """
    from pipeline_builder.kernel import load as use  # noqa: PLC0415 -- importing the package loads nothing

    return use(source)


def plan(
    definition: "LoadedDefinition | str | PathLike[str] | Mapping[str, object]",
    *,
    plugins: "Iterable[str | PathLike[str]]" = (),
    catalog: "Catalog | None" = None,
    lock: "Lock | None" = None,
    locked: bool = False,
) -> "Plan":
    """Take every decision for a definition.

    Args:
        definition: what `load` made, or what it would take.
        plugins: folders with plugins of one's own, which are found before the shipped ones.
        catalog: where plugins are found, instead of `plugins` and the shipped ones.
        lock: which plugins were resolved before.
        locked: use nothing but the lock, and only images pinned by digest.

    Raises:
        FileUnreadable: a file of the definition cannot be read.
        InvalidDefinition: the definition cannot become a pipeline; `diagnostics` say why.
        PluginFolderUnreadable: a folder of plugins is not there.
    """
    from pipeline_builder.kernel import plan as use  # noqa: PLC0415 -- importing the package loads nothing

    return use(definition, plugins=plugins, catalog=catalog, lock=lock, locked=locked)


def render(plan: "Plan") -> "Template":
    """Render a plan as a CloudFormation template."""
    from pipeline_builder.synth import render as use  # noqa: PLC0415 -- importing the package loads nothing

    return use(plan)
