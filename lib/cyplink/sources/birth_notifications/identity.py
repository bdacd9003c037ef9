"""Who birth notifications say was born: an NHS number, a surname, rarely a forename, and the place among the children of one birth.

A mother's NHS number on the child is not used as the child's. The mother is no record of her own.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence, is_withheld
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import dates, nhs_numbers, postcodes, sex
from cyplink.standardise.texts import code, given, whole_number

LIVE, STILL = "L", "S"


def at_the_door(birth: DataFrame, withheld: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """The rows with `is_withheld`: the child's or the mother's NHS number may not be used, for a row tells of both."""
    by_child = is_withheld(F.col("baby_nhs_number"), birth, withheld, pseudonyms).withColumnRenamed("is_withheld", "child_is_withheld")
    both = is_withheld(F.col("mother_nhs_number"), by_child, withheld, pseudonyms)
    return both.withColumns({"is_withheld": F.col("is_withheld") | F.col("child_is_withheld")}).drop("child_is_withheld")


def with_numbers(birth: DataFrame) -> DataFrame:
    """The rows with `child_number` and `mother_number` (BIGINT, valid ones) and `nhs_number_is_own`: false for a mother's number on the child."""
    numbers = nhs_numbers.checked(nhs_numbers.checked(birth, "baby_nhs_number", "child_number"), "mother_nhs_number", "mother_number")
    return numbers.withColumns({"nhs_number_is_own": F.col("child_number") != F.col("mother_number")})


def of_births(birth: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row of evidence per delivered live birth (with `is_withheld`)."""
    rows = with_numbers(birth).where(code(F.col("live_or_still_birth")) == LIVE).withColumns({"born_on": dates.iso(F.col("birth_date"))})
    number = F.when(F.coalesce("nhs_number_is_own", F.lit(True)), F.col("child_number"))
    return evidence(
        rows, "birth_notifications", "birth",
        is_named=F.lit(True),
        forename=F.col("baby_forename"),
        surname=F.col("baby_surname"),
        local_id=given(F.col("notification_id")),
        date_of_birth=F.col("born_on"),
        sex=sex.standardise(F.col("baby_sex")),
        postcode=F.coalesce(postcodes.standardise(F.col("address_postcode")), postcodes.standardise(F.col("mother_postcode"))),
        postcode_from_on=F.col("born_on"),
        nhs_number=number,
        nhs_number_status=F.when(number.isNotNull(), code(F.col("baby_nhs_number_status"))),
        practice=code(F.col("general_practice")),
        ethnicity_as_delivered=given(F.col("ethnic_category")),
        multiple_birth_id=F.hex(multiple_birth(pseudonyms)),
        multiple_birth_order=F.when(_is_multiple(), whole_number(F.col("birth_order"))),
        is_withheld=F.col("is_withheld"),
        date_of_birth_is_a_date=given(F.col("birth_date")).isNull() | F.col("born_on").isNotNull(),
        nhs_number_is_valid=given(F.col("baby_nhs_number")).isNull() | F.col("child_number").isNotNull(),
        nhs_number_is_own=F.col("nhs_number_is_own"),
    )


def multiple_birth(pseudonyms: Pseudonyms) -> Column:
    """63 bits of a keyed hash of mother and birth date, where more than one was born; twins either side of midnight have two."""
    return pseudonyms.hash63(F.lit("multiple_birth"), F.when(_is_multiple(), F.col("mother_number")), F.col("born_on"))


def _is_multiple() -> Column:
    return whole_number(F.col("number_of_births")) > 1
