"""Who SSDA903 says its children are: no names, no NHS number; UPN, birth date, sex, and two postcodes an episode."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, postcodes, sex, upns
from cyplink.standardise.texts import given


def of_header(header: DataFrame) -> DataFrame:
    """One row of evidence per delivered Header row."""
    rows = upns.checked(header, "UPN", "checked_upn").withColumns({"born_on": dates.british(F.col("DOB")), "upn_given": given(F.col("UPN"))})
    upn = F.col("checked_upn")
    return evidence(
        rows, "ssda903", "header",
        local_id=given(F.col("CHILD")),
        date_of_birth=F.col("born_on"),
        sex=sex.standardise(F.col("SEX")),
        upn=F.when(upns.is_permanent(upn), upn),
        temporary_upn=F.when(~upns.is_permanent(upn), upn),
        is_named=F.lit(False),
        ethnicity_as_delivered=given(F.col("ETHNIC")),
        date_of_birth_is_a_date=given(F.col("DOB")).isNull() | F.col("born_on").isNotNull(),
        upn_is_valid=F.col("upn_given").isNull() | F.col("upn_given").rlike("^UN[1-5]$") | upn.isNotNull(),
    )


def of_episodes(episodes: DataFrame) -> DataFrame:
    """Two rows of evidence per delivered episode: the home the child left when it began, and where the child was placed."""
    started_on = dates.british(F.col("DECOM"))

    def at(column: str, from_on: Column, to_on: Column) -> DataFrame:
        return evidence(
            episodes, "ssda903", "episodes",
            local_id=given(F.col("CHILD")),
            postcode=postcodes.standardise(F.col(column)),
            postcode_from_on=from_on,
            postcode_to_on=to_on,
            is_named=F.lit(False),
        ).where("local_id is not null")

    home = at("HOME_POST", F.lit(None), started_on).where("postcode is not null")
    return home.unionByName(at("PL_POST", started_on, dates.british(F.col("DEC"))))


def in_the_header(rows: DataFrame, header: DataFrame) -> DataFrame:
    """Rows of another file with `child_is_in_the_header`: whether the council returned the child's Header in any year (INT03)."""
    children = header.select("controller", given(F.col("CHILD")).alias("_child"), F.lit(True).alias("child_is_in_the_header")).distinct()
    found = rows.withColumns({"_child": given(F.col("CHILD"))}).join(children, ["controller", "_child"], how="left")
    return found.withColumns({"child_is_in_the_header": F.coalesce("child_is_in_the_header", F.lit(False))})
