"""Scans: every pipeline of an organization held against the rules that count now, a few at a time.

A scan whose process dies begins anew in another one; what the first still reports is not taken.
"""

from uuid import UUID

import structlog

from pipeline_builder.core.errors import PipelineBuilderError
from pipeline_builder.domains.compliance.contract import Compliance
from pipeline_builder.domains.compliance.repository import AllScans, ScanFinding, ScanRepository, TakenScan
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.domains.pipelines.contract import Pipelines
from pipeline_builder.kit.domain import Work
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.scope import as_platform

_LOG = structlog.get_logger("compliance")
_AT_ONCE = 20


async def do_scans(work: Work) -> None:
    """Do the scans that wait, one after the other."""
    while True:
        async with work.database.transaction() as tx:
            scan = await AllScans(tx, await as_platform(tx)).take()
        if scan is None:
            return
        try:
            await _do(work, scan)
        except NotFound:
            _LOG.info("scan.organization-gone", scan_id=str(scan.id))
            return


async def _do(work: Work, scan: TakenScan) -> None:
    organizations = work.contracts.part(Organizations)
    cursor = None
    examined = number = 0
    while True:
        async with work.database.transaction() as tx:
            scope = await organizations.enter(tx, scan.org_id)
            compliance = work.contracts.of(Compliance, tx, scope)
            pipelines = work.contracts.of(Pipelines, tx, scope)
            total = await pipelines.count()
            part = await pipelines.ids(cursor, _AT_ONCE)
            findings = []
            for pipeline_id, name in part:
                examined += 1
                try:
                    violations = await compliance.of_pipeline(await pipelines.facts(pipeline_id))
                except PipelineBuilderError as error:
                    # What this version of the platform cannot make a pipeline of any more is a finding too.
                    number += 1
                    findings.append(_unusable(number, pipeline_id, name, str(error)))
                    continue
                for one in violations:
                    number += 1
                    finding = ScanFinding(
                        number=number,
                        pipeline_id=pipeline_id,
                        pipeline_name=name,
                        rule=one.rule,
                        severity=one.severity,
                        step=one.step,
                        message=one.message,
                        is_exempt=one.is_exempt,
                    )
                    findings.append(finding)
            scans = ScanRepository(tx, scope)
            if not await scans.found(scan, examined, total, findings):
                return
            if len(part) < _AT_ONCE:
                await scans.end(scan, "done")
                return
            cursor = part[-1][0]


def _unusable(number: int, pipeline_id: UUID, name: str, says: str) -> ScanFinding:
    return ScanFinding(
        number=number,
        pipeline_id=pipeline_id,
        pipeline_name=name,
        rule="",
        severity="error",
        step=None,
        message=says[:1000],
        is_exempt=False,
    )
