"""REST routes of sign-up, sign-in and profiles."""

from lambda_functions.auth.profile_edits import Person
from lambda_functions.auth.schemas import (
    CONFIRM_EXAMPLE,
    SIGN_IN_EXAMPLE,
    SIGN_UP_EXAMPLE,
    ConfirmRequest,
    ProfileResponse,
    RefreshRequest,
    ResendCodeRequest,
    SignInRequest,
    SignUpRequest,
    SignUpResponse,
    TokensResponse,
    UpdateProfileRequest,
    shown,
)
from lambda_functions.auth.service import AuthService
from shared_utils.api.errors import Unauthenticated
from shared_utils.api.operations import Operations
from shared_utils.api.principals import Principal
from shared_utils.api.requests import RequestContext
from shared_utils.domain.errors import Conflict, Forbidden, RuleBroken

TAG = "Sign-in"


def register(operations: Operations, service: AuthService) -> None:
    _register_sign_up(operations, service)
    _register_codes(operations, service)
    _register_sign_in(operations, service)
    _register_profile(operations, service)


def _register_sign_up(operations: Operations, service: AuthService) -> None:
    @operations.operation(
        "POST",
        "/auth/sign-up",
        operation_id="signUp",
        tag=TAG,
        request=SignUpRequest,
        response=SignUpResponse,
        status=201,
        public=True,
        errors=(Conflict, RuleBroken),
        example=SIGN_UP_EXAMPLE,
    )
    def sign_up(_: RequestContext, body: SignUpRequest) -> SignUpResponse:
        """Become a trader; a code is sent to the e-mail."""
        done = service.sign_up(body.email, body.password, body.name)
        return SignUpResponse.model_validate(done)


def _register_codes(operations: Operations, service: AuthService) -> None:
    @operations.operation(
        "POST",
        "/auth/confirm",
        operation_id="confirmSignUp",
        tag=TAG,
        request=ConfirmRequest,
        status=204,
        public=True,
        errors=(RuleBroken,),
        example=CONFIRM_EXAMPLE,
    )
    def confirm(_: RequestContext, body: ConfirmRequest) -> None:
        """Confirm the e-mail with the code that was sent to it."""
        service.confirm(body.email, body.confirmation_code)

    @operations.operation(
        "POST",
        "/auth/resend-code",
        operation_id="resendCode",
        tag=TAG,
        request=ResendCodeRequest,
        status=204,
        public=True,
        example={"email": CONFIRM_EXAMPLE["email"]},
    )
    def resend_code(_: RequestContext, body: ResendCodeRequest) -> None:
        """Send another code, if somebody with this e-mail waits for one."""
        service.resend_code(body.email)


def _register_sign_in(operations: Operations, service: AuthService) -> None:
    @operations.operation(
        "POST",
        "/auth/sign-in",
        operation_id="signIn",
        tag=TAG,
        request=SignInRequest,
        response=TokensResponse,
        public=True,
        errors=(Unauthenticated, Forbidden),
        example=SIGN_IN_EXAMPLE,
    )
    def sign_in(_: RequestContext, body: SignInRequest) -> TokensResponse:
        """Tokens for an e-mail and its password."""
        tokens = service.sign_in(body.email, body.password, body.authenticator_code)
        return TokensResponse.from_domain(tokens)

    @operations.operation(
        "POST",
        "/auth/refresh",
        operation_id="refreshTokens",
        tag=TAG,
        request=RefreshRequest,
        response=TokensResponse,
        public=True,
        errors=(Unauthenticated,),
    )
    def refresh(_: RequestContext, body: RefreshRequest) -> TokensResponse:
        """Fresh tokens for a refresh token."""
        return TokensResponse.from_domain(service.refresh(body.refresh_token))


def _register_profile(operations: Operations, service: AuthService) -> None:
    @operations.operation(
        "GET",
        "/auth/profile",
        operation_id="getProfile",
        tag=TAG,
        response=ProfileResponse,
    )
    def get_profile(context: RequestContext) -> ProfileResponse:
        """My profile."""
        return shown(service.profile(_person(context.principal)), context.principal)

    @operations.operation(
        "PUT",
        "/auth/profile",
        operation_id="updateProfile",
        tag=TAG,
        request=UpdateProfileRequest,
        response=ProfileResponse,
        errors=(Conflict,),
        example={"name": "Asha Rao", "phone": "+919812345678"},
    )
    def update_profile(context: RequestContext, body: UpdateProfileRequest) -> ProfileResponse:
        """Change how I am addressed and reached."""
        person = _person(context.principal)
        return shown(service.change_profile(person, body.to_changes()), context.principal)


def _person(principal: Principal) -> Person:
    """Raises Unauthenticated for an access token, which does not tell who somebody is."""
    if not principal.email:
        raise Unauthenticated("Send the id token, not the access token.")
    return Person(user_id=principal.user_id, email=principal.email, name=principal.name)
