"""Instrument masters of the day in the market-data-cache table: one process loads, all others read.

    MASTER#zerodha#NSE | HEADING          version, broker, exchange, day, digest of its parts
    MASTER#zerodha#NSE | 3f9a…c2#00, #01  the rows, packed and cut into parts

Parts are named by the digest of the whole, so those of two loaders never mix, and the heading is
written last and over the version that was there: whoever reads a heading finds all its parts. Ten
thousand rows pack into about 250 KB, and a part is at most 128 KB of the 400 KB of an item.
"""

import binascii
import gzip
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import groupby

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import Unavailable
from shared_utils.domain.instruments import Contract, Exchange, OptionType, Underlying
from shared_utils.indian_market_utils.symbols import (
    MASTER_INCOMPLETE,
    Instrument,
    InstrumentMaster,
    instrument_master,
    require_day,
)
from shared_utils.storage.clients import DynamoClient, Item
from shared_utils.storage.documents import DocumentUnreadable, decode, encode
from shared_utils.storage.faults import CALL_FAULTS, fault_of, maybe_written
from shared_utils.storage.market_cache import has_expired
from shared_utils.storage.rows import Index, Rows, Where, to_item
from shared_utils.storage.writes import Write, stored_item, version_of, write

PART_LENGTH = 128 * 1024

_KEYS = ("underlying_symbol", "data_timestamp")
_PARTS = Index(None, *_KEYS)
_HEADING = "HEADING"

