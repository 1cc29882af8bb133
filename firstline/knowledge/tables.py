"""Rows of knowledge.

A passage's vectors stand in a narrow table of their own (``passage_vector``): an exact search reads that table only, and
half-precision vectors keep its rows in line. Token vectors are out of line, uncompressed: they are noise to a compressor.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from firstline.kit.tables import at_column, id_column, json_column, list_column, maybe_at_column, metadata

NO_LABELS = sql("'{}'::text[]")
DIMENSIONS = 384


class HalfVector(UserDefinedType[str]):
    """pgvector's ``halfvec``, written as text ``[0.1,0.2,…]``."""

    cache_ok = True

    def __init__(self, dimensions: int | str = DIMENSIONS) -> None:
        """:param dimensions: a text where it is read from a database."""
        self.dimensions = int(dimensions)

    def get_col_spec(self, **_: Any) -> str:
        return f"halfvec({self.dimensions})"


ischema_names["halfvec"] = HalfVector  # so that a table that is read from a database has it: SQLAlchemy knows no extensions


class source_columns(TypedColumns):
    id = id_column()
    kind = Column(Text, nullable=False)
    title = Column(Text, nullable=False)
    url = Column(Text, nullable=True)
    question = Column(Text, nullable=True)
    content = Column(Text, nullable=True)
    file_name = Column(Text, nullable=True)
    file_type = Column(Text, nullable=True)
    file_size = Column(BigInteger, nullable=True)
    about = Column(Text, nullable=True)
    language = Column(Text, nullable=True)
    access = Column(Text, nullable=False)
    agents: Column[list[str]] = Column(ARRAY(Text), nullable=False, server_default=NO_LABELS)
    audiences: Column[list[str]] = Column(ARRAY(Text), nullable=False, server_default=NO_LABELS)
    max_pages = Column(Integer, nullable=False, server_default=sql("1000"))
    schedule = Column(Text, nullable=False, server_default="never")
    next_sync_at = maybe_at_column(index=True)
    state = Column(Text, nullable=False)
    cause = Column(Text, nullable=True)
    cure = Column(Text, nullable=True)
    run = Column(Integer, nullable=False, server_default=sql("1"))
    read_run = Column(Integer, nullable=False, server_default=sql("0"))
    pages = Column(Integer, nullable=False, server_default=sql("0"))
    pages_done = Column(Integer, nullable=False, server_default=sql("0"))
    pages_failed = Column(Integer, nullable=False, server_default=sql("0"))
    passages = Column(Integer, nullable=False, server_default=sql("0"))
    citations = Column(BigInteger, nullable=False, server_default=sql("0"))
    last_cited_at = maybe_at_column()
    created_by = Column(Text, nullable=False)
    created_at = at_column()
    changed_at = at_column()
    started_at = maybe_at_column()
    last_synced_at = maybe_at_column()


source = Table("source", metadata, source_columns)


