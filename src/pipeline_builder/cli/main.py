"""The commands of `pipeline-manager`: what they are called, take and say. What they do is in the modules beside this.

Nothing of the kernel is imported before a command runs, so that help and completion answer at once.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline_builder import __version__
from pipeline_builder.cli.exits import Exit, exit_of
from pipeline_builder.cli.options import NO_LOCK, STREAM, FindingsFormat, Format
from pipeline_builder.cli.outputs import open_outputs
from pipeline_builder.core.errors import PipelineBuilderError

EPILOG = (
    "Exit codes: 0 fine; 1 findings; 2 wrong usage; 3 something named is absent; 4 it contradicts what is there; "
    "5 not allowed; 6 a limit; 7 unavailable, try again."
)

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, readable=False)
"""Whether it can be read is found out by reading, and ends with the exit code for that."""


def _plugins(command: F) -> F:
    text = "A folder with plugins of your own; may be repeated."
    return click.option("--plugins", "-p", metavar="DIR", type=_FILE, multiple=True, help=text)(command)


def _lock(command: F) -> F:
    """The plugins of pipeline.lock beside the definition are used where it is there, unless another file is named."""
    kept = click.option(
        "--lock", metavar="FILE", type=_FILE, help="Default: pipeline.lock beside FILE, if there is one."
    )
    none = click.option("--no-lock", "lock", flag_value=NO_LOCK, type=_FILE, help="Use no lock.")
    text = "Use nothing but the lock, and images by digest."
    return kept(none(click.option("--locked", is_flag=True, help=text)(command)))


def _rules(command: F) -> F:
    text = "A file of rules, or a shipped set (standard, cis, pci-dss, soc2), to hold against too; may be repeated."
    return click.option("--rules", metavar="FILE|SET", multiple=True, help=text)(command)


def _data_format(command: F) -> F:
    choice = click.Choice([one.value for one in Format])
    return click.option("--format", "-f", "form", type=choice, default="text", help="How data is written.")(command)


def _findings_format(command: F) -> F:
    choice = click.Choice([one.value for one in FindingsFormat])
    return click.option("--format", "-f", "form", type=choice, default="text", help="How they are written.")(command)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """From a short definition and a catalogue of plugins to an AWS CodePipeline."""


@app.group("plugin")
def plugin_group() -> None:
    """Look at plugins, and check one's own."""


@app.group("org")
def org_group() -> None:
    """Organizations on a platform."""


@app.group("pipeline")
def pipeline_group() -> None:
    """Pipelines on a platform."""


@app.group("rule")
def rule_group() -> None:
    """Compliance rules on a platform."""


@app.group("token")
def token_group() -> None:
    """Tokens for programs."""


@app.group("admin")
def admin_group() -> None:
    """Look after a platform that runs on this machine."""


@app.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
@_plugins
@_lock
@_findings_format
@_rules
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
def check(
    files: tuple[Path, ...],
    plugins: tuple[Path, ...],
    lock: Path | None,
    locked: bool,  # noqa: FBT001 -- a flag
    form: str,
    rules: tuple[str, ...],
    strict: bool,  # noqa: FBT001 -- a flag
) -> Exit:
    """Say everything that is wrong with definitions, at once and with line and column."""
    from pipeline_builder.cli import checking

    return checking.check(files, plugins, lock, FindingsFormat(form), locked=locked, strict=strict, rules=rules)


@app.command()
@click.argument("file", metavar="FILE", type=_FILE)
@_plugins
@_lock
@_data_format
def plan(file: Path, plugins: tuple[Path, ...], lock: Path | None, locked: bool, form: str) -> Exit:  # noqa: FBT001 -- a flag
    """Show every decision taken for a definition: stages, order, artifacts, permissions."""
    from pipeline_builder.cli import synthesis

    return synthesis.show_plan(file, plugins, lock, Format(form), locked=locked)


@app.command()
@click.argument("file", metavar="FILE", type=_FILE)
@click.option("--output", "-o", metavar="DIR", type=_FILE, help="Where the cloud assembly goes. Default: cdk.out.")
@click.option("--template", is_flag=True, help="Write the template alone, to stdout.")
@click.option("--stack-name", help="Name of the stack. Default: made of the pipeline's.")
@_plugins
@_lock
def synth(
    file: Path,
    output: Path | None,
    template: bool,  # noqa: FBT001 -- a flag
    stack_name: str | None,
    plugins: tuple[Path, ...],
    lock: Path | None,
    locked: bool,  # noqa: FBT001 -- a flag
) -> Exit:
    """Render a definition as a CloudFormation template, in a cloud assembly that `cdk deploy --app DIR` takes."""
    from pipeline_builder.cli import synthesis

    if output == STREAM:
        raise click.UsageError("A cloud assembly is a folder; --template writes the template to stdout.")
    if template:
        if output is not None or stack_name is not None:
            raise click.UsageError("--template writes to stdout, where --output and --stack-name have no meaning.")
        return synthesis.print_template(file, plugins, lock, locked=locked)
    return synthesis.synth(file, output or Path("cdk.out"), stack_name, plugins, lock, locked=locked)


