"""The simulator's memory: a SQLite file that outlives it, so that a broker never forgets an order.

Orders are written one by one as they change; the little rest is one document each.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from simulator.accounts import LoginCode, Registration, Token
from simulator.faults import Fault
from simulator.funds import Account, Carried
from simulator.orders import SimulatedOrder, Trade
from simulator.world import World

StateT = TypeVar("StateT")

SAVED_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SavedPosition:
    exchange: str
    symbol: str
    product: str
    carried: Carried


@dataclass(frozen=True, slots=True, kw_only=True)
class _SavedAccount:
    user_id: str
    cash: str
    trades: list[Trade]
    carried: list[_SavedPosition]


class StateFile:
    """One world's state on disk. Only the process that opened it writes it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute("CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, doc BLOB)")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS orders (order_id TEXT PRIMARY KEY, doc BLOB)"
        )
        self._changed: set[str] = set()
        self._saved_at: datetime | None = None

    def saved_now(self) -> datetime | None:
        """Market time when it was last saved; None for a new file."""
        return self._document("now", datetime)

    def saved_seed(self) -> int | None:
        return self._document("seed", int)

    def note(self, order: SimulatedOrder) -> None:
        """Remembers that the order must be written."""
        self._changed.add(order.order_id)

    def load(self, world: World) -> None:
        """Fills a fresh world with what was saved."""
        for registration in self._document("registrations", list[Registration]) or []:
            world.registry.register(registration)
        world.registry.codes = self._document("codes", dict[str, LoginCode]) or {}
        world.registry.tokens = self._document("tokens", dict[str, Token]) or {}
        world.faults.faults = self._document("faults", list[Fault]) or []
        world.faults.issued = self._document("faults_issued", int) or 0
        for saved in self._document("accounts", list[_SavedAccount]) or []:
            _restore_account(world, saved)
        world.exchange.sequence = self._document("sequence", int) or 0
        now = self.saved_now()
        if now is not None:
            world.exchange.resume(self._orders(), now)

    def save_if_due(self, world: World) -> None:
        """Writes at once when an order changed, else every two seconds."""
        now = world.now()
        if self._changed or self._saved_at is None or abs(now - self._saved_at) >= SAVED_EVERY:
            self.save(world)

    def save(self, world: World) -> None:
        """Writes what changed, in one transaction."""
        self._saved_at = world.now()
        exchange, registry = world.exchange, world.registry
        documents: dict[str, Any] = {
            "now": world.now(),
            "seed": world.market.seed,
            "registrations": list(registry.registrations.values()),
            "codes": registry.codes,
            "tokens": registry.tokens,
            "faults": world.faults.faults,
            "faults_issued": world.faults.issued,
            "accounts": [_saved_account(account) for account in exchange.accounts.values()],
            "sequence": exchange.sequence,
        }
        rows = [(name, msgspec.json.encode(value)) for name, value in documents.items()]
        changed = [exchange.orders[i] for i in self._changed if i in exchange.orders]
        with self._file:
            self._file.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?)", rows)
            self._write_orders(changed)
            self._forget_all_but(exchange.orders)
        self._changed.clear()

    def close(self) -> None:
        self._file.close()

    def _write_orders(self, orders: Iterable[SimulatedOrder]) -> None:
        rows = [(order.order_id, msgspec.json.encode(order)) for order in orders]
        self._file.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?)", rows)

    def _forget_all_but(self, orders: dict[str, SimulatedOrder]) -> None:
        known = [row[0] for row in self._file.execute("SELECT order_id FROM orders")]
        gone = [(order_id,) for order_id in known if order_id not in orders]
        self._file.executemany("DELETE FROM orders WHERE order_id = ?", gone)

    def _orders(self) -> list[SimulatedOrder]:
        rows = self._file.execute("SELECT doc FROM orders ORDER BY order_id").fetchall()
        return [msgspec.json.decode(row[0], type=SimulatedOrder) for row in rows]

    def _document(self, name: str, kind: type[StateT]) -> StateT | None:
        row = self._file.execute("SELECT doc FROM documents WHERE name = ?", (name,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=kind)


def _saved_account(account: Account) -> _SavedAccount:
    return _SavedAccount(
        user_id=account.user_id,
        cash=str(account.cash),
        trades=account.trades,
        carried=[
            _SavedPosition(exchange=key[0], symbol=key[1], product=key[2], carried=carried)
            for key, carried in account.carried.items()
        ],
    )


def _restore_account(world: World, saved: _SavedAccount) -> None:
    account = world.exchange.open_account(saved.user_id)
    account.cash = msgspec.convert(saved.cash, type=type(account.cash))
    account.trades = saved.trades
    account.carried = {(p.exchange, p.symbol, p.product): p.carried for p in saved.carried}
