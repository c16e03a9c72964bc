"""What the API's document says in sentences: the introduction, each tag, each kind of error."""

from http import HTTPStatus

from shared_utils.api.bodies import MAX_BODY_BYTES
from shared_utils.api.live_messages import CHANNELS
from shared_utils.domain.ids import KIND_NAMES

_CHANNELS = ", ".join(f"`{name}`" for name in CHANNELS)
_KINDS = ", ".join(f"`{kind}_` {name}" for kind, name in KIND_NAMES.items())
INTRODUCTION = f"""\
Configure options strategies on Indian indices, say which broker accounts trade them, and follow
what they do.

## Where, and who
Three APIs share this document; each path names its server. `/auth/sign-up`, `/auth/confirm` and
`/auth/sign-in` need no token. `signIn` answers with an `id_token`: send it in every other
request as
`Authorization: Bearer {{id_token}}`. It lives for `expires_in_s` seconds; `refreshTokens`
brings a new
one. Only an ID token is accepted, an access token is not.

## How values look
- **Money** is a JSON number in rupees with exactly two decimals. Percentages are percent: 2.5
  is 2.5 %.
- **Times** are UTC, ISO-8601 with `Z`. What a trader types (`entry_time` "09:30") and dates of
  expiries and holidays are India's.
- **Identifiers** say what they name: {_KINDS}.
  An id of another kind is a 404 that says which kind is meant.
- **null** is "not known" or "not set", never 0. A field that is not in the schema is refused.

## Lists
A list is `{{"items": […], "cursor": …}}`. Pass `cursor` on to get the next page; it is null on
the last.

## Creating once, changing what was seen
A POST that creates accepts an `Idempotency-Key`: the same key and body get the first answer again,
with the header `Idempotent-Replayed: true`. What can change carries a `version`; send the one you
have seen, and a change that somebody made in between is a 409 instead of being overwritten.

## Errors
Every error has one shape: `{{"error": {{"code", "message", "details": [{{"field", "problem"}}],
"request_id"}}}}`. `code` is stable, `message` is a sentence for the user, `details` name each
field.
400: the shape is wrong. 422: a rule is broken; all problems are named at once. 404: missing, or
somebody else's. 409: it has moved on. 503: what is needed to act safely is missing; nothing was
changed.

## The live socket
1. `createLiveTicket` answers with `url` and a one-time `ticket`, good for 30 seconds.
2. Open `{{url}}?ticket={{ticket}}&channel=positions`. More channels with commas; they can also be
   chosen later. A ticket that is missing, used or expired is refused at the handshake.
3. Send a `ChannelsAction`: `{{"action": "subscribe", "channels": ["orders", "positions"]}}`, or
   `unsubscribe`. The answer is a `SubscribedMessage` with the channels that are open now, or an
   `ErrorMessage`.
4. The socket sends `OrderStatusMessage` (channels live, orders) and `PositionUpdateMessage` (live,
   positions). Channels: {_CHANNELS}; market-data and risk send nothing yet.
   `version` only grows: drop a message whose version is older than what is shown.
5. A push may be lost, and a socket ends after two hours: on opening, and after a reconnect with
   a new
   ticket, read `listLiveOrders` and `listLivePositions` again.
"""

MEANINGS = {
    HTTPStatus.BAD_REQUEST: "A field has the wrong shape; the details name each one.",
    HTTPStatus.UNAUTHORIZED: "No valid token, or what was to bring one is wrong or over.",
    HTTPStatus.FORBIDDEN: "It may be seen, but not changed.",
    HTTPStatus.NOT_FOUND: "Missing, or somebody else's.",
    HTTPStatus.CONFLICT: "It exists already, or has moved on since it was read.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"A body has at most {MAX_BODY_BYTES // 1024} KB.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The shape is right, a rule is broken; all of them are named.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; try again in a moment.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side.",
    HTTPStatus.SERVICE_UNAVAILABLE: "What is needed to act safely is missing; nothing was changed.",
}

# Shown where a description of the tag helps somebody who does not know the words yet.
TAGS = {
    "Baskets": "A basket holds strategies; it is what is published and subscribed to.",
    "Strategies": "Legs, a schedule and limits, configured once; active ones run by themselves.",
    "Strategy legs": "One option each of a strategy: which contract, which side, which stop.",
    "Broker allocation": "Which broker accounts trade how many lots of a strategy.",
    "Templates": "The standard structures, ready to be made into a strategy.",
    "Marketplace": "Published baskets and their records.",
    "Subscriptions": "What the caller follows, with his own lots and limits for it.",
    "Invoices": "What the caller was charged for his subscriptions, line by line.",
    "Subscribers and revenue": "Who follows a publisher's baskets, and what they bring in.",
    "Broker accounts": "The caller's accounts at brokers; secrets go in and never come out.",
    "Broker logins": "The daily login at a broker, in the browser.",
    "Executions": "Runs of a strategy: its entry or its exit, at one time, on all its accounts.",
    "Orders": "One order at one broker: asked for, sent, filled.",
    "Positions": "What is held, per strategy and broker account.",
    "Profit and loss": "Gross, charges and net; current and in all.",
    "Live feed": "The ticket that opens the socket; the introduction says how to go on.",
    "Market data": "Index prices, option chains with greeks, strikes, volatility.",
    "Market data feeds": "The administrators' broker accounts that market data comes through.",
    "Market calendar": "Sessions, holidays and expiries of NSE and BSE.",
    "Calculators": "Premium, greeks, payoff and break-even of legs that need not exist.",
    "Sign-in": "Users, their tokens and their profile.",
}
