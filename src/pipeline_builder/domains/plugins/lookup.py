"""Plugins while a stack is deployed: what the function in a template asks, and what it is answered.

Source of the form: `synth/lookup_handler.py`, which is that function.
"""

from collections.abc import Mapping
from typing import Any

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.inputs import variable_of
from pipeline_builder.core.plugins.model import Plugin
from pipeline_builder.core.plugins.resolution import resolve
from pipeline_builder.core.templating import Path, render_fields
from pipeline_builder.domains.plugins.contract import PackageRefused
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.findings import findings_of


def look_up(reference: PluginReference, context: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    """The plugin that a reference means, with the expressions in its texts rendered.

    Raises:
        NotFound: it means none.
        PackageRefused: an expression cannot be rendered with this context.
    """
    found = resolve({Location(): reference}, catalog, Report())
    plugin = found.get(Location())
    if plugin is None:
        wanted = reference.wanted_name + (f"@{reference.wanted_version}" if reference.wanted_version else "")
        raise NotFound("plugin", wanted)
    return _answer(plugin, context)


def _answer(plugin: Plugin, context: Mapping[str, Any]) -> dict[str, Any]:
    spec = plugin.spec
    given_env, given_inputs = dict(context.get("env") or {}), dict(context.get("inputs") or {})
    fields: dict[Path, str] = {("env", name): text for name, text in spec.env.items()}
    for name, declared in spec.inputs.items():
        fields["inputs", name] = str(given_inputs.get(name, declared.default or ""))
        fields["env", variable_of(name, declared)] = fields["inputs", name]
    fields |= {("env", name): str(text) for name, text in given_env.items()}
    fields |= {("installCommands", str(place)): text for place, text in enumerate(spec.install_commands)}
    fields |= {("commands", str(place)): text for place, text in enumerate(spec.commands)}
    scope = {
        **{root: context.get(root) or {} for root in ("metadata", "vars", "pipeline")},
        "plugin": {"name": spec.name, "version": spec.version},
        "env": {},
        "inputs": {},
    }
    report = Report()
    rendered = render_fields(fields, scope, at=Location, report=report)
    if report.has_errors:
        raise PackageRefused(findings_of(report.diagnostics))
    defaults = {name: rendered["inputs", name] for name in spec.inputs if name not in given_inputs}
    return {
        "name": spec.name,
        "version": spec.version,
        "pluginType": spec.plugin_type.value,
        "buildType": plugin.build_type.value,
        "computeType": spec.compute_type.value,
        "privileged": spec.privileged,
        "image": spec.image,
        "owner": plugin.owner,
        "digest": plugin.digest,
        "installCommands": [rendered["installCommands", str(place)] for place in range(len(spec.install_commands))],
        "commands": [rendered["commands", str(place)] for place in range(len(spec.commands))],
        "env": {name: rendered["env", name] for name in spec.env},
        "inputs": {
            name: {
                "type": declared.type.value,
                "env": variable_of(name, declared),
                "default": defaults.get(name) or declared.default,
                "required": declared.required,
            }
            for name, declared in spec.inputs.items()
        },
        "secrets": [{"name": one.name, "required": one.required} for one in spec.secrets],
    }
