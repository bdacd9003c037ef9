"""Who SSDA903 says its children are: no names, no NHS number; UPN, birth date, sex, and two postcodes an episode."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, postcodes, sex, upns
from cyplink.standardise.texts import given


def of_header(header: DataFrame) -> DataFrame:
    """One row of evidence per delivered Header row."""
    upn_given = given(F.col("UPN"))
    return evidence(
        header, "ssda903", "header",
        local_id=given(F.col("CHILD")),
        date_of_birth=dates.british(F.col("DOB")),
        sex=sex.standardise(F.col("SEX")),
        upn=upns.permanent(F.col("UPN")),
        upns=_listed(upns.parse(F.col("UPN"))),
        is_named=F.lit(False),
        ethnicity_as_delivered=given(F.col("ETHNIC")),
        date_of_birth_is_a_date=given(F.col("DOB")).isNull() | dates.british(F.col("DOB")).isNotNull(),
        upn_is_valid=upn_given.isNull() | upn_given.rlike("^UN[1-5]$") | upns.is_valid(F.col("UPN")),
    )


def of_episodes(episodes: DataFrame) -> DataFrame:
    """Two rows of evidence per delivered episode: where the child came from, and where it was placed."""

    def at(column: str) -> DataFrame:
        return evidence(
            episodes, "ssda903", "episodes",
            local_id=given(F.col("CHILD")),
            postcode=postcodes.standardise(F.col(column)),
            postcode_from_on=dates.british(F.col("DECOM")),
            postcode_to_on=dates.british(F.col("DEC")),
            is_named=F.lit(False),
        )

    return at("HOME_POST").unionByName(at("PL_POST")).where("postcode is not null and local_id is not null")


def _listed(upn: Column) -> Column:
    return F.array_compact(F.array(upn))