@app.command("lock")
@click.argument("file", metavar="FILE", type=_FILE)
@click.option(
    "--output", "-o", metavar="FILE", type=_FILE, help="Default: pipeline.lock beside the definition; - is stdout."
)
@_plugins
def lock_command(file: Path, output: Path | None, plugins: tuple[Path, ...]) -> Exit:
    """Write down which plugins a definition uses, whole, so that it synthesizes the same bytes anywhere."""
    from pipeline_builder.cli import synthesis

    return synthesis.write_lock_file(file, output, plugins)


@app.command()
@click.argument("old", metavar="OLD", type=_FILE)
@click.argument("new", metavar="NEW", type=_FILE)
@_plugins
@_data_format
@click.option("--exit-code", is_flag=True, help="End with 1 when anything changes.")
def diff(old: Path, new: Path, plugins: tuple[Path, ...], form: str, exit_code: bool) -> Exit:  # noqa: FBT001 -- a flag
    """Say what changes between two definitions or templates: stages, commands, images and permissions."""
    from pipeline_builder.cli import comparison

    return comparison.diff(old, new, plugins, Format(form), exit_code=exit_code)


@app.command()
@click.argument(
    "document", default="definition", type=click.Choice(["definition", "plugin-spec", "plugin-config", "rules"])
)
def schema(document: str) -> Exit:
    """Print the JSON Schema of a document, for editors and other programs."""
    from pipeline_builder.cli import reference

    return reference.schema(document)


@app.command()
@click.argument("code", metavar="[CODE]", required=False)
@_data_format
def explain(code: str | None, form: str) -> Exit:
    """Explain a finding: why it is one, and what to do. Without a code, list them all."""
    from pipeline_builder.cli import reference

    return reference.explain(code, Format(form))


@app.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> Exit:
    """Print the completion script of a shell: `eval "$(pipeline-manager completion bash)"`."""
    from pipeline_builder.cli import reference

    return reference.completion(app, shell)


@plugin_group.command("list")
@click.option("--category", "-c", help="Only of this category.")
@_plugins
@_data_format
def plugin_list(category: str | None, plugins: tuple[Path, ...], form: str) -> Exit:
    """List the plugins there are."""
    from pipeline_builder.cli import plugin

    return plugin.list_plugins(category, plugins, Format(form))


@plugin_group.command("show")
@click.argument("name", metavar="NAME[@VERSION]")
@_plugins
@_data_format
def plugin_show(name: str, plugins: tuple[Path, ...], form: str) -> Exit:
    """Show what a plugin does, takes, needs and leaves behind."""
    from pipeline_builder.cli import plugin

    return plugin.show(name, plugins, Format(form))


@plugin_group.command("validate")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=_FILE)
@_findings_format
@_rules
def plugin_validate(paths: tuple[Path, ...], form: str, rules: tuple[str, ...]) -> Exit:
    """Say everything that is wrong with plugin packages: folders or ZIPs."""
    from pipeline_builder.cli import plugin

    return plugin.validate(paths, FindingsFormat(form), rules)


@app.command(hidden=True)
@click.option("--output", "-o", metavar="DIR", type=_FILE, default="build/demo", help="Where the templates go.")
def demo(output: Path) -> Exit:
    """Synthesize every shipped sample and show a table."""
    from pipeline_builder.cli import demonstration

    return demonstration.demo(output)


@app.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Where it is served. Default: PORT, else 8080.")
@click.option("--data-dir", metavar="DIR", type=_FILE, help="Where the data lives. Default: DATA_DIR, else .data.")
def up(port: int | None, data_dir: Path | None) -> Exit:
    """Start the whole platform on this machine: database, API and worker. Ctrl-C stops it."""
    from pipeline_builder.cli import platform

    return platform.up(port, data_dir)


@app.command()
@click.option("--host", help="Address to listen on. Default: HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on. Default: PORT, else 8080.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that serve. Default: WORKERS, else 1.")
@click.option("--services", help="Domains to serve, by comma: pipelines,plugins. Default: SERVICES, else all.")
def serve(host: str | None, port: int | None, workers: int | None, services: str | None) -> Exit:
    """Serve the API of the platform."""
    from pipeline_builder.cli import platform

    return platform.serve(host=host, port=port, workers=workers, services=services)


