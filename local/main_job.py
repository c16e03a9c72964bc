"""The main job, shown: the schedule picks the condor up, it trades, and its position is seen."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_socket

from local.api_client import Api
from local.deployed import Deployed
from local.seed import connect

Say = Callable[[str], None]

# The tick comes once a minute of real time; it has to find the entry inside its look-ahead.
TURN_AHEAD = timedelta(seconds=100)
SETTLES_WITHIN_S = 240


@dataclass
class Listener:
    """A trader's screen: one socket, everything it was told."""

    url: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack, repr=False)

    def __post_init__(self) -> None:
        # No pings: a local cloud that is busy answers them late.
        opening = open_socket(self.url, open_timeout=10, ping_interval=None)
        socket = self._open.enter_context(opening)
        threading.Thread(target=self._listen, args=(socket,), daemon=True).start()

    def _listen(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            for text in socket:
                self.messages.append(json.loads(text, parse_float=Decimal))

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in list(self.messages) if message.get("type") == kind]

    def close(self) -> None:
        self._open.close()


def open_feed(trader: Api) -> Listener:
    ticket = trader.post("/execution/live/ticket")
    return Listener(f"{ticket['url']}?ticket={ticket['ticket']}&channel=live")


def show(platform: Deployed, trader: Api, strategy_id: str, say: Say) -> dict[str, Any]:
    """Plays the market to the strategy's next entry and tells what happens. The execution.

    Raises RuntimeError when it does not end in positions.
    """
    strategy = _until_entry(platform, trader, strategy_id, say)
    due = datetime.fromisoformat(strategy["next_execution"]).astimezone(UTC)
    _turn_before(platform, due)
    say(f"  the market plays {platform.market.india()}; the entry is due at 09:45:00")
    say(f"  daily broker login: {connect(trader, platform.market)[:80]}")
    feed = open_feed(trader)
    try:
        execution = _wait_for(trader, strategy_id, due, say)
        _tell(trader, execution, feed, say)
    finally:
        feed.close()
    return execution


def _until_entry(platform: Deployed, trader: Api, strategy_id: str, say: Say) -> dict[str, Any]:
    """The strategy when an entry is what comes next; an exit before it is played first."""
    while True:
        strategy: dict[str, Any] = trader.get(f"/options/strategies/{strategy_id}")
        if strategy["next_execution"] is None:
            raise RuntimeError(
                f"Nothing is scheduled: {strategy['next_execution_problem']} "
                "`make reset` starts the played market over."
            )
        due = datetime.fromisoformat(strategy["next_execution"]).astimezone(UTC)
        if strategy["next_event"] == "ENTRY":
            return strategy
        _turn_before(platform, due)
        connect(trader, platform.market)
        say(f"  an exit comes first, {platform.market.india()}")
        execution = _wait_for(trader, strategy_id, due, say)
        say(f"  the exit is {execution['status']}")


def _turn_before(platform: Deployed, due: datetime) -> None:
    before = due - TURN_AHEAD
    if platform.market.now() < before:
        platform.market.turn_to(before)


def _wait_for(trader: Api, strategy_id: str, due: datetime, say: Say) -> dict[str, Any]:
    """The execution due at `due`, settled; tells each change of its status."""
    wanted = due.isoformat().replace("+00:00", "Z")
    ends = time.monotonic() + SETTLES_WITHIN_S + TURN_AHEAD.total_seconds()
    told = ""
    while time.monotonic() < ends:
        for run in trader.get(f"/execution/strategies/{strategy_id}/history")["items"]:
            if datetime.fromisoformat(run["scheduled_for"]) != due:
                continue
            if run["status"] != told:
                told = run["status"]
                say(f"  execution {run['execution_id']} is {told}")
            if told in {"COMPLETED", "FAILED", "CANCELLED"}:
                found: dict[str, Any] = trader.get(f"/execution/{run['execution_id']}")
                return found
        time.sleep(0.5)
    raise RuntimeError(
        f"The execution due at {wanted} did not settle (last seen: {told or 'none'})."
    )


def _tell(trader: Api, execution: dict[str, Any], feed: Listener, say: Say) -> None:
    for leg in execution["legs"]:
        symbol = leg["contract"]["symbol"]
        say(f"  leg {leg['leg_number']} {leg['side']:4} {symbol}  {leg['chosen_because']}")
    for part in execution["accounts"]:
        sentence = part.get("sentence") or ""
        say(f"  {part['client_id']}: {part['lots']} lots, {part['outcome']} {sentence}")
    for order in sorted(execution["orders"], key=lambda each: (each["stage"], each["client_id"])):
        say(
            f"  {order['purpose']:5} {order['client_id']:15} {order['side']:4} "
            f"{order['quantity']:4} {order['contract']['symbol']} {order['status']} "
            f"at {order['average_price']}"
        )
    if execution["status"] != "COMPLETED":
        raise RuntimeError(f"The execution ended as {execution['status']}: {execution['reasons']}")
    time.sleep(2)
    positions = trader.get("/execution/positions/live")
    for position in positions["items"]:
        say(
            f"  position {position['client_id']:16} {position['contract']['symbol']} "
            f"{position['net_quantity']:5} at {position['average_price']} "
            f"net P&L {position['net_pnl']}"
        )
    statuses = feed.of_type("ORDER_STATUS")
    updates = feed.of_type("POSITION_UPDATE")
    say(f"  the socket told {len(statuses)} ORDER_STATUS and {len(updates)} POSITION_UPDATE")
    if not statuses or not updates:
        raise RuntimeError("The socket told nothing of it.")
    last = updates[-1]["data"]
    say(f"  last POSITION_UPDATE: current_pnl {last['current_pnl']} at {last['timestamp']}")
