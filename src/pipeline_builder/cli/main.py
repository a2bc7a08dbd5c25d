"""The commands of `pipeline-manager`: what they are called, take and say. What they do is in the modules beside this.

Nothing of the kernel is imported before a command runs, so that help and completion answer at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline_builder import __version__
from pipeline_builder.cli.exits import Exit, exit_of
from pipeline_builder.cli.options import FindingsFormat, Format
from pipeline_builder.core.errors import PipelineBuilderError

EPILOG = (
    "Exit codes: 0 fine; 1 findings; 2 wrong usage; 3 something named is absent; 4 it contradicts what is there; "
    "5 not allowed; 6 a limit; 7 unavailable, try again."
)

app = typer.Typer(
    name="pipeline-manager",
    help="From a short definition and a catalogue of plugins to an AWS CodePipeline.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
plugin_app = typer.Typer(help="Look at plugins, and check one's own.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(plugin_app, name="plugin")

Plugins = Annotated[
    list[Path] | None,
    typer.Option("--plugins", "-p", metavar="DIR", help="A folder with plugins of your own; may be repeated."),
]
LockFile = Annotated[Path | None, typer.Option("--lock", metavar="FILE", help="Use the plugins this lock holds.")]
Locked = Annotated[
    bool, typer.Option("--locked", help="Use nothing but the lock (pipeline.lock unless --lock), images by digest.")
]
DataFormat = Annotated[Format, typer.Option("--format", "-f", help="How data is written.")]


def _version(wanted: bool) -> None:  # noqa: FBT001 -- the signature of an option's callback
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")] = False,  # noqa: ARG001, FBT002 -- an option that its callback answers
) -> None:
    """From a short definition and a catalogue of plugins to an AWS CodePipeline."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Definitions, JSON or YAML.")],
    plugins: Plugins = None,
    lock: LockFile = None,
    locked: Locked = False,  # noqa: FBT002 -- a flag of the command line
    form: Annotated[FindingsFormat, typer.Option("--format", "-f", help="How findings are written.")] = FindingsFormat.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,  # noqa: FBT002 -- a flag
) -> None:
    """Say everything that is wrong with definitions, at once and with line and column."""
    from pipeline_builder.cli import checking  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(checking.check(files, plugins or [], lock, form, locked=locked, strict=strict))


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A definition.")],
    plugins: Plugins = None,
    lock: LockFile = None,
    locked: Locked = False,  # noqa: FBT002 -- a flag of the command line
    form: DataFormat = Format.TEXT,
) -> None:
    """Show every decision taken for a definition: stages, order, artifacts, permissions."""
    from pipeline_builder.cli import synthesis  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(synthesis.show_plan(file, plugins or [], lock, form, locked=locked))


@app.command()
def synth(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A definition.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the cloud assembly goes.")] = Path("cdk.out"),
    template: Annotated[bool, typer.Option("--template", help="Write the template alone, to stdout.")] = False,  # noqa: FBT002 -- a flag
    stack_name: Annotated[str | None, typer.Option(help="Name of the stack. Default: the pipeline's.")] = None,
    plugins: Plugins = None,
    lock: LockFile = None,
    locked: Locked = False,  # noqa: FBT002 -- a flag of the command line
) -> None:
    """Render a definition as a CloudFormation template, in a cloud assembly that `cdk deploy --app DIR` takes."""
    from pipeline_builder.cli import synthesis  # noqa: PLC0415 -- see the module's docstring

    if template:
        raise typer.Exit(synthesis.print_template(file, plugins or [], lock, locked=locked))
    raise typer.Exit(synthesis.synth(file, output, stack_name, plugins or [], lock, locked=locked))


@app.command()
def lock(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A definition.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: pipeline.lock beside it.")] = None,
    plugins: Plugins = None,
) -> None:
    """Write down which plugins a definition uses, whole, so that it synthesizes the same bytes anywhere."""
    from pipeline_builder.cli import synthesis  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(synthesis.write_lock_file(file, output or file.with_name("pipeline.lock"), plugins or []))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A definition or a template.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A definition or a template.")],
    plugins: Plugins = None,
    form: DataFormat = Format.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 when anything changes.")] = False,  # noqa: FBT002 -- a flag
) -> None:
    """Say what changes: stages, commands, images and permissions."""
    from pipeline_builder.cli import comparison  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(comparison.diff(old, new, plugins or [], form, exit_code=exit_code))


@app.command()
def schema(
    document: Annotated[str, typer.Argument(help="definition, plugin-spec or plugin-config.")] = "definition",
) -> None:
    """Print the JSON Schema of a document, for editors and other programs."""
    from pipeline_builder.cli import reference  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(reference.schema(document))


@app.command()
def explain(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="A finding's code. Without: all of them.")] = None,
) -> None:
    """Explain a finding: why it is one, and what to do."""
    from pipeline_builder.cli import reference  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(reference.explain(code))


@plugin_app.command("list")
def plugin_list(
    category: Annotated[str | None, typer.Option("--category", "-c", help="Only of this category.")] = None,
    plugins: Plugins = None,
    form: DataFormat = Format.TEXT,
) -> None:
    """List the plugins there are."""
    from pipeline_builder.cli import plugin  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(plugin.list_plugins(category, plugins or [], form))


@plugin_app.command("show")
def plugin_show(
    name: Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="A plugin.")],
    plugins: Plugins = None,
    form: DataFormat = Format.TEXT,
) -> None:
    """Show what a plugin does, takes, needs and leaves behind."""
    from pipeline_builder.cli import plugin  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(plugin.show(name, plugins or [], form))


@plugin_app.command("validate")
def plugin_validate(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders or ZIPs of plugins.")],
    form: Annotated[FindingsFormat, typer.Option("--format", "-f", help="How findings are written.")] = FindingsFormat.TEXT,
) -> None:
    """Say everything that is wrong with plugin packages."""
    from pipeline_builder.cli import plugin  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(plugin.validate(paths, form))


@app.command(hidden=True)
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the templates go.")] = Path("build/demo"),
) -> None:
    """Synthesize every shipped sample and show a table."""
    from pipeline_builder.cli import demonstration  # noqa: PLC0415 -- see the module's docstring

    raise typer.Exit(demonstration.demo(output))


def main() -> None:
    """Run a command. Only here errors become exit codes; a reader that stops reading is no error."""
    try:
        app()
    except PipelineBuilderError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(exit_of(error.kind))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FINE)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
