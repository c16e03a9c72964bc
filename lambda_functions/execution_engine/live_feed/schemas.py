"""A live ticket on the wire."""

from shared_utils.api.wire_types import Instant, ResponseModel


class TicketResponse(ResponseModel):
    """Opens one socket, once: `{url}?ticket={ticket}&channel=positions` before `expires_at`."""

    ticket: str
    expires_at: Instant
    url: str
