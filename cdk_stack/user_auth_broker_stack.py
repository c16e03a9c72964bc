"""Stack 1: who the traders are and where they trade. Created here, or imported where it exists."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_stack.acknowledgements import (
    ESSENTIALS_PLAN,
    MFA_IS_THE_TRADERS_CHOICE,
    acknowledge,
)
from cdk_stack.constructs.monitoring import Watched
from cdk_stack.function_specs import FunctionSpec
from cdk_stack.platform_stack import PlatformStack
from cdk_stack.routes import Route
from cdk_stack.settings import Settings
from cdk_stack.table_schemas import AUTH_BROKER_TABLES

ADMIN_GROUP = "admin"
TRADER_GROUP = "trader"
_OAUTH_CALLBACK = "/brokers/oauth/zerodha/callback"
_MFA = {
    "OFF": cognito.Mfa.OFF,
    "OPTIONAL": cognito.Mfa.OPTIONAL,
    "REQUIRED": cognito.Mfa.REQUIRED,
}


class UserAuthBrokerStack(PlatformStack):
    """Cognito user pool with groups, user profiles, broker accounts, the key that seals brokers'
    secrets, and their REST API. Its exports are those that `import` expects of an existing one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: tuple[FunctionSpec, ...],
        routes: tuple[Route, ...],
    ) -> None:
        super().__init__(scope, construct_id, settings=settings)
        self._add_user_pool()
        self._add_client()
        self._add_groups()
        self._add_token_key()
        self.add_tables(AUTH_BROKER_TABLES)
        self.rest = self.open_rest_api(
            "auth",
            user_pool=self.user_pool,
            description="Sign-in, broker accounts, brokers' logins",
        )
        callback = settings.chosen.oauth_callback_url or f"{self.rest.url}{_OAUTH_CALLBACK}"
        self.variables |= {
            "USER_POOL_ID": self.user_pool.user_pool_id,
            "USER_POOL_CLIENT_ID": self.client.user_pool_client_id,
            "TOKEN_KEY_ID": self.token_key.key_arn,
            "OAUTH_CALLBACK_URL": callback,
        }
        self.add_functions(functions, failures_name="auth-broker-failures")
        self.rest.serve(routes, self.lambda_functions())
        self._export_all()
        self.add_monitoring(
            Watched(
                title="auth-broker",
                functions=self.functions,
                table_names=self.own_table_names(),
                dead_letters=self.dead_letters,
                api=self.rest.api,
            )
        )
        self.add_backup("auth-broker")

    def _add_user_pool(self) -> None:
        keeps = self.settings.keeps_data
        mfa = self.settings.chosen.auth_broker.mfa
        self.user_pool = cognito.UserPool(
            self,
            "UserPool",
            user_pool_name=f"{self.settings.prefix}-users",
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True),
                fullname=cognito.StandardAttribute(required=False, mutable=True),
            ),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(1),
            ),
            mfa=_MFA[mfa],
            mfa_second_factor=(
                None if mfa == "OFF" else cognito.MfaSecondFactor(sms=False, otp=True)
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=keeps,
            removal_policy=RemovalPolicy.RETAIN if keeps else RemovalPolicy.DESTROY,
        )
        self.user_pool_arn = self.user_pool.user_pool_arn
        acknowledge(self.user_pool, ESSENTIALS_PLAN)
        if mfa != "REQUIRED":
            acknowledge(self.user_pool, MFA_IS_THE_TRADERS_CHOICE)

    def _add_client(self) -> None:
        """The web app's client: a browser can keep no secret, so it has none."""
        self.client = self.user_pool.add_client(
            "Web",
            user_pool_client_name=f"{self.settings.prefix}-web",
            auth_flows=cognito.AuthFlow(user_password=True, user_srp=True),
            generate_secret=False,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            disable_o_auth=True,
            access_token_validity=Duration.minutes(60),
            id_token_validity=Duration.minutes(60),
            refresh_token_validity=Duration.days(1),
        )

    def _add_groups(self) -> None:
        for precedence, group in enumerate((ADMIN_GROUP, TRADER_GROUP)):
            cognito.CfnUserPoolGroup(
                self,
                f"{group.capitalize()}s",
                user_pool_id=self.user_pool.user_pool_id,
                group_name=group,
                precedence=precedence,
            )

    def _add_token_key(self) -> None:
        keeps = self.settings.keeps_data
        self.token_key = kms.Key(
            self,
            "TokenKey",
            alias=f"alias/{self.settings.prefix}-broker-tokens",
            description="Seals brokers' secrets; each under its account as encryption context",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN if keeps else RemovalPolicy.DESTROY,
        )
        self.token_key_arn = self.token_key.key_arn

    def _export_all(self) -> None:
        self.export("UserPoolId", self.user_pool.user_pool_id)
        self.export("UserPoolClientId", self.client.user_pool_client_id)
        self.export("TokenKeyArn", self.token_key.key_arn)
