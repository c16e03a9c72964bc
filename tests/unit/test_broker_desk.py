"""The desk opens what may be opened, asks the right account for quotes, and forgets in time."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from shared_utils.broker_desk import KEPT_S, AccountGone, BrokerDesk, desk_from
from shared_utils.brokers.catalogue import BrokerParts
from shared_utils.brokers.ports import BrokerNotBuilt, SessionRefused
from shared_utils.brokers.wire import NotSent, Send, WireAnswer, WireRequest
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
    EgressMode,
)
from shared_utils.domain.errors import BrokerUnavailable, MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.sealing import SealBroken, Sealer
from shared_utils.settings import Settings
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.market_cache import FeedAccount, MarketCache
from tests.clocks import MONDAY_0900_IST, TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.unit.simulator.worlds import TurnedWorld, served
from tests.unit.test_sealing import Kms

VARIABLES = {
    "BROKER_ACCOUNTS_TABLE": table_name("broker-accounts"),
    "MARKET_DATA_TABLE": table_name("market-data-cache"),
    "PAPER_BROKER_TABLE": table_name("paper-broker"),
    "TOKEN_KEY_ID": "alias/tokens",
    "SIMULATED_MARKET_URL": "",
    "BROKER_ENDPOINTS": json.dumps(
        {"zerodha": {"api": "https://kite.test", "login": "https://kite.test/login"}}
    ),
}
MASTER = """instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,\
lot_size,instrument_type,segment,exchange
1,1,NIFTY26D0126000CE,NIFTY,0,2026-12-01,26000,0.05,65,CE,NFO-OPT,NFO
"""
MINE = ("user-1", "ZR1")
FEED = ("user-9", "FEED1")


class CountedKms(Kms):
    decrypts = 0

    def decrypt(self, **request):
        self.decrypts += 1
        return super().decrypt(**request)


@dataclass
class Market:
    """Kite's quotes for every session; `silent` names the tokens that get no connection."""

    tokens: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)

    def send(self, request: WireRequest) -> WireAnswer:
        token = request.headers["Authorization"].rpartition(":")[2]
        self.tokens.append(token)
        if token in self.silent:
            raise NotSent("No connection to the broker.")
        if "/instruments/" in request.url:
            return WireAnswer(status=200, body=MASTER.encode(), content_type="text/csv")
        if "/user/margins" in request.url:
            funds = {"net": 100.5, "utilised": {"debits": 0}}
            return _answer({"equity": funds, "commodity": funds})
        return _answer(
            {
                "NSE:NIFTY 50": {
                    "instrument_token": 256265,
                    "timestamp": "2026-11-23 09:00:00",
                    "last_price": 26010.5,
                    "depth": {"buy": [], "sell": []},
                }
            }
        )


def _answer(data: object) -> WireAnswer:
    return WireAnswer(status=200, body=json.dumps({"status": "success", "data": data}).encode())


@dataclass
class Rig:
    dynamo: FakeDynamo = field(default_factory=lambda: FakeDynamo(schemas()))
    clock: TurnedClock = field(default_factory=TurnedClock)
    kms: CountedKms = field(default_factory=CountedKms)
    market: Market = field(default_factory=Market)
    egresses: list[Egress] = field(default_factory=list)

    @property
    def accounts(self) -> BrokerAccounts:
        return BrokerAccounts(self.dynamo, VARIABLES["BROKER_ACCOUNTS_TABLE"])

    def desk(self, **changes: str) -> BrokerDesk:
        def factory(name: str, **_: object) -> object:
            return {"dynamodb": self.dynamo, "kms": self.kms}[name]

        desk = desk_from(Settings({**VARIABLES, **changes}), factory, self.clock)
        desk._parts = _wired(desk._parts, self)
        return desk

    def add(self, owner: tuple[str, str], **parts) -> BrokerAccount:
        user_id, client_id = owner
        token = f"token-of-{user_id}-{client_id}"
        account = BrokerAccount(
            user_id=user_id,
            client_id=client_id,
            broker_name=BrokerName.ZERODHA,
            display_name=client_id,
            status=AccountStatus.CONNECTED,
            capital=Decimal(1_000_000),
            limits=AccountLimits(),
            egress=Egress(),
            api_key="key",
            access_token_sealed=Sealer(self.kms, "k").seal(user_id, client_id, token),
            token_expires_at=MONDAY_0900_IST + timedelta(hours=20),
            created_at=MONDAY_0900_IST,
            updated_at=MONDAY_0900_IST,
        )
        account = replace(account, **parts)
        self.accounts.create(account)
        return account

    def feeds(self, *owners: tuple[str, str]) -> None:
        cache = MarketCache(self.dynamo, VARIABLES["MARKET_DATA_TABLE"])
        cache.set_feeds([FeedAccount(place, *owner) for place, owner in enumerate(owners, 1)])


def _wired(parts: BrokerParts, rig: Rig) -> BrokerParts:
    class Wired(BrokerParts):
        def send_for(self, egress: Egress) -> Send:
            rig.egresses.append(egress)
            return rig.market.send

    return Wired(clock=parts.clock, rates=parts.rates)


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
