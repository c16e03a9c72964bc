"""Daily backups of a stack's lasting tables; production's are copied to a second region."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from constructs import Construct

from cdk_stack.acknowledgements import BACKUP_ROLE, acknowledge
from cdk_stack.settings import Settings


class DailyBackup(Construct):
    """A vault and a plan that runs at 19:00 UTC, after midnight in India, when nothing trades."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        tables: Sequence[dynamodb.Table],
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        kept = Duration.days(settings.chosen.backup.retention_days)
        self.vault = backup.BackupVault(
            self,
            "Vault",
            backup_vault_name=f"{settings.prefix}-{name}",
            removal_policy=RemovalPolicy.RETAIN if settings.keeps_data else RemovalPolicy.DESTROY,
        )
        plan = backup.BackupPlan(
            self,
            "Plan",
            backup_plan_name=f"{settings.prefix}-{name}-daily",
            backup_vault=self.vault,
        )
        plan.add_rule(
            backup.BackupPlanRule(
                rule_name="daily",
                schedule_expression=events.Schedule.cron(hour="19", minute="0"),
                delete_after=kept,
                copy_actions=_copies(self, settings, kept),
            )
        )
        plan.add_selection(
            "Tables",
            resources=[backup.BackupResource.from_dynamo_db_table(table) for table in tables],
        )
        acknowledge(plan, BACKUP_ROLE)


class BackupCopyStack(Stack):
    """The vault of the second region: a backup is copied only into a vault that exists."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            env=Environment(region=settings.chosen.backup.copy_to_region),
            termination_protection=True,
        )
        backup.BackupVault(
            self,
            "Copies",
            backup_vault_name=_copies_name(settings),
            removal_policy=RemovalPolicy.RETAIN,
        )


def _copies_name(settings: Settings) -> str:
    return f"{settings.prefix}-copies"


def _copies(
    scope: Construct, settings: Settings, kept: Duration
) -> list[backup.BackupPlanCopyActionProps]:
    region = settings.chosen.backup.copy_to_region
    if not region:
        return []
    arn = Stack.of(scope).format_arn(
        service="backup",
        region=region,
        resource="backup-vault",
        resource_name=_copies_name(settings),
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    vault = backup.BackupVault.from_backup_vault_arn(scope, "Copies", arn)
    return [backup.BackupPlanCopyActionProps(destination_backup_vault=vault, delete_after=kept)]