# strike, type, canonical symbol, the broker's symbol where it is another, token, freeze quantity
_Row = tuple[Decimal, OptionType, str, str | None, str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the parts are of. `digest` is the SHA-256 of what they were packed from."""

    broker: BrokerName
    exchange: Exchange
    trading_day: date
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expiry:
    """Rows that share an index, an expiry, a lot and a tick."""

    underlying: Underlying
    expiry: date
    lot: int
    tick: Decimal
    rows: tuple[_Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The day stands here too, so that no two days have one digest."""

    trading_day: date
    expiries: tuple[_Expiry, ...]


@dataclass(frozen=True, slots=True)
class InstrumentMasters:
    client: DynamoClient
    table: str

    def read(
        self, broker: BrokerName, exchange: Exchange, *, trading_day: date, wall_now: datetime
    ) -> InstrumentMaster | None:
        """The stored master of `trading_day`, whole; None when there is none, or it has expired.

        Raises Unavailable: INSTRUMENT_MASTER_STALE for one of another day,
        INSTRUMENT_MASTER_INCOMPLETE for one that lacks a part or is not what was stored.
        """
        partition = _partition(broker, exchange)
        item = stored_item(self.client, self.table, self._rows.key(partition, _HEADING))
        if item is None or has_expired(item, wall_now):
            return None
        heading = decode(Heading, item["doc"]["S"])
        require_day(heading.broker, heading.trading_day, trading_day)
        try:
            rows = _unpacked(heading, self._parts(partition, heading))
        except (ValueError, OSError, EOFError, zlib.error, DocumentUnreadable) as error:
            raise _incomplete(heading) from error
        return instrument_master(broker, heading.trading_day, _instruments(rows, exchange))

    def keep(self, master: InstrumentMaster, exchange: Exchange, *, expires_at: datetime) -> None:
        """In the place of whatever is stored. `expires_at` is the wall clock's, for the TTL.

        Raises VersionMoved when another loader was first (read its master), and Unavailable.
        """
        partition = _partition(master.broker, exchange)
        before = stored_item(self.client, self.table, self._rows.key(partition, _HEADING))
        packed, digest = _packed(master)
        parts = [packed[at : at + PART_LENGTH] for at in range(0, len(packed), PART_LENGTH)]
        for number, part in enumerate(parts):
            item = _item(partition, _part_key(digest, number), 1, encode(part), expires_at)
            self._put_part(item)
        heading = Heading(
            broker=master.broker,
            exchange=exchange,
            trading_day=master.trading_day,
            digest=digest,
        )
        version = version_of(before) + 1
        write(
            self.client,
            Write(
                table=self.table,
                key=self._rows.key(partition, _HEADING),
                expected=version - 1,
                what="instrument master",
                item=_item(partition, _HEADING, version, encode(heading), expires_at),
            ),
        )

    @property
    def _rows(self) -> Rows[Item]:
        return Rows(
            self.client,
            self.table,
            "instrument master",
            _KEYS,
            lambda item: item,
            lambda item: item,
        )

    def _parts(self, partition: str, heading: Heading) -> list[str]:
        """In their order, as far as they are there."""
        where = Where(
            index=_PARTS,
            partition=partition,
            sort=("begins_with", f"{heading.digest}#"),
            consistent=True,
        )
        return [decode(str, item["doc"]["S"]) for item in self._rows.items(where)]

    def _put_part(self, item: Item) -> None:
        """Without a condition: whoever writes under this name writes the same."""
        try:
            self.client.put_item(TableName=self.table, Item=item)
        except CALL_FAULTS as error:
            fault_of(error)
            raise maybe_written() from error


def _partition(broker: BrokerName, exchange: Exchange) -> str:
    return f"MASTER#{broker}#{exchange}"


def _part_key(digest: str, number: int) -> str:
    return f"{digest}#{number:02d}"


def _item(partition: str, sort: str, version: int, doc: str, expires_at: datetime) -> Item:
    keys = dict(zip(_KEYS, (partition, sort), strict=True))
    return to_item(keys, version, doc) | {"ttl": {"N": str(int(expires_at.timestamp()))}}


def _packed(master: InstrumentMaster) -> tuple[str, str]:
    """The rows as text, and the digest of what they were packed from."""
    ordered = sorted(master.by_key.values(), key=_order)
    expiries = tuple(
        _Expiry(
            underlying=underlying,
            expiry=expiry,
            lot=lot,
            tick=tick,
            rows=tuple(_row(each) for each in group),
        )
        for (underlying, expiry, lot, tick), group in groupby(ordered, key=lambda i: _order(i)[:4])
    )
    plain = encode(_Rows(trading_day=master.trading_day, expiries=expiries)).encode()
    packed = b64encode(gzip.compress(plain, mtime=0)).decode()
    return packed, sha256(plain).hexdigest()


def _order(
    instrument: Instrument,
) -> tuple[Underlying, date, int, Decimal, Decimal, OptionType]:
    of = instrument.contract
    return (of.underlying, of.expiry, of.lot_size, of.tick_size, of.strike, of.option_type)


def _row(instrument: Instrument) -> _Row:
    contract = instrument.contract
    return (
        contract.strike,
        contract.option_type,
        contract.symbol,
        None if instrument.symbol == contract.symbol else instrument.symbol,
        instrument.token,
        instrument.freeze_quantity,
    )


def _unpacked(heading: Heading, parts: list[str]) -> _Rows:
    """Raises ValueError, or what gzip and base64 raise, for anything but the whole."""
    try:
        plain = gzip.decompress(b64decode("".join(parts), validate=True))
    except binascii.Error as error:
        raise ValueError("a part is damaged") from error
    if sha256(plain).hexdigest() != heading.digest:
        raise ValueError("these are not the parts that were stored")
    return decode(_Rows, plain.decode())


def _instruments(rows: _Rows, exchange: Exchange) -> Iterable[Instrument]:
    for of in rows.expiries:
        for strike, option_type, canonical, symbol, token, freeze_quantity in of.rows:
            yield Instrument(
                contract=Contract(
                    underlying=of.underlying,
                    exchange=exchange,
                    expiry=of.expiry,
                    strike=strike,
                    option_type=option_type,
                    lot_size=of.lot,
                    tick_size=of.tick,
                    symbol=canonical,
                ),
                symbol=canonical if symbol is None else symbol,
                token=token,
                freeze_quantity=freeze_quantity,
            )


def _incomplete(heading: Heading) -> Unavailable:
    return Unavailable(
        f"The stored {heading.broker} instrument master of {heading.exchange} for "
        f"{heading.trading_day.isoformat()} is not whole; it must be loaded again.",
        code=MASTER_INCOMPLETE,
    )
