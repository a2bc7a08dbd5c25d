"""Which domains a process serves: the list of all of them, in the order in which they build upon each other."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.domains.audit import wiring as audit
from pipeline_builder.domains.compliance import wiring as compliance
from pipeline_builder.domains.identity import wiring as identity
from pipeline_builder.domains.identity.contract import Mailer
from pipeline_builder.domains.orgs import wiring as orgs
from pipeline_builder.domains.pipelines import wiring as pipelines
from pipeline_builder.domains.plugins import wiring as plugins
from pipeline_builder.domains.quotas import wiring as quotas
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain
from pipeline_builder.kit.idempotency import forget_old


def wire(contracts: Contracts, issuer: str, mailer: Mailer) -> Sequence[Domain]:
    """Wire every domain. All of them, whatever the process serves: they meet in process and in one transaction.

    Args:
        contracts: filled with who implements what.
        issuer: of access tokens: the address of the platform.
        mailer: by which mails leave.
    """
    return (
        audit.wire(contracts),
        quotas.wire(contracts),
        orgs.wire(contracts),
        identity.wire(contracts, issuer, mailer),
        plugins.wire(contracts),
        compliance.wire(contracts),
        pipelines.wire(contracts),
        Domain("requests", sweeps={forget_old: timedelta(hours=1)}),
    )


class ServiceUnknown(PipelineBuilderError):
    """`--services` names a domain that there is not."""

    code = "service-unknown"
    kind = ErrorKind.INVALID

    def __init__(self, name: str, known: Collection[str]) -> None:
        self.name = name
        super().__init__(f"There is no service '{name}'; there are: {', '.join(sorted(known))}.")


def chosen(domains: Sequence[Domain], names: Collection[str]) -> Sequence[Domain]:
    """The domains of these names; all of them when there are no names.

    Raises:
        ServiceUnknown: there is no domain of a name.
    """
    known = {domain.name for domain in domains}
    for name in names:
        if name not in known:
            raise ServiceUnknown(name, known)
    return [domain for domain in domains if not names or domain.name in names]
