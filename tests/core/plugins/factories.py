"""Plugins for tests: each factory takes only what matters to the case."""

from pipeline_builder.core.plugins.model import BuildType, InputType, Plugin, PluginInput, PluginSpec

DIGEST = "sha256:" + "0123456789abcdef" * 4


def a_plugin(name="jest", version="1.0.0", *, owner="system", digest=None, build_type=BuildType.BUILD_IMAGE, **spec):
    return Plugin(PluginSpec(name=name, version=version, **{"commands": ("true",), **spec}), build_type, owner, digest)


def an_input(kind=InputType.STRING, **more):
    return PluginInput(**{"type": kind, "description": "What it does.", **more})
