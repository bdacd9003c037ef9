"""Bronze registries: what was delivered, what of it was accepted, and lines that cannot be a row."""

from pyspark.sql.types import ArrayType, IntegerType, LongType, StringType

from cyplink.tables.model import Column, Sensitivity, Table, text

OPEN = Sensitivity.OPEN
STATES = ("accepted", "partly_accepted", "refused", "repeat")

ATTEMPT = Column(
    "attempt", IntegerType(), "1, and one more each time looking again has another outcome; the highest holds.", OPEN, required=True
)

_WHOSE = (
    text("source", "Which return or extract.", OPEN),
    text("controller", "Council (DfE number) or NHS organisation (ODS code) that delivered it.", OPEN),
    text("period", "The period the delivery is for.", OPEN),
)

DELIVERY = Table(
    name="bronze.delivery",
    grain="one row per delivery folder and outcome of looking at it",
    key=("delivery_id", "folder", "attempt"),
    marked=False,
    append_only=True,
    columns=(
        text("delivery_id", "Hash of source, controller, period and the sorted file hashes of the manifest: the same files twice are one delivery.", OPEN, required=True),
        text("folder", "Folder under the landing root.", OPEN, required=True),
        ATTEMPT,
        *_WHOSE,
        Column("delivery_version", IntegerType(), "Version in the manifest; a higher one supersedes.", OPEN),
        text("status", "accepted, partly_accepted, refused, or repeat of a delivery that is already held.", OPEN, allowed=STATES),
        Column("reasons", ArrayType(StringType()), "Why it is not accepted whole, or what it lacks; never a value of the data.", OPEN),
    ),
)

DELIVERY_FILE = Table(
    name="bronze.delivery_file",
    grain="one row per delivered file, or table of a file that holds several, and outcome of looking at it",
    key=("delivery_id", "file_name", "attempt"),
    marked=False,
    append_only=True,
    columns=(
        text("delivery_id", "The delivery.", OPEN, required=True),
        text("file_name", "Name of the file; the further tables of a file that holds several have their kind's name after it, behind a #.", OPEN, required=True),
        ATTEMPT,
        *_WHOSE,
        Column("delivery_version", IntegerType(), "Version in the manifest.", OPEN),
        text("file_kind", "Which file of the source it was recognised as; null if none.", OPEN),
        text("sha256", "The file's hash, as computed.", OPEN),
        Column("rows_stated", LongType(), "Data rows by the manifest; of a file that holds several tables it states those of the first.", OPEN),
        Column("rows_delivered", LongType(), "Data rows and lines found.", OPEN),
        Column("rows_kept", LongType(), "Rows in the bronze table.", OPEN),
        Column("rows_quarantined", LongType(), "Lines in bronze.rejected_line.", OPEN),
        text("status", "accepted, refused, unknown_kind or missing.", OPEN, allowed=("accepted", "refused", "unknown_kind", "missing")),
        Column("reasons", ArrayType(StringType()), "Why it is refused, or what is odd about an accepted file.", OPEN),
        Column("extra_columns", ArrayType(StringType()), "Undeclared columns, kept in other_columns.", OPEN),
    ),
)

REJECTED_LINE = Table(
    name="bronze.rejected_line",
    grain="one row per line, run of lines, or XML record, that cannot be a row of its file",
    key=("delivery_id", "source_file", "line_number", "source_row"),
    marked=False,
    append_only=True,
    columns=(
        text("delivery_id", "The delivery.", OPEN, required=True),
        text("source_file", "Name of the file.", OPEN, required=True),
        Column("line_number", LongType(), "Physical line it begins on, the header being line 1.", OPEN, required=True),
        Column("source_row", LongType(), "Number it would have among the rows of its file.", OPEN, required=True),
        *_WHOSE,
        text("file_kind", "Which file of the source.", OPEN),
        Column("lines", LongType(), "Physical lines it takes up; an unclosed quote swallows what follows.", OPEN),
        text("rule", "too_many_fields, too_few_fields, unclosed_quote, misplaced_quote, nul_byte, not_utf8 or field_too_long; of XML value_given_twice, "
             "text_too_long or too_many_elements.", OPEN),
        text("content", "The text, its first 10,000 characters.", Sensitivity.DIRECT_IDENTIFIER),
    ),
)
