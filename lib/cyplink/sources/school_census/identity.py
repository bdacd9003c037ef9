"""Who the School Census says its pupils are: names with former and preferred ones, UPN, birth date, home addresses."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence, named, pupil_local_id, with_names
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import dates, postcodes, sex, upns
from cyplink.standardise.texts import code, given, whole_number


def pupils(pupilonroll: DataFrame, schoolcensus: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """Delivered pupils with their school (`lea`, `estab`, `urn`, `term`), `local_id` and `born_on`; one row per delivered row."""
    schools = schoolcensus.select(
        "delivery_id", "schoolcensustableid", "lea", "estab", F.col("urn").alias("school_urn"), "term"
    ).dropDuplicates(["delivery_id", "schoolcensustableid"])
    rows = pupilonroll.join(schools, ["delivery_id", "schoolcensustableid"], how="left").withColumns({"born_on": dates.collect(F.col("dob"))})
    local_id = pupil_local_id(F.col("estab"), F.col("upn"), F.col("forename"), F.col("surname"), F.col("born_on"), pseudonyms)
    return rows.withColumns({"local_id": local_id})


def of_pupils(rows: DataFrame) -> DataFrame:
    """One row of evidence per pupil of `pupils`."""
    said = with_names(rows, ("forename", "middlenames"), ("surname", "preferredsurname", "formersurname"))
    said = upns.checked(upns.checked(said, "upn", "checked_upn"), "formerupn", "checked_former_upn")
    upn = F.col("checked_upn")
    return evidence(
        said, "school_census", "pupilonroll",
        **named(forenames=2, surnames=3),
        local_id=F.col("local_id"),
        date_of_birth=F.col("born_on"),
        sex=sex.standardise(F.col("sex")),
        upn=F.when(upns.is_permanent(upn), upn),
        upns=F.array_compact(F.array(upn, F.col("checked_former_upn"))),
        school=F.concat(given(F.col("lea")), F.lit("/"), given(F.col("estab"))),
        main_registration=F.when(code(F.col("enrolstatus")).isin("C", "M"), F.col("period")),
        ethnicity_as_delivered=given(F.col("ethnicity")),
        date_of_birth_is_a_date=given(F.col("dob")).isNull() | F.col("born_on").isNotNull(),
        upn_is_valid=given(F.col("upn")).isNull() | upn.isNotNull(),
    )


def of_addresses(addresses: DataFrame, rows: DataFrame) -> DataFrame:
    """One row of evidence per delivered address, under the pupil it is of."""
    of_whom = rows.select("delivery_id", "pupilonrolltableid", "local_id").dropDuplicates(["delivery_id", "pupilonrolltableid"])
    found = addresses.join(of_whom, ["delivery_id", "pupilonrolltableid"], how="left")
    return evidence(
        found, "school_census", "addresses",
        local_id=F.col("local_id"),
        postcode=postcodes.standardise(F.col("postcode")),
        uprn=whole_number(F.col("uniquepropertyreferencenumber"), 10**12 - 1),
        is_named=F.lit(True),
        person_is_delivered=F.col("local_id").isNotNull(),
    )
