"""Who the School Census says its pupils are: names with former and preferred ones, UPN, birth date, home addresses.

A pupil of a census is on the roll (`pupilonroll`) or no longer on it (`pupilnolongeronroll`): two files, one record, in every term.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence, pupil_local_id
from cyplink.pseudonym import Pseudonyms
from cyplink.standardise import dates, postcodes, sex, upns
from cyplink.standardise.texts import code, given, whole_number

ON_ROLL, OFF_ROLL = "pupilonroll", "pupilnolongeronroll"


def pupils(pupilonroll: DataFrame, pupilnolongeronroll: DataFrame, schoolcensus: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """Delivered pupils of both files with their school (`lea`, `estab`, `urn`, `term`), `file_kind`, `pupil_row` (the row identifier that
    other files refer to), `local_id` and `born_on`; one row per delivered row."""
    schools = schoolcensus.select(
        "delivery_id", "schoolcensustableid", "lea", "estab", F.col("urn").alias("school_urn"), "term"
    ).dropDuplicates(["delivery_id", "schoolcensustableid"])
    both = of_a_file(pupilonroll, ON_ROLL, "pupilonrolltableid").unionByName(
        of_a_file(pupilnolongeronroll, OFF_ROLL, "pupilnolongeronrolltableid"), allowMissingColumns=True
    )
    rows = both.join(schools, ["delivery_id", "schoolcensustableid"], how="left").withColumns({"born_on": dates.collect(F.col("dob"))})
    local_id = pupil_local_id(F.col("estab"), F.col("upn"), F.col("forename"), F.col("surname"), F.col("born_on"), pseudonyms)
    return rows.withColumns({"local_id": local_id})


def of_a_file(rows: DataFrame, file_kind: str, pupil_row: str) -> DataFrame:
    """Rows of one file with `file_kind` and, as `pupil_row`, the identifier of the pupil's row that they are or belong to."""
    roll = F.lit(OFF_ROLL if pupil_row.startswith(OFF_ROLL) else ON_ROLL)
    return rows.withColumns({"file_kind": F.lit(file_kind), "roll": roll, "pupil_row": given(F.col(pupil_row))})


def with_pupils(rows: DataFrame, of_whom: DataFrame, *said: str) -> DataFrame:
    """Rows of `of_a_file` and what columns of `pupils` say of their pupil, found in the same delivery; the first of two with one identifier."""
    by = ["delivery_id", "roll", "pupil_row"]
    found = of_whom.where("pupil_row is not null").withColumns({"roll": F.col("file_kind")})
    # Few identifiers are given twice. To look for those costs far less than to take the first of every one: that sorts all rows.
    repeated = found.groupBy(*by).agg(F.min("source_row").alias("_first_row"), F.count("*").alias("_times")).where("_times > 1").drop("_times")
    first = found.join(F.broadcast(repeated), by, how="left").where("_first_row is null or source_row = _first_row").select(*by, *said)
    return rows.join(first, by, how="left")


def of_pupils(rows: DataFrame) -> DataFrame:
    """One row of evidence per pupil of `pupils`."""
    said = upns.checked(upns.checked(rows, "upn", "checked_upn"), "formerupn", "checked_former_upn")
    upn = F.col("checked_upn")
    return evidence(
        said, "school_census", F.col("file_kind"),
        is_named=F.lit(True),
        forename=F.col("forename"),
        middle_names=F.col("middlenames"),
        surname=F.col("surname"),
        other_surname=F.col("preferredsurname"),
        another_surname=F.col("formersurname"),
        local_id=F.col("local_id"),
        date_of_birth=F.col("born_on"),
        sex=sex.standardise(F.coalesce("sex", "gender")),
        upn=F.when(upns.is_permanent(upn), upn),
        temporary_upn=F.when(~upns.is_permanent(upn), upn),
        former_upn=F.col("checked_former_upn"),
        school=F.concat(given(F.col("lea")), F.lit("/"), given(F.col("estab"))),
        main_registration=F.when(code(F.col("enrolstatus")).isin("C", "M"), F.col("period")),
        ethnicity_as_delivered=given(F.col("ethnicity")),
        date_of_birth_is_a_date=given(F.col("dob")).isNull() | F.col("born_on").isNotNull(),
        upn_is_valid=given(F.col("upn")).isNull() | upn.isNotNull(),
    )


def of_addresses(addresses: DataFrame, addressesonroll: DataFrame, addressesoffroll: DataFrame, rows: DataFrame) -> DataFrame:
    """One row of evidence per delivered address of spring and summer, or autumn, under the pupil it is of."""
    of_spring = of_a_file(addresses, "addresses", "pupilonrolltableid")
    of_autumn = of_a_file(addressesonroll, "addressesonroll", "pupilonrolltableid")
    of_leavers = of_a_file(addressesoffroll, "addressesoffroll", "pupilnolongeronrolltableid")
    columns = ("file_kind", "roll", "pupil_row", "controller", "period", "delivery_id", "source_row", "postcode", "uniquepropertyreferencenumber")
    every = of_spring.select(*columns).unionByName(of_autumn.select(*columns)).unionByName(of_leavers.select(*columns))
    found = with_pupils(every, rows, "local_id")
    return evidence(
        found, "school_census", F.col("file_kind"),
        local_id=F.col("local_id"),
        postcode=postcodes.standardise(F.col("postcode")),
        uprn=whole_number(F.col("uniquepropertyreferencenumber"), 10**12 - 1),
        is_named=F.lit(True),
        person_is_delivered=F.col("local_id").isNotNull(),
    )
