"""A paper account in the platform's own table: what was traded is there for the next process."""

from decimal import Decimal

from shared_utils.brokers.paper.adapter import PaperBroker
from shared_utils.domain.orders import OrderState
from shared_utils.storage.paper_books import PaperBooks
from tests.conformance.orders import a_request
from tests.conformance.paper_rig import ACCOUNT, FACTS, PaperRig
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name


def test_a_paper_account_outlives_the_process():
    rig = PaperRig()
    store = FakeDynamo(schemas())

    def opened() -> PaperBroker:
        return PaperBroker(
            ACCOUNT,
            Decimal(1_000_000),
            book=PaperBooks(store, table_name("paper-broker")),
            market=rig.market,
            clock=rig.clock,
            facts=FACTS,
        )

    opened().place(a_request(price=Decimal("101.00")))
    (report,) = opened().order_book()
    (position,) = opened().positions()

    assert (report.state, report.filled_quantity) == (OrderState.FILLED, 130)
    assert (position.net_quantity, position.average_price) == (130, Decimal("100.60"))
