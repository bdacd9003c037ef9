"""Who the CIN census says its children are: no names, no NHS number; the council's child id, UPNs, birth date, sex.

An expected birth date is no birth date and is left out: a child not yet born is anchored by the council's own id.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, sex, upns
from cyplink.standardise.texts import given


def of_children(children: DataFrame) -> DataFrame:
    """One row of evidence per delivered child."""
    rows = upns.checked(upns.checked(children, "UPN", "checked_upn"), "FormerUPN", "checked_former_upn")
    rows = rows.withColumns({"born_on": dates.iso(F.col("PersonBirthDate"))})
    upn = F.col("checked_upn")
    return evidence(
        rows, "cin_census", "child",
        local_id=given(F.col("LAchildID")),
        date_of_birth=F.col("born_on"),
        date_of_death=dates.iso(F.col("PersonDeathDate")),
        sex=sex.standardise(F.coalesce(given(F.col("Sex")), F.col("GenderCurrent"))),
        upn=F.when(upns.is_permanent(upn), upn),
        temporary_upn=F.when(~upns.is_permanent(upn), upn),
        former_upn=F.col("checked_former_upn"),
        is_named=F.lit(False),
        ethnicity_as_delivered=given(F.col("Ethnicity")),
        date_of_birth_is_a_date=given(F.col("PersonBirthDate")).isNull() | F.col("born_on").isNotNull(),
        upn_is_valid=given(F.col("UPN")).isNull() | upn.isNotNull(),
    )
