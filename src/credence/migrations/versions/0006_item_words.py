"""What items are found by when people type words: a narrow table beside the catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Not by Postgres' own parser, which takes numbers, addresses and file names for what they are not.
# Functions of SQL's own syntax keep hold of what they call, whatever the search path is.
# In small letters and without accents; Chinese and Japanese have no blanks, so each character is a
# word. Words are cut to 100 characters, as an index holds 2,046 bytes of one, and a text to 10,000.
MARKS = (  # of punctuation
    r"\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u200b-\u206f\u3001-\u3020\u30fb"
)
WORDS = r"""
CREATE FUNCTION credence_words(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(left(word, 100)), '{}')
    FROM regexp_split_to_table(
        regexp_replace(
            regexp_replace(
                lower(normalize(left(said, 10000), NFKD)), '[\u0300-\u036f\u3099\u309a]+', '', 'g'
            ),
            '([\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])',
            ' \1 ',
            'g'
        ),
        '[\u0001-\u0020\u007f-\u00a0\u2028\u2029]+'
    ) AS typed,
    unnest(
        coalesce(
            nullif(
                array_remove(regexp_split_to_array(typed, '[MARKS]+'), ''),
                '{}'
            ),
            ARRAY[typed]
        )
    ) AS word
    WHERE word <> ''
)
"""

# Every word begins with the tenant's mark, so that an index over all tenants is one of each. A
# blank after the mark is in no word.
ITEM_WORDS = """
CREATE FUNCTION credence_item_words(
    tenant_id text, item_id text, title text, creators text[], categories text[]
) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT array_to_tsvector(coalesce(array_agg(left(md5(tenant_id), 8) || lexeme), '{}'))
    FROM (
        SELECT unnest(
            credence_words(item_id || ' ' || title || ' ' || array_to_string(creators, ' '))
        )
        UNION ALL
        SELECT ' ' || md5(category) FROM unnest(categories) AS category WHERE category IS NOT NULL
    ) AS found(lexeme)
)
"""

# The longest eight, as those narrow most. Words of nothing but punctuation count where there is no
# other: "alien - director" asks for two.
SOUGHT = r"""
CREATE FUNCTION credence_sought(tenant_id text, words text, category text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(
        '''' || replace(replace(left(md5(tenant_id), 8) || lexeme, '\', '\\'), '''', '''''') || ''''
        || ending,
        ' & '
    )::tsquery
    FROM (
        (
            SELECT word, ':*' FROM (
                SELECT word, said, bool_or(said) OVER () AS something
                FROM (
                    SELECT DISTINCT word, word ~ '[^MARKS]' AS said
                    FROM unnest(credence_words(words)) AS word
                ) AS typed
            ) AS typed
            WHERE said OR NOT something
            ORDER BY length(word) DESC, word LIMIT 8
        )
        UNION ALL
        SELECT ' ' || md5(category), '' WHERE category <> ''
    ) AS asked(lexeme, ending)
)
"""


def upgrade() -> None:
    for function in (WORDS, ITEM_WORDS, SOUGHT):
        op.execute(sa.text(function.replace("MARKS", MARKS).replace(":", r"\:")))
    op.create_table(
        "item_words",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["items.tenant_id", "items.item_id"],
            name=op.f("fk_item_words_items"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", name=op.f("pk_item_words")),
    )
    op.execute(
        "INSERT INTO item_words SELECT tenant_id, item_id,"
        " credence_item_words(tenant_id, item_id, title, creators, categories)"
        " FROM items ORDER BY tenant_id, item_id"
    )
    op.create_index(
        "ix_item_words_words",
        "item_words",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.execute("ANALYZE item_words")


def downgrade() -> None:
    op.drop_table("item_words")
    op.execute("DROP FUNCTION credence_sought(text, text, text)")
    op.execute("DROP FUNCTION credence_item_words(text, text, text, text[], text[])")
    op.execute("DROP FUNCTION credence_words(text)")
