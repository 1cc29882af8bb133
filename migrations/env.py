"""Alembic's entry: migrates the connection that :mod:`firstline.kit.migrate` hands over."""

from alembic import context

from firstline.schema import metadata

connection = context.config.attributes["connection"]


def ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """The job queue's own tables are migrated by its own scripts."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


context.configure(connection=connection, target_metadata=metadata, include_object=ours, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
