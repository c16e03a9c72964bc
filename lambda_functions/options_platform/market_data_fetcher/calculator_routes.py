"""REST routes of the calculators. They read nothing but the calendar and contract facts; a margin
is asked at a broker too, when an account is named.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lambda_functions.options_platform.market_data_fetcher.calculations import (
    ListedLeg,
    greeks_of,
    listed_legs,
    model_values,
)
from lambda_functions.options_platform.market_data_fetcher.calculator_shapes import (
    EXAMPLE,
    BreakevenResponse,
    CalculatorRequest,
    GreeksResponse,
    ModelRequest,
    PayoffRequest,
    PayoffResponse,
    PremiumResponse,
    breakeven_response,
)
from lambda_functions.options_platform.market_data_fetcher.margin_calculations import (
    BrokerMargins,
    estimated_margin,
)
from lambda_functions.options_platform.market_data_fetcher.margin_shapes import (
    MarginRequest,
    MarginResponse,
)
from lambda_functions.options_platform.market_data_fetcher.payoff_views import (
    draw_payoff,
    payoff_legs,
)
from shared_utils.api.operations import Operations
from shared_utils.api.requests import RequestContext
from shared_utils.clock import Clock
from shared_utils.domain.errors import NotFound, RuleBroken
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.risk_calculations.payoffs import summarise_payoff

TAG = "Calculators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculators:
    facts: Callable[[], MarketFacts]
    clock: Clock
    brokers: BrokerMargins

    def legs(self, body: CalculatorRequest) -> tuple[ListedLeg, ...]:
        return listed_legs(self.facts(), body.symbol, body.asked_legs(), self.clock.now())


def register(operations: Operations, calculators: Calculators) -> None:
    _register_values(operations, calculators)
    _register_payoffs(operations, calculators)
    _register_margin(operations, calculators)


def _register_values(operations: Operations, calculators: Calculators) -> None:
    @operations.operation(
        "POST",
        "/options/calculator/premium",
        operation_id="calculatePremium",
        tag=TAG,
        request=ModelRequest,
        response=PremiumResponse,
        errors=(RuleBroken,),
        example=EXAMPLE,
    )
    def calculate_premium(_: RequestContext, body: ModelRequest) -> PremiumResponse:
        """What the legs are worth at their volatilities."""
        legs = calculators.legs(body)
        values = model_values(legs, body.to_assumptions(), premiums_tell=False)
        return PremiumResponse.from_domain(body.symbol, values)

    @operations.operation(
        "POST",
        "/options/calculator/greeks",
        operation_id="calculateGreeks",
        tag=TAG,
        request=ModelRequest,
        response=GreeksResponse,
        errors=(RuleBroken,),
        example=EXAMPLE,
    )
    def calculate_greeks(_: RequestContext, body: ModelRequest) -> GreeksResponse:
        """The greeks of each leg and of all together, of one or several expiries."""
        assumed = body.to_assumptions()
        values = model_values(calculators.legs(body), assumed, premiums_tell=True)
        return GreeksResponse.from_domain(body.symbol, values, greeks_of(values, assumed))


def _register_payoffs(operations: Operations, calculators: Calculators) -> None:
    @operations.operation(
        "POST",
        "/options/calculator/payoff",
        operation_id="calculatePayoff",
        tag=TAG,
        request=PayoffRequest,
        response=PayoffResponse,
        errors=(RuleBroken,),
        example={**EXAMPLE, "volatility": 12.5, "points": 41},
    )
    def calculate_payoff(_: RequestContext, body: PayoffRequest) -> PayoffResponse:
        """The payoff diagram, at expiry and by the model at a date before."""
        payoff = draw_payoff(
            calculators.legs(body), body.to_range(), body.to_assumptions(), body.volatility
        )
        return PayoffResponse.from_domain(body.symbol, payoff)

    @operations.operation(
        "POST",
        "/options/calculator/breakeven",
        operation_id="calculateBreakeven",
        tag=TAG,
        request=CalculatorRequest,
        response=BreakevenResponse,
        errors=(RuleBroken,),
        example={"symbol": EXAMPLE["symbol"], "legs": EXAMPLE["legs"]},
    )
    def calculate_breakeven(_: RequestContext, body: CalculatorRequest) -> BreakevenResponse:
        """Where the payoff at expiry is zero, exactly."""
        summary = summarise_payoff(payoff_legs(calculators.legs(body)))
        return breakeven_response(body.symbol, summary)


def _register_margin(operations: Operations, calculators: Calculators) -> None:
    @operations.operation(
        "POST",
        "/options/calculator/margin",
        operation_id="calculateMargin",
        tag=TAG,
        request=MarginRequest,
        response=MarginResponse,
        errors=(RuleBroken, NotFound),
        example=EXAMPLE,
    )
    def calculate_margin(context: RequestContext, body: MarginRequest) -> MarginResponse:
        """What the legs would need of margin, in the order given: estimated, and by the broker."""
        legs, asked = calculators.legs(body), None
        estimate = estimated_margin(
            calculators.facts(), body.symbol, legs, body.to_assumptions(), calculators.clock.now()
        )
        if body.client_id is not None:
            asked = calculators.brokers.of(context.principal.user_id, body.client_id, legs)
        return MarginResponse.from_domain(body.symbol, estimate, asked)
