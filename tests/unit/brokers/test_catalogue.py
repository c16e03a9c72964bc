"""Which brokers there are, and how an account's broker is put together."""

from decimal import Decimal

import pytest
import urllib3

from shared_utils.brokers.catalogue import (
    BROKERS,
    BrokerParts,
    PaperParts,
    open_broker,
    require_built,
)
from shared_utils.brokers.egresses import may_order, proxy_of
from shared_utils.brokers.ports import Accepted, BrokerNotBuilt, BrokerSession
from shared_utils.brokers.rate_limits import OrderRates
from shared_utils.brokers.wire import Connections
from shared_utils.domain.broker_accounts import BrokerName, Egress, EgressMode
from shared_utils.domain.errors import BrokerUnavailable
from tests.conformance.orders import a_request
from tests.conformance.paper_rig import FACTS, PaperRig
from tests.conformance.rigs import RIGS
from tests.conformance.zerodha_rig import ENDPOINT, an_account


def parts(rig: PaperRig | None = None) -> BrokerParts:
    bench = rig or PaperRig()
    return BrokerParts(
        clock=bench.clock,
        rates=OrderRates(bench.clock),
        paper=PaperParts(book=bench.book, market=bench.market, facts=FACTS) if rig else None,
    )


def test_every_broker_there_is_passes_the_conformance_suite():
    assert {name.value for name in BROKERS} == set(RIGS)


@pytest.mark.parametrize("name", [BrokerName.ANGEL_ONE, BrokerName.FINVASIA])
def test_a_broker_that_is_not_built_says_which_are(name):
    with pytest.raises(BrokerNotBuilt, match="zerodha, paper"):
        require_built(name)
    with pytest.raises(BrokerNotBuilt):
        open_broker(BrokerSession(account=an_account(broker_name=name)), parts())


def test_an_accounts_broker_is_opened_by_its_name():
    session = BrokerSession(
        account=an_account(), endpoint=ENDPOINT, api_key="apikey", access_token="accesstoken"
    )

    assert open_broker(session, parts()).name is BrokerName.ZERODHA
    assert "accesstoken" not in repr(session)


def test_a_broker_without_an_address_is_unavailable():
    with pytest.raises(BrokerUnavailable):
        open_broker(BrokerSession(account=an_account()), parts())


def test_a_real_account_can_be_traded_on_paper():
    rig = PaperRig()
    account = an_account(user_id="user-1", client_id="PAPER1", capital=Decimal(500_000))

    broker = open_broker(BrokerSession(account=account), parts(rig), BrokerName.PAPER)

    assert isinstance(broker.place(a_request()), Accepted)
    assert broker.name is BrokerName.PAPER


def test_paper_without_its_book_is_unavailable():
    session = BrokerSession(account=an_account(broker_name=BrokerName.PAPER))

    with pytest.raises(BrokerUnavailable):
        open_broker(session, parts())


@pytest.mark.parametrize("proxy_url", [None, "", "10.0.0.1:3128", "socks5://10.0.0.1", "http://"])
def test_an_account_that_demands_a_proxy_and_has_none_may_not_order(proxy_url):
    assert not may_order(Egress(mode=EgressMode.PROXY, proxy_url=proxy_url))


def test_an_account_leaves_by_its_own_proxy_and_no_other():
    mine = Egress(mode=EgressMode.PROXY, proxy_url="http://10.0.0.1:3128")
    direct = Egress(proxy_url="http://10.0.0.2:3128")

    assert proxy_of(mine) == "http://10.0.0.1:3128"
    assert may_order(mine)
    assert proxy_of(direct) is None
    pool = Connections().pool(proxy_of(mine))
    assert isinstance(pool, urllib3.ProxyManager)
    assert pool.proxy is not None
    assert pool.proxy.host == "10.0.0.1"
