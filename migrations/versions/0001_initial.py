"""Everything the first release keeps."""

from alembic import op
from procrastinate.schema import SchemaManager

from firstline.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("create extension if not exists vector")
    connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    metadata.create_all(connection)
