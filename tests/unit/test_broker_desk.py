"""The desk opens what may be opened, asks the right account for quotes, and forgets in time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from shared_utils.broker_desk import KEPT_S, AccountGone
from shared_utils.brokers.ports import BrokerNotBuilt, SessionRefused
from shared_utils.domain.broker_accounts import (
    BrokerName,
    Egress,
    EgressMode,
)
from shared_utils.domain.errors import BrokerUnavailable, MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.sealing import SealBroken, Sealer
from tests.clocks import MONDAY_0900_IST
from tests.unit.desk_rig import FEED, MINE, Rig
from tests.unit.simulator.worlds import TurnedWorld, served


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_an_account_is_opened_with_its_own_token_and_way_out(rig: Rig):
    egress = Egress(mode=EgressMode.PROXY, proxy_url="http://proxy.example:3128")
    rig.add(MINE, egress=egress)

    broker = rig.desk().open(*MINE)

    assert broker.name is BrokerName.ZERODHA
    broker.margins()
    assert rig.market.tokens == ["token-of-user-1-ZR1"]
    assert rig.egresses == [egress]


def test_what_is_opened_is_used_again_within_an_invocation_only(rig: Rig):
    rig.add(MINE)
    desk = rig.desk()

    first = desk.open(*MINE)
    assert desk.open(*MINE) is first
    assert rig.kms.decrypts == 1

    desk.new_invocation()
    assert desk.open(*MINE) is not first
    assert rig.kms.decrypts == 2


def test_a_request_after_a_new_login_uses_its_token_and_no_other(rig: Rig):
    account = rig.add(MINE)
    desk = rig.desk()
    asked = (
        lambda: desk.open_now(*MINE).margins(),
        lambda: desk.quotes_now("user-1").spot(Underlying.NIFTY),
    )
    for ask in asked:
        ask()
    assert rig.kms.decrypts == 1

    sealed = Sealer(rig.kms, "k").seal(*MINE, "token-of-the-second-login")
    rig.accounts.save(replace(account, access_token_sealed=sealed, version=2))
    rig.market.tokens.clear()
    for ask in asked:
        ask()
    assert set(rig.market.tokens) == {"token-of-the-second-login"}
    assert rig.kms.decrypts == 2


def test_nothing_opened_outlives_a_minute(rig: Rig):
    account = rig.add(MINE)
    desk = rig.desk()
    desk.open(*MINE)
    rig.accounts.save(replace(account, access_token_sealed=None, version=2))

    rig.clock.advance(KEPT_S - 1)
    desk.open(*MINE)
    rig.clock.advance(1)
    with pytest.raises(SessionRefused):
        desk.open(*MINE)


@pytest.mark.parametrize(
    "parts",
    [
        {"access_token_sealed": None},
        {"token_expires_at": None},
        {"token_expires_at": MONDAY_0900_IST},
        {"api_key": None},
    ],
)
def test_without_a_good_session_the_trader_is_told_to_log_in(rig: Rig, parts):
    rig.add(MINE, **parts)

    with pytest.raises(SessionRefused, match="ZR1 at zerodha is over; log in"):
        rig.desk().open(*MINE)
    assert rig.kms.decrypts == 0


def test_an_account_that_is_gone_is_named(rig: Rig):
    rig.add(("user-2", "ZR1"))

    with pytest.raises(AccountGone, match="ZR1") as refused:
        rig.desk().open(*MINE)
    assert refused.value.code == "ACCOUNT_GONE"


def test_an_account_that_moved_to_another_broker_gets_no_orders_of_the_old_one(rig: Rig):
    rig.add(MINE, broker_name=BrokerName.PAPER)

    with pytest.raises(AccountGone):
        rig.desk().open(*MINE, BrokerName.ZERODHA)


def test_a_broker_without_adapter_is_refused_by_name(rig: Rig):
    rig.add(MINE, broker_name=BrokerName.ANGEL_ONE)

    with pytest.raises(BrokerNotBuilt, match="zerodha, paper"):
        rig.desk().open(*MINE)


def test_a_token_copied_from_another_account_opens_nothing(rig: Rig):
    stolen = rig.add(("user-2", "ZR9")).access_token_sealed
    rig.add(MINE, access_token_sealed=stolen)

    with pytest.raises(SealBroken):
        rig.desk().open(*MINE)


def test_a_disabled_account_can_still_be_opened_to_get_out(rig: Rig):
    rig.add(MINE, enabled=False, entries_enabled=False)

    assert rig.desk().open(*MINE).name is BrokerName.ZERODHA


def test_paper_trades_on_the_quotes_of_the_owners_real_account(rig: Rig):
    rig.add(MINE)
    desk = rig.desk()

    paper = desk.open(*MINE, BrokerName.PAPER)

    assert paper.name is BrokerName.PAPER
    assert paper.margins().available == Decimal(1_000_000)
    assert paper.quotes(["NSE:NIFTY 50"])["NSE:NIFTY 50"].last_price == Decimal("26010.5")
    assert rig.market.tokens == ["token-of-user-1-ZR1"]


def test_a_paper_account_alone_shows_no_quotes(rig: Rig):
    rig.add(("user-1", "PAPER1"), broker_name=BrokerName.PAPER)

    with pytest.raises(MarketDataUnavailable) as refused:
        rig.desk().open("user-1", "PAPER1")
    assert refused.value.code == "NO_MARKET_DATA_FEED"


def test_a_function_without_the_paper_table_opens_no_paper(rig: Rig):
    rig.add(MINE)

    with pytest.raises(BrokerUnavailable, match="not set up"):
        rig.desk(PAPER_BROKER_TABLE="").open(*MINE, BrokerName.PAPER)


def test_feed_accounts_are_asked_first_and_in_their_order(rig: Rig):
    for owner in (MINE, FEED, ("user-9", "FEED2")):
        rig.add(owner)
    rig.feeds(FEED, ("user-9", "FEED2"))
    desk = rig.desk()

    spot = desk.quotes("user-1").spot(Underlying.NIFTY)

    assert spot.last_price == Decimal("26010.5")
    assert rig.market.tokens == ["token-of-user-9-FEED1"]


def test_a_feed_that_fails_is_followed_by_the_next_and_then_by_the_users_own(rig: Rig):
    for owner in (MINE, FEED):
        rig.add(owner)
    rig.feeds(FEED)
    rig.market.silent = {"token-of-user-9-FEED1"}

    assert rig.desk().quotes("user-1").spot(Underlying.NIFTY).last_price == Decimal("26010.5")
    assert rig.market.tokens[-1] == "token-of-user-1-ZR1"


def test_nobody_reads_quotes_through_a_strangers_account(rig: Rig):
    rig.add(("user-2", "ZR2"))

    for asks in ("user-1", None):
        with pytest.raises(MarketDataUnavailable) as refused:
            rig.desk().quotes(asks)
        assert refused.value.code == "NO_MARKET_DATA_FEED"


@pytest.mark.parametrize(
    "parts",
    [
        {"enabled": False},
        {"access_token_sealed": None},
        {"token_expires_at": MONDAY_0900_IST},
        {"broker_name": BrokerName.ANGEL_ONE},
    ],
)
def test_accounts_that_can_show_nothing_are_not_asked(rig: Rig, parts):
    rig.add(FEED, **parts)
    rig.feeds(FEED, ("user-9", "DELETED"))

    with pytest.raises(MarketDataUnavailable) as refused:
        rig.desk().quotes()
    assert refused.value.code == "NO_MARKET_DATA_FEED"


def test_users_share_the_calls_of_one_feed_account(rig: Rig):
    rig.add(FEED)
    rig.feeds(FEED)
    desk = rig.desk()

    desk.quotes("user-1").spot(Underlying.NIFTY)
    desk.quotes("user-2").spot(Underlying.NIFTY)

    assert len(rig.market.tokens) == 1


def test_where_a_market_is_simulated_it_is_asked_last(rig: Rig):
    turned = TurnedWorld()
    rig.clock.turn(turned.now)
    with served(turned.world) as root:
        desk = rig.desk(SIMULATED_MARKET_URL=f"{root}/market")
        alone = desk.quotes("user-1").spot(Underlying.NIFTY)
        rig.add(MINE, token_expires_at=turned.now + timedelta(hours=1))
        desk.new_invocation()
        of_the_broker = desk.quotes("user-1").spot(Underlying.NIFTY)
        rig.market.silent = {"token-of-user-1-ZR1"}
        desk.new_invocation()
        instead = desk.quotes("user-1").spot(Underlying.NIFTY)

    shown = turned.market.spot(Underlying.NIFTY, turned.now)
    assert [alone.last_price, of_the_broker.last_price, instead.last_price] == [
        shown,
        Decimal("26010.5"),
        shown,
    ]


def test_paper_alone_trades_on_the_simulated_market_where_there_is_one(rig: Rig):
    turned = TurnedWorld()
    rig.clock.turn(turned.now)
    rig.add(("user-1", "PAPER1"), broker_name=BrokerName.PAPER)
    symbol = turned.option().symbol
    with served(turned.world) as root:
        paper = rig.desk(SIMULATED_MARKET_URL=f"{root}/market").open("user-1", "PAPER1")
        shown = paper.quotes([symbol])[symbol]

    assert shown.ask == turned.ask(turned.option())


def test_the_days_master_is_read_from_a_broker_once_for_all_invocations_and_processes(rig: Rig):
    rig.add(FEED)
    rig.feeds(FEED)
    desk = rig.desk()

    first = desk.quotes().master(Exchange.NSE)
    desk.new_invocation()
    again, elsewhere = (each.quotes("user-1").master(Exchange.NSE) for each in (desk, rig.desk()))

    assert first == again == elsewhere
    assert len(rig.market.tokens) == 1


def test_no_address_no_broker(rig: Rig):
    rig.add(MINE)

    with pytest.raises(BrokerUnavailable, match="address"):
        rig.desk(BROKER_ENDPOINTS="{}").open(*MINE)


def test_a_database_that_does_not_answer_opens_nothing(rig: Rig):
    rig.add(MINE)
    rig.dynamo.before = _raise(Unavailable("The database does not answer."))

    with pytest.raises(Unavailable):
        rig.desk().open(*MINE)


def _raise(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
