"""What a Lambda function is told and allowed: plain declarations, read by the stacks and the tests.

A function has the rights that its declaration lists, on the tables and indexes it lists.
"""

from dataclasses import dataclass
from enum import StrEnum

from cdk_stack.table_schemas import TableSchema


class Weight(StrEnum):
    """Which third-party packages a function imports: the dependency group of its layer."""

    EVENT = "layer-event"
    API = "layer-api"
    CHAIN = "layer-chain"


class Right(StrEnum):
    """What a function may do with a table's items; an index may only be queried."""

    GET = "dynamodb:GetItem"
    BATCH_GET = "dynamodb:BatchGetItem"
    QUERY = "dynamodb:Query"
    PUT = "dynamodb:PutItem"
    UPDATE = "dynamodb:UpdateItem"
    DELETE = "dynamodb:DeleteItem"


# Rows are read by key, in lists, and behind an index of keys.
READ = (Right.GET, Right.BATCH_GET, Right.QUERY)
# A write whose answer was lost is settled by reading the row.
WRITE = (Right.GET, Right.PUT)


class Rhythm(StrEnum):
    """Which of the environment's schedules a function with the trigger `schedule` follows."""

    MARKET = "market"
    BILLING = "billing"


class TokenUse(StrEnum):
    """What a function may do with the key that seals brokers' secrets."""

    SEAL = "kms:Encrypt"
    OPEN = "kms:Decrypt"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableGrant:
    """`variable` is the environment variable that tells the table's name."""

    table: TableSchema
    variable: str
    rights: tuple[Right, ...]
    indexes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.rights)) != len(self.rights):
            raise ValueError(f"A right on {self.table.name} is given twice.")
        known = {index.name for index in self.table.indexes}
        unknown = set(self.indexes) - known
        if unknown:
            raise ValueError(f"{self.table.name} has no index {', '.join(sorted(unknown))}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """One Lambda: handler `lambda_functions.<package>.on_<trigger>.handler`.

    `settings` are environment variables beyond those of its tables and queues. `works` names the
    work queue whose messages invoke it, `sends_to` those it may send to, `follows` the tables whose
    streams invoke it, `rhythm` the schedule of a `schedule`. `data_files` are files of the project
    that its package reads.
    """

    package: str
    trigger: str
    weight: Weight
    memory_mb: int
    timeout_s: int
    tables: tuple[TableGrant, ...] = ()
    settings: tuple[str, ...] = ()
    sends_to: tuple[str, ...] = ()
    works: str = ""
    rhythm: Rhythm = Rhythm.MARKET
    follows: tuple[TableSchema, ...] = ()
    token_uses: tuple[TokenUse, ...] = ()
    user_pool_actions: tuple[str, ...] = ()
    pushes_to_sockets: bool = False
    data_files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`basket-manager-api`: the function's name after the environment's prefix."""
        return f"{self.package.rsplit('/', 1)[-1]}-{self.trigger}".replace("_", "-")

    @property
    def module(self) -> str:
        return f"lambda_functions.{self.package.replace('/', '.')}.on_{self.trigger}"

    @property
    def handler(self) -> str:
        return f"{self.module}.handler"

    @property
    def file(self) -> str:
        return f"{self.module.replace('.', '/')}.py"
