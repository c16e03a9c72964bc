"""A DynamoDB table made from its schema."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_stack.acknowledgements import RESTORED_FROM_SEED, acknowledge
from cdk_stack.settings import Settings
from cdk_stack.table_schemas import IndexSchema, TableSchema, attribute_type


class PlatformTable(Construct):
    """On-demand, encrypted with the account's AWS-managed key, with the schema's indexes."""

    def __init__(
        self, scope: Construct, construct_id: str, *, schema: TableSchema, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self.schema = schema
        self.table_name = f"{settings.prefix}-{schema.name}"
        keeps = settings.keeps_data
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=self.table_name,
            partition_key=_attribute(schema.partition_key),
            sort_key=_attribute(schema.sort_key) if schema.sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if schema.stream else None,
            time_to_live_attribute=schema.ttl_attribute,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=settings.chosen.backup.point_in_time_recovery
            ),
            deletion_protection=keeps,
            removal_policy=RemovalPolicy.RETAIN if keeps else RemovalPolicy.DESTROY,
        )
        if not settings.chosen.backup.point_in_time_recovery:
            acknowledge(self.table, RESTORED_FROM_SEED)
        for index in schema.indexes:
            self._add(index)

    def _add(self, index: IndexSchema) -> None:
        projection = dynamodb.ProjectionType
        self.table.add_global_secondary_index(
            index_name=index.name,
            partition_key=_attribute(index.partition_key),
            sort_key=_attribute(index.sort_key) if index.sort_key else None,
            projection_type=projection.KEYS_ONLY if index.keys_only else projection.ALL,
        )


def _attribute(name: str) -> dynamodb.Attribute:
    number = attribute_type(name) == "N"
    kind = dynamodb.AttributeType.NUMBER if number else dynamodb.AttributeType.STRING
    return dynamodb.Attribute(name=name, type=kind)