class source_file_columns(TypedColumns):
    source_id = Column(Text, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    body = Column(LargeBinary, nullable=False)


source_file = Table("source_file", metadata, source_file_columns)


class page_columns(TypedColumns):
    id = id_column()
    source_id = Column(Text, ForeignKey("source.id", ondelete="CASCADE"), nullable=False)
    key = Column(Text, nullable=False)
    url = Column(Text, nullable=True)
    title = Column(Text, nullable=False, server_default="")
    about = Column(Text, nullable=True)
    language = Column(Text, nullable=False, server_default="en")
    kind = Column(Text, nullable=False, server_default="passage")
    question = Column(Text, nullable=True)
    state = Column(Text, nullable=False)
    cause = Column(Text, nullable=True)
    body_hash = Column(Text, nullable=True)
    text_hash = Column(Text, nullable=True)
    etag = Column(Text, nullable=True)
    modified = Column(Text, nullable=True)
    links: Column[list[str]] = Column(ARRAY(Text), nullable=False, server_default=NO_LABELS)
    depth = Column(Integer, nullable=False, server_default=sql("0"))
    run = Column(Integer, nullable=False, server_default=sql("1"))
    read_at = maybe_at_column()


page = Table(
    "page",
    metadata,
    page_columns,
    UniqueConstraint("source_id", "key"),
    Index("ix_page_waiting", "source_id", "depth", "id", postgresql_where=sql("state = 'queued'")),
    Index("ix_page_text", "source_id", "text_hash"),
    Index("ix_page_about", "about", postgresql_where=sql("about is not null")),
)


class passage_columns(TypedColumns):
    id = id_column()
    source_id = Column(Text, ForeignKey("source.id", ondelete="CASCADE"), nullable=False, index=True)
    page_id = Column(Text, ForeignKey("page.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False)
    heading = Column(Text, nullable=False, server_default="")
    text = Column(Text, nullable=False)
    hash = Column(Text, nullable=False)
    terms = Column(TSVECTOR, nullable=False)
    length = Column(Integer, nullable=False)
    leaving = Column(Boolean, nullable=False, server_default=sql("false"))
    embedded = Column(Boolean, nullable=False, server_default=sql("false"))


passage = Table(
    "passage",
    metadata,
    passage_columns,
    Index("ix_passage_terms", "terms", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    Index("ix_passage_to_embed", "source_id", postgresql_where=sql("not embedded")),
)


class passage_vector_columns(TypedColumns):
    passage_id = Column(Text, ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True)
    source_id = Column(Text, nullable=False)
    vector = Column(HalfVector, nullable=False)
    question = Column(HalfVector, nullable=True)
    tokens = Column(LargeBinary, nullable=False)


passage_vector = Table(
    "passage_vector",
    metadata,
    passage_vector_columns,
    Index("ix_passage_vector_near", "vector", postgresql_using="hnsw", postgresql_ops={"vector": "halfvec_cosine_ops"}),
    Index(
        "ix_passage_vector_question",
        "question",
        postgresql_using="hnsw",
        postgresql_ops={"question": "halfvec_cosine_ops"},
    ),
)


class term_columns(TypedColumns):
    term = Column(Text, primary_key=True)
    passages = Column(Integer, nullable=False)


term = Table("term", metadata, term_columns)


class knowledge_state_columns(TypedColumns):
    id = Column(Integer, primary_key=True, autoincrement=False)
    revision = Column(BigInteger, nullable=False)
    passages = Column(Integer, nullable=False)
    average_length = Column(Integer, nullable=False)
    gate: Column[dict[str, float] | None] = Column(JSONB(none_as_null=True), nullable=True)


knowledge_state = Table("knowledge_state", metadata, knowledge_state_columns)


class known_question_columns(TypedColumns):
    """A question of the company's own, with the source that answers it; none where nothing does."""

    id = id_column()
    question = Column(Text, nullable=False)
    language = Column(Text, nullable=False, server_default="en")
    source_id = Column(Text, ForeignKey("source.id", ondelete="CASCADE"), nullable=True, index=True)
    origin = Column(Text, nullable=False)
    created_by = Column(Text, nullable=False)
    created_at = at_column()


known_question = Table("known_question", metadata, known_question_columns)
Index("uq_known_question", func.lower(known_question.c.question), unique=True)


class gate_fit_columns(TypedColumns):
    """One fit of the gate: its weights, and what each question got from a fit without it."""

    id = id_column()
    at = at_column()
    questions = Column(Integer, nullable=False)
    weights = json_column()
    judged = list_column()


gate_fit = Table("gate_fit", metadata, gate_fit_columns)


class answering_columns(TypedColumns):
    """The probability from which on the agent answers, for each channel family that has one of its own."""

    family = Column(Text, primary_key=True)
    threshold = Column(Float, nullable=False)


answering = Table("answering", metadata, answering_columns)
