"""The CDK application of one environment: the three stacks and the rules they are held to."""

from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from cdk_stack import (
    functions_of_auth_broker,
    functions_of_execution_engine,
    functions_of_options_platform,
    routes_of_auth_broker,
    routes_of_execution_engine,
    routes_of_options_platform,
)
from cdk_stack.constructs.backup import BackupCopyStack
from cdk_stack.execution_engine_stack import ExecutionEngineStack
from cdk_stack.options_platform_stack import OptionsPlatformStack
from cdk_stack.settings import Settings
from cdk_stack.user_auth_broker_stack import UserAuthBrokerStack


def build(app: App, settings: Settings) -> None:
    """Adds the environment's stacks to the application."""
    hold_to_the_rules(app)
    platform = OptionsPlatformStack(
        app,
        settings.platform_stack_name,
        settings=settings,
        functions=functions_of_options_platform.FUNCTIONS,
        routes=routes_of_options_platform.ROUTES,
    )
    engine = ExecutionEngineStack(
        app,
        settings.engine_stack_name,
        settings=settings,
        functions=functions_of_execution_engine.FUNCTIONS,
        routes=routes_of_execution_engine.ROUTES,
    )
    engine.add_stack_dependency(platform)
    if settings.chosen.backup.copy_to_region:
        copies = BackupCopyStack(app, f"{settings.prefix}-backup-copy-stack", settings=settings)
        platform.add_stack_dependency(copies)
    if settings.chosen.auth_broker.mode == "create":
        auth = UserAuthBrokerStack(
            app,
            settings.auth_stack_name,
            settings=settings,
            functions=functions_of_auth_broker.FUNCTIONS,
            routes=routes_of_auth_broker.ROUTES,
        )
        platform.add_stack_dependency(auth)


def hold_to_the_rules(app: App) -> None:
    """cdk-nag: an open finding, a warning too, fails the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def settings_from_context(app: App) -> Settings:
    """`--context environment=dev` (dev if not said) and `--context auth_broker=create`."""
    overrides: dict[str, str] = {}
    mode = app.node.try_get_context("auth_broker")
    if mode:
        overrides["auth_broker.mode"] = mode
    return Settings.read(app.node.try_get_context("environment") or "dev", overrides)


def synthesise(settings: Settings, outdir: Path) -> None:
    """Writes the environment's templates and assets to the folder."""
    app = App(outdir=str(outdir))
    build(app, settings)
    app.synth()
