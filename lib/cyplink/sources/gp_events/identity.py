"""Who practices say their patients are: names, birth date, home and practice; the NHS number is theirs, not the spine's, so it has no status."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, nhs_numbers, postcodes, sex
from cyplink.standardise.texts import code, given, whole_number


def local_id() -> Column:
    """`<practice>/<NHS number>`, of rows of any table: a patient of two practices is two records. Null where either is blank."""
    number = F.coalesce(nhs_numbers.compact(F.col("nhs_number")), given(F.col("nhs_number")))
    return F.concat(code(F.col("practice_code")), F.lit("/"), number)


def is_flagged() -> Column:
    """Whether the practice's row says that the spine marks the patient sensitive."""
    return F.coalesce(code(F.col("s_flag")) == "Y", F.lit(False))


def of_patients(patient: DataFrame) -> DataFrame:
    """One row of evidence per delivered patient; a registration that has ended gives no practice and no present home."""
    rows = nhs_numbers.checked(patient, "nhs_number", "checked_nhs_number")
    return evidence(
        rows, "gp_events", "patient",
        is_named=F.lit(True),
        forename=F.col("forenames"),
        surname=F.col("surname"),
        other_surname=F.col("previous_surname"),
        local_id=local_id(),
        date_of_birth=dates.iso(F.col("dob")),
        sex=sex.standardise(F.col("sex")),
        postcode=postcodes.standardise(F.col("postcode")),
        postcode_to_on=dates.iso(F.col("reg_end")),
        uprn=whole_number(F.col("uprn"), 10**12 - 1),
        nhs_number=F.col("checked_nhs_number"),
        practice=F.when(given(F.col("reg_end")).isNull(), code(F.col("practice_code"))),
        ethnicity_as_delivered=given(F.col("ethnic_category")),
        is_withheld=F.col("is_withheld") | is_flagged(),
        date_of_birth_is_a_date=given(F.col("dob")).isNull() | dates.iso(F.col("dob")).isNotNull(),
        nhs_number_is_valid=given(F.col("nhs_number")).isNull() | F.col("checked_nhs_number").isNotNull(),
    )
