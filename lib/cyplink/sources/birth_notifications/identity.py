"""Who birth notifications say was born: an NHS number, a surname, rarely a forename, and the place among the children of one birth.

A mother's NHS number on the child is not used as the child's. The mother is no record of her own.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import is_withheld
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import nhs_numbers

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
