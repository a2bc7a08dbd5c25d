"""What quotas add to a process."""

from datetime import timedelta

from pipeline_builder.domains.quotas.contract import Plans, Quota, Stocks
from pipeline_builder.domains.quotas.endpoints import quotas
from pipeline_builder.domains.quotas.meter import ApiCallMeter
from pipeline_builder.domains.quotas.repository import AllQuotas
from pipeline_builder.domains.quotas.service import GivenPlans, QuotaService
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain, Work
from pipeline_builder.kit.guard import Meter
from pipeline_builder.kit.scope import as_platform


def wire(contracts: Contracts) -> Domain:
    """Provide the limits, and count the calls."""
    stocks = Stocks()
    contracts.keep(Stocks, stocks)
    meter = ApiCallMeter(stocks, now)
    contracts.keep(Meter, meter)
    contracts.keep(Plans, GivenPlans())
    contracts.provide(Quota, lambda _contracts, tx, scope: QuotaService(tx, scope, stocks, now))
    return Domain("quotas", (quotas,), sweeps={give_back_expired: timedelta(minutes=5)}, beside=(meter.writing,))


async def give_back_expired(work: Work) -> None:
    """Give back what was set aside for something that never came to an end."""
    async with work.database.transaction() as tx:
        await AllQuotas(tx, await as_platform(tx)).give_back_expired(now())
