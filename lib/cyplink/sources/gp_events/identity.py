"""Who practices say their patients are: names, birth date, home and practice; the NHS number is theirs, not the spine's, so it has no status."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.standardise import nhs_numbers
from cyplink.standardise.texts import code, given


def local_id() -> Column:
    """`<practice>/<NHS number>`, of rows of any table: a patient of two practices is two records. Null where either is blank."""
    number = F.coalesce(nhs_numbers.compact(F.col("nhs_number")), given(F.col("nhs_number")))
    return F.concat(code(F.col("practice_code")), F.lit("/"), number)


def is_flagged() -> Column:
    """Whether the practice's row says that the spine marks the patient sensitive."""
    return F.coalesce(code(F.col("s_flag")) == "Y", F.lit(False))
