"""Errors as Kite answers them: a status, a type that clients switch on, and a sentence."""


class Refused(Exception):
    """A structured refusal. Its status and type are those of Kite's exceptions page."""

    status = 500
    error_type = "GeneralException"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputRefused(Refused):
    status = 400
    error_type = "InputException"


class OrderRefused(Refused):
    status = 400
    error_type = "OrderException"


class TokenRefused(Refused):
    status = 403
    error_type = "TokenException"


class NotFound(Refused):
    status = 404
    error_type = "GeneralException"


class TooManyRequests(Refused):
    status = 429
    error_type = "NetworkException"


class Unreachable(Refused):
    status = 503
    error_type = "NetworkException"
