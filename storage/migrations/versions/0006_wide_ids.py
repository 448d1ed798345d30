"""Ids of 64 bits on PostgreSQL. On SQLite INTEGER holds as many already: there nothing is done.

Every table is written anew with its indexes, and each foreign key is looked at once. Measured on two busy cores: 7 s
for 300,000 texts, 137 s for two million. It is one transaction that has every table to itself, so for others the
database is as good as away meanwhile, and until its end the disk holds both the old and the new tables, and as much
again in write-ahead log. So run it in a quiet hour, with workers and clocks stopped where there are many texts
(docs/how-to/run-on-many-machines.md), and rather early than late. Locks are asked for before anything else is done: who
waits for one for too long has lost nothing, and tries again.

What 32 bits held, 64 hold too: old workers go on with the new ids until these are longer.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDS = {  # the columns of each table that hold a row's number, its own or another's
    "court": ("id",),
    "lane": ("id",),
    "case": ("id", "court_id"),
    "person": ("id", "court_id"),
    "endpoint": ("id", "lane_id"),
    "participation": ("id", "case_id", "person_id"),
    "person_endpoint": ("person_id", "endpoint_id"),
    "consent_event": ("id", "endpoint_id", "court_id", "case_id"),
    "start_token": ("person_id",),
    "import_run": ("id", "court_id"),
    "import_row": ("id", "import_run_id"),
    "hearing": ("id", "case_id", "court_id"),
    "hearing_revision": ("hearing_id",),
    "hearing_party": ("hearing_id", "participation_id"),
    "inbound": ("id", "endpoint_id"),
    "question": (
        *("id", "endpoint_id", "court_id", "person_id", "participation_id", "case_id", "hearing_id", "lane_id"),
    ),
    "watch": ("id", "endpoint_id", "court_id"),
    "notice": (
        *("id", "lane_id", "endpoint_id", "court_id", "person_id", "participation_id", "case_id", "hearing_id"),
        "delivery_id",
    ),
    "delivery": ("id", "notice_id", "endpoint_id", "lane_id"),
    "receipt": ("id", "delivery_id"),
    "verdict": ("id", "notice_id"),
    "task": ("id", "court_id", "case_id", "hearing_id", "person_id"),
    "audit_event": ("id",),
}
LINKS = [  # a notice's delivery is a number only: each of the two would have to be there before the other
    (table, column)
    for table, columns in IDS.items()
    for column in columns
    if column != "id" and (table, column) != ("notice", "delivery_id")
]


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _turn_all_into("bigint")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _turn_all_into("integer")


def _turn_all_into(kind: str) -> None:
    """Give every id another type; where one does not fit, nothing is changed.

    Without the foreign keys, which would be looked at twice, once for either end.
    """
    tables = ", ".join(f'"{table}"' for table in IDS)
    op.execute("SET LOCAL statement_timeout = 0")  # usher.conf's five minutes are for units of work
    op.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
    for table, column in LINKS:
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")
    for table, columns in IDS.items():  # all columns at once: each statement writes the table anew
        changes = (f"ALTER COLUMN {column} TYPE {kind}" for column in columns)
        op.execute(f'ALTER TABLE "{table}" {", ".join(changes)}')
        if "id" in columns:
            op.execute(f'ALTER SEQUENCE "{table}_id_seq" AS {kind}')
    for table, column in LINKS:
        op.create_foreign_key(f"fk_{table}_{column}", table, column.removesuffix("_id"), [column], ["id"])
    op.execute(f"ANALYZE {tables}")  # a column's statistics went with its type: plans would be guesses until autovacuum
