"""`demo`: every shipped sample, synthesized, in a table."""

import time
from pathlib import Path

from pipeline_builder.catalog.loader import samples
from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import planned
from pipeline_builder.cli.options import NO_LOCK
from pipeline_builder.cli.output import say, show_findings
from pipeline_builder.core.diagnostics import Report, Severity
from pipeline_builder.synth.assembly import stack_name, write_assembly


def demo(output: Path) -> Exit:
    """Synthesize each sample into a folder of its own below `output`."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Every shipped sample, from its definition to a CloudFormation template")
    for heading, justify in (("pipeline", "left"), ("steps", "right"), ("resources", "right"), ("ms", "right")):
        table.add_column(heading, justify="left" if justify == "left" else "right")
    table.add_column("template", overflow="fold")
    for sample in samples():
        began = time.perf_counter()
        report = Report()
        done = planned(sample, [], NO_LOCK, report, locked=False)
        if done is None:
            show_findings(found for found in report.diagnostics if found.severity is Severity.ERROR)
            return Exit.FINDINGS
        written = write_assembly(
            done.template, output / sample.stem, stack_name(done.plan.name), parameters={}, tags=done.plan.tags
        )
        took = f"{(time.perf_counter() - began) * 1000:.0f}"
        table.add_row(
            done.plan.name, str(len(done.plan.projects)), str(len(done.template.resources)), took, str(written)
        )
    # Where nobody watches a terminal there is room for whole paths.
    console = Console()
    (console if console.is_terminal else Console(width=140)).print(table)
    say("Plugin images are not pinned by digest yet; `pipeline-manager check` names them.")
    return Exit.FINE
