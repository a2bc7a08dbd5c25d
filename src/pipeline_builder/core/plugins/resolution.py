"""Which version of which plugin each reference means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.hints import RENEW_THE_LOCK, did_you_mean
from pipeline_builder.core.plugins.model import Plugin, Request
from pipeline_builder.core.plugins.versions import InvalidVersionRange, Precedence, Version, VersionRange

if TYPE_CHECKING:  # nothing else of it is needed where there is no lock
    from pipeline_builder.core.plugins.lock import Lock

_SHOWN_VERSIONS = 10


def resolve(
    references: Mapping[Location, PluginReference],
    catalog: Catalog,
    report: Report,
    *,
    lock: "Lock | None" = None,
    locked: bool = False,
) -> dict[Location, Plugin]:
    """Find the plugin of every reference: what the lock says, else the highest version the reference accepts.

    The first owner with any acceptable version decides, so that an organization's own plugin is never replaced by a
    higher version of somebody else's. Two references may mean two versions of one plugin.

    Args:
        references: by their places in the definition, in its order.
        catalog: asked only for what the lock does not hold, and never when `locked`.
        report: where findings go.
        lock: what was resolved before.
        locked: nothing but the lock counts, and every image must be pinned in it.

    Returns:
        The plugins by place. A place that is missing here has a finding in the report.
    """
    answers: dict[Request, Plugin | Diagnostic] = {}
    resolved: dict[Location, Plugin] = {}
    for at, reference in references.items():
        request = Request.of(reference)
        if request not in answers:
            answers[request] = _answer(request, catalog, lock, at, report, locked=locked)
        answer = answers[request]
        if isinstance(answer, Diagnostic):
            report.add(replace(answer, at=at))
        else:
            resolved[at] = answer
    report.extend(_unpinned(resolved, locked=locked))
    if lock is not None:
        report.extend(_unused(lock, answers))
    return resolved


def _answer(
    request: Request, catalog: Catalog, lock: "Lock | None", at: Location, report: Report, *, locked: bool
) -> Plugin | Diagnostic:
    if lock is not None and request in lock.plugins:
        return lock.plugins[request]
    if lock is not None or locked:
        stale = Diagnostic(
            code="lock-stale",
            message=f"The lock does not hold '{request}'.",
            at=at,
            severity=Severity.ERROR if locked else Severity.WARNING,
            hint=RENEW_THE_LOCK,
        )
        if locked:
            return stale
        report.add(stale)
    return _looked_up(request, catalog, report)


def _looked_up(request: Request, catalog: Catalog, report: Report) -> Plugin | Diagnostic:
    try:
        wanted = VersionRange.parse(request.version)
    except InvalidVersionRange as error:
        return Diagnostic(code=error.code, message=str(error), hint=error.hint)
    findings = len(report)
    plugins = catalog.versions_of(request.name, report)
    if not plugins and len(report) > findings:
        return Diagnostic(
            code="broken-plugin",
            message=f"Plugin '{request.name}' cannot be used, because its package is not right.",
            hint="The findings about its files say why.",
        )
    if not plugins:
        return Diagnostic(
            code="unknown-plugin",
            message=f"There is no plugin named '{request.name}'.",
            hint=did_you_mean(request.name, catalog.names()) or "`pipeline-manager plugin list` shows all there are.",
        )
    return _highest_of_nearest_owner(plugins, wanted) or _no_matching_version(request, plugins)


def _highest_of_nearest_owner(plugins: Sequence[Plugin], wanted: VersionRange) -> Plugin | None:
    """Of equally high ones the first, which only a catalog that has one version twice can give."""
    acceptable = [plugin for plugin in plugins if wanted.allows(Version.parse(plugin.spec.version))]
    nearest = [plugin for plugin in acceptable if plugin.owner == acceptable[0].owner]
    return max(nearest, key=_precedence, default=None)


def _precedence(plugin: Plugin) -> Precedence:
    return Version.parse(plugin.spec.version).precedence


def _no_matching_version(request: Request, plugins: Sequence[Plugin]) -> Diagnostic:
    versions = dict.fromkeys(plugin.spec.version for plugin in sorted(plugins, key=_precedence, reverse=True))
    shown = ", ".join(list(versions)[:_SHOWN_VERSIONS])
    rest = len(versions) - _SHOWN_VERSIONS
    return Diagnostic(
        code="no-matching-version",
        message=f"No version of plugin '{request.name}' is in the range '{request.version}'.",
        hint=f"There are {shown}{f' and {rest} older ones' if rest > 0 else ''}.",
    )


def _unpinned(resolved: Mapping[Location, Plugin], *, locked: bool) -> Iterator[Diagnostic]:
    """One finding for each plugin whose image may change under its version, where it is used first."""
    first_use: dict[tuple[str, str, str], Location] = {}
    for at, plugin in resolved.items():
        if plugin.has_image and plugin.digest is None:
            first_use.setdefault((plugin.spec.name, plugin.spec.version, plugin.owner), at)
    for (name, version, _), at in first_use.items():
        yield Diagnostic(
            code="image-not-pinned",
            message=f"The digest of the image of plugin '{name}' {version} is not known, so its tag is used.",
            at=at,
            severity=Severity.ERROR if locked else Severity.WARNING,
            hint="Build and publish the plugin's image, then write the lock: it holds the digest.",
        )


def _unused(lock: "Lock", used: Mapping[Request, object]) -> Iterator[Diagnostic]:
    for request in sorted(lock.plugins.keys() - used.keys()):
        yield Diagnostic(
            code="lock-unused",
            message=f"The lock holds '{request}', which the definition does not use.",
            severity=Severity.NOTE,
            hint=RENEW_THE_LOCK,
        )