@app.command()
def worker() -> Exit:
    """Do the platform's jobs, and what is due again and again."""
    from pipeline_builder.cli import platform

    return platform.work()


@app.command()
def migrate() -> Exit:
    """Bring the platform's database to this version."""
    from pipeline_builder.cli import platform

    return platform.migrate()


@admin_group.command("reset-password")
def admin_reset_password() -> Exit:
    """Give the first administrator another password, and show it once."""
    from pipeline_builder.cli import platform

    return platform.reset_administrator()


@app.command()
@click.argument("url", metavar="URL")
@click.option("--email", help="Address of the account. Default: it is asked for.")
@click.option("--token", is_flag=True, help="Sign in with a token for a program, which is asked for.")
def login(url: str, email: str | None, token: bool) -> Exit:  # noqa: FBT001 -- a flag
    """Sign in to a platform. The password is asked for, or read from stdin."""
    from pipeline_builder.cli import remote

    return remote.login(url, email, token=token)


@app.command()
def logout() -> Exit:
    """Sign out of the platform."""
    from pipeline_builder.cli import remote

    return remote.logout()


@org_group.command("list")
@_data_format
def org_list(form: str) -> Exit:
    """List the organizations and teams that you can work in."""
    from pipeline_builder.cli import remote

    return remote.show(lambda client: client.list_organizations(), Format(form), ("slug", "name", "role", "id"))


@org_group.command("use")
@click.argument("name", metavar="ORGANIZATION")
def org_use(name: str) -> Exit:
    """Work in another organization from now on."""
    from pipeline_builder.cli import remote

    return remote.use_organization(name)


@org_group.command("members")
@_data_format
def org_members(form: str) -> Exit:
    """List who belongs to the organization."""
    from pipeline_builder.cli import remote

    columns = ("email", "name", "role", "id")
    return remote.show(
        lambda client: remote.every(lambda cursor: client.list_members(cursor=cursor)), Format(form), columns
    )


@org_group.command("invite")
@click.argument("email", metavar="EMAIL")
@click.option("--role", type=click.Choice(["admin", "member", "viewer"]), default="member", help="What they will be.")
@_data_format
def org_invite(email: str, role: str, form: str) -> Exit:
    """Invite an address to the organization."""
    from pipeline_builder.cli import remote

    return remote.show(lambda client: client.invite({"email": email, "role": role}), Format(form), ("email", "role"))


@pipeline_group.command("list")
@click.option("--search", help="Only with this in the name or description.")
@_data_format
def pipeline_list(search: str | None, form: str) -> Exit:
    """List the organization's pipelines."""
    from pipeline_builder.cli import remote

    columns = ("name", "revision", "lifecycle", "updatedAt", "updatedBy")
    return remote.show(
        lambda client: remote.every(lambda cursor: client.list_pipelines(search=search, sort="name", cursor=cursor)),
        Format(form),
        columns,
    )


@pipeline_group.command("create")
@click.argument("file", metavar="FILE", type=_FILE)
@click.option("--message", "-m", default="", help="Why, for whoever reads the history.")
@_data_format
def pipeline_create(file: Path, message: str, form: str) -> Exit:
    """Create a pipeline on the platform from a definition."""
    from pipeline_builder.cli import remote

    return remote.create_pipeline(file, message, Format(form))


@pipeline_group.command("update")
@click.argument("name", metavar="NAME")
@click.argument("file", metavar="FILE", type=_FILE)
@click.option("--message", "-m", default="", help="Why, for whoever reads the history.")
@_data_format
def pipeline_update(name: str, file: Path, message: str, form: str) -> Exit:
    """Give a pipeline another definition, as a new revision."""
    from pipeline_builder.cli import remote

    return remote.change_pipeline(name, file, message, Format(form))


@pipeline_group.command("show")
@click.argument("name", metavar="NAME")
@click.option(
    "--as",
    "what",
    type=click.Choice(["definition", "lock", "plan", "template"]),
    default="definition",
    help="What of it is written to stdout.",
)
@click.option("--revision", type=click.IntRange(1), help="Of this revision. Default: the newest.")
def pipeline_show(name: str, what: str, revision: int | None) -> Exit:
    """Write a pipeline's definition, lock, plan or template to stdout."""
    from pipeline_builder.cli import remote

    return remote.print_pipeline(name, what, revision)


@pipeline_group.command("history")
@click.argument("name", metavar="NAME")
@_data_format
def pipeline_history(name: str, form: str) -> Exit:
    """List what a pipeline has been, the newest first."""
    from pipeline_builder.cli import remote

    return remote.show(
        lambda client: client.list_revisions(remote.found_pipeline(client, name)["id"])["items"],
        Format(form),
        ("number", "createdAt", "createdBy", "message"),
    )


