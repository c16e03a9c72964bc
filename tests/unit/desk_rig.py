"""A broker desk over a table in memory, a sealer of its own and a broker that shows one price."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from shared_utils.broker_desk import BrokerDesk, desk_from
from shared_utils.brokers.catalogue import BrokerParts
from shared_utils.brokers.wire import NotSent, Send, WireAnswer, WireRequest
from shared_utils.domain.broker_accounts import (
    AccountLimits,
    AccountStatus,
    BrokerAccount,
    BrokerName,
    Egress,
)
from shared_utils.sealing import Sealer
from shared_utils.settings import Settings
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.market_cache import FeedAccount, MarketCache
from tests.clocks import MONDAY_0900_IST, TurnedClock
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
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
