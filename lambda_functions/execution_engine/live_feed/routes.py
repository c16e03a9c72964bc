"""REST routes of the live feed."""

from lambda_functions.execution_engine.live_feed.schemas import TicketResponse
from lambda_functions.execution_engine.live_feed.service import Tickets
from shared_utils.api.operations import Operations
from shared_utils.api.requests import RequestContext

TAG = "Live feed"


def register(operations: Operations, tickets: Tickets, socket_url: str) -> None:
    @operations.operation(
        "POST",
        "/execution/live/ticket",
        operation_id="createLiveTicket",
        tag=TAG,
        response=TicketResponse,
        status=201,
    )
    def create_live_ticket(context: RequestContext) -> TicketResponse:
        """A one-time ticket that opens the socket."""
        issued = tickets.issue(context.principal.user_id)
        return TicketResponse(ticket=issued.ticket, expires_at=issued.expires_at, url=socket_url)