@pipeline_group.command("delete")
@click.argument("name", metavar="NAME")
def pipeline_delete(name: str) -> Exit:
    """Delete a pipeline; it can be restored for 30 days."""
    from pipeline_builder.cli import remote

    return remote.delete_pipeline(name)


@pipeline_group.command("restore")
@click.argument("pipeline", metavar="ID")
@_data_format
def pipeline_restore(pipeline: str, form: str) -> Exit:
    """Bring a deleted pipeline back."""
    from pipeline_builder.cli import remote

    return remote.show(lambda client: client.restore_pipeline(pipeline), Format(form), ("name", "revision"))


@plugin_group.command("publish")
@click.argument("folder", metavar="DIR", type=_FILE)
@click.option("--visibility", type=click.Choice(["private", "public"]), help="Who may use it. Default: as it is.")
@_data_format
def plugin_publish(folder: Path, visibility: str | None, form: str) -> Exit:
    """Publish a version of a plugin on the platform."""
    from pipeline_builder.cli import remote

    return remote.publish_plugin(folder, visibility, Format(form))


@rule_group.command("list")
@_data_format
def rule_list(form: str) -> Exit:
    """List the rules that the organization can see."""
    from pipeline_builder.cli import remote

    return remote.show(
        lambda client: remote.every(lambda cursor: client.list_rules(cursor=cursor)),
        Format(form),
        ("name", "target", "severity", "isActive", "description"),
    )


@rule_group.command("create")
@click.argument("file", metavar="FILE", type=_FILE)
@_data_format
def rule_create(file: Path, form: str) -> Exit:
    """Create rules on the platform from a document."""
    from pipeline_builder.cli import remote

    return remote.create_rule(file, Format(form))


@rule_group.command("subscribe")
@click.argument("name", metavar="SET")
def rule_subscribe(name: str) -> Exit:
    """Let all rules of a published set count in the organization."""
    from pipeline_builder.cli import remote

    return remote.show(lambda client: client.subscribe_to_rule_set(name, {}), Format.TEXT, ("rules",))


@app.command()
@_data_format
def quota(form: str) -> Exit:
    """Show the organization's limits, and how much of them is used."""
    from pipeline_builder.cli import remote

    columns = ("resource", "used", "limit", "remaining", "resetsAt")
    return remote.show(lambda client: client.read_quota()["usage"], Format(form), columns)


@token_group.command("create")
@click.argument("name", metavar="NAME")
@click.option("--permission", "-p", "permissions", multiple=True, required=True, help="What it may do; repeat it.")
@click.option("--days", type=click.IntRange(1, 365), default=90, help="Days that it works. Default: 90.")
@click.option("--service", is_flag=True, help="It acts in its own name, and not in yours.")
def token_create(name: str, permissions: tuple[str, ...], days: int, service: bool) -> Exit:  # noqa: FBT001 -- a flag
    """Make a token for a program, and write it to stdout, this once."""
    from pipeline_builder.cli import remote

    return remote.create_token(name, permissions, days, service=service)


@token_group.command("list")
@_data_format
def token_list(form: str) -> Exit:
    """List your tokens for programs."""
    from pipeline_builder.cli import remote

    columns = ("name", "permissions", "expiresAt", "lastUsedAt", "id")
    return remote.show(lambda client: client.list_personal_tokens(), Format(form), columns)


@token_group.command("revoke")
@click.argument("token", metavar="ID")
def token_revoke(token: str) -> Exit:
    """Revoke one of your tokens."""
    from pipeline_builder.cli import remote

    return remote.show(lambda client: client.revoke_personal_token(token), Format.TEXT)


@app.command()
@_data_format
def audit(form: str) -> Exit:
    """List what was done in the organization, the newest first."""
    from pipeline_builder.cli import remote

    columns = ("number", "occurredAt", "actorName", "action", "subjectName")
    return remote.show(lambda client: client.list_events(limit=200)["items"], Format(form), columns)


def main() -> None:
    """Run a command. Only here errors become exit codes."""
    open_outputs()
    try:
        ended = app(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(ended or Exit.FINE)
    except PipelineBuilderError as error:
        _say_error(error)
        sys.exit(exit_of(error.kind))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(Exit.INTERRUPTED)
    except OSError as error:
        _say_error(f"'{error.filename2 or error.filename}' cannot be written: {error.strerror}.")
        sys.exit(Exit.ABSENT)


def _say_error(error: object) -> None:
    from pipeline_builder.cli.output import say

    say(f"error: {error}")
