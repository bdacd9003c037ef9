"""Who a council's case management says the people it knows are: names, partly NHS number and UPN, dated addresses."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, nhs_numbers, postcodes, sex, upns
from cyplink.standardise.texts import code, given, whole_number

PLACEHOLDER = "PLACEHOLDER_DATA"
"""What the standard's own scripts fill linked identifiers with."""


def of_people(ssd_person: DataFrame) -> DataFrame:
    """One row of evidence per delivered ssd_person row."""
    rows = nhs_numbers.checked(upns.checked(ssd_person, "pers_upn", "checked_upn"), "pers_single_unique_id", "checked_nhs_number")
    upn, born_on = F.col("checked_upn"), dates.iso(F.col("pers_dob"))
    return evidence(
        rows, "case_management", "ssd_person",
        is_named=F.lit(True),
        forename=F.col("pers_forename"),
        surname=F.col("pers_surname"),
        local_id=given(F.col("pers_person_id")),
        alternative_local_id=given(F.col("pers_legacy_id")),
        date_of_birth=born_on,
        date_of_death=dates.iso(F.col("pers_death_date")),
        sex=sex.standardise(F.col("pers_sex")),
        nhs_number=F.col("checked_nhs_number"),
        upn=F.when(upns.is_permanent(upn), upn),
        temporary_upn=F.when(~upns.is_permanent(upn), upn),
        ethnicity_as_delivered=given(F.col("pers_ethnicity")),
        date_of_birth_is_a_date=given(F.col("pers_dob")).isNull() | born_on.isNotNull(),
        nhs_number_is_valid=given(F.col("pers_single_unique_id")).isNull() | F.col("checked_nhs_number").isNotNull(),
        upn_is_valid=given(F.col("pers_upn")).isNull() | given(F.col("pers_upn")).rlike("^UN[1-7]$") | upn.isNotNull(),
    )


def of_addresses(ssd_address: DataFrame, ssd_person: DataFrame) -> DataFrame:
    """One row of evidence per delivered ssd_address row; the UPRN is inside the address JSON."""
    people = ssd_person.select("delivery_id", F.col("pers_person_id").alias("addr_person_id"), F.lit(True).alias("is_there")).distinct()
    rows = ssd_address.join(people, ["delivery_id", "addr_person_id"], how="left")
    return evidence(
        rows, "case_management", "ssd_address",
        local_id=given(F.col("addr_person_id")),
        postcode=postcodes.standardise(F.col("addr_address_postcode")),
        postcode_from_on=dates.iso(F.col("addr_address_start_date")),
        postcode_to_on=dates.iso(F.col("addr_address_end_date")),
        uprn=whole_number(F.get_json_object("addr_address_json", "$.UPRN"), 10**12 - 1),
        is_named=F.lit(True),
        person_is_delivered=F.coalesce("is_there", F.lit(False)),
    )


def of_linked_identifiers(linked: DataFrame, ssd_person: DataFrame) -> DataFrame:
    """One row of evidence per delivered linked identifier. NHS numbers and UPNs are used where valid, an ended UPN as a former one, an ended
    NHS number not at all; a case number is a second id of the person. Other kinds, and placeholders, say nothing."""
    kind, value = code(F.col("link_identifier_type")), "value"
    people = ssd_person.select("delivery_id", F.col("pers_person_id").alias("link_person_id"), F.lit(True).alias("is_there")).distinct()
    rows = linked.join(people, ["delivery_id", "link_person_id"], how="left").withColumns({value: given(F.nullif(F.col("link_identifier_value"), F.lit(PLACEHOLDER)))})
    rows = nhs_numbers.checked(upns.checked(rows, value, "checked_upn"), value, "checked_nhs_number")
    is_current = given(F.col("link_valid_to_date")).isNull()
    is_upn, is_number = kind.isin("UNIQUE PUPIL NUMBER", "FORMER UNIQUE PUPIL NUMBER"), kind == "NHS NUMBER"
    upn = F.col("checked_upn")
    return evidence(
        rows, "case_management", "ssd_linked_identifiers",
        local_id=given(F.col("link_person_id")),
        alternative_local_id=F.when((kind == "CASE NUMBER") & (F.col(value) != F.col("link_person_id")), F.col(value)),
        nhs_number=F.when(is_number & is_current, F.col("checked_nhs_number")),
        upn=F.when((kind == "UNIQUE PUPIL NUMBER") & is_current & upns.is_permanent(upn), upn),
        former_upn=F.when(is_upn, upn),
        is_named=F.lit(True),
        person_is_delivered=F.coalesce("is_there", F.lit(False)),
        nhs_number_is_valid=~is_number | F.col(value).isNull() | F.col("checked_nhs_number").isNotNull(),
        upn_is_valid=~is_upn | F.col(value).isNull() | upn.isNotNull(),
    )
