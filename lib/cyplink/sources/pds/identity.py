"""Who PDS says people are: the spine of the NHS side, with previous names, dated addresses and practices. Every number is verified."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink.identity import evidence
from cyplink.standardise import dates, nhs_numbers, postcodes, sex
from cyplink.standardise.texts import code, given, whole_number

VERIFIED = "01"


def of_people(person: DataFrame) -> DataFrame:
    """One row of evidence per delivered person; the local id is the NHS number."""
    rows = nhs_numbers.checked(person, "nhs_number", "checked_nhs_number")
    return evidence(
        rows, "pds", "person",
        is_named=F.lit(True),
        forename=F.col("given_name"),
        middle_names=F.col("other_given_names"),
        other_forename=F.col("previous_given_name"),
        surname=F.col("family_name"),
        other_surname=F.col("previous_family_name"),
        local_id=nhs_numbers.compact(F.col("nhs_number")),
        date_of_birth=dates.iso(F.col("date_of_birth")),
        date_of_death=dates.iso(F.col("date_of_death")),
        sex=sex.standardise(F.col("gender")),
        nhs_number=F.col("checked_nhs_number"),
        nhs_number_status=F.lit(VERIFIED),
        is_withheld=F.col("is_withheld"),
        date_of_birth_is_a_date=given(F.col("date_of_birth")).isNull() | dates.iso(F.col("date_of_birth")).isNotNull(),
        nhs_number_is_valid=F.col("checked_nhs_number").isNotNull(),
    )


def of_names(name: DataFrame, person: DataFrame) -> DataFrame:
    """One row of evidence per delivered name of the history: alternates of the name in the person file, never the main one."""
    return evidence(
        name.join(_there(person), ["delivery_id", "nhs_number"], how="left"), "pds", "name",
        other_forename=F.col("given_name"),
        another_forename=F.col("other_given_names"),
        other_surname=F.col("family_name"),
        local_id=nhs_numbers.compact(F.col("nhs_number")),
        is_named=F.lit(True),
        is_withheld=F.col("is_withheld"),
        person_is_delivered=F.coalesce("is_there", F.lit(False)),
    )


def of_flags(confidentiality: DataFrame, person: DataFrame) -> DataFrame:
    """One row of evidence per delivered confidentiality flag: that the person is there, and whether withheld; a lifted flag says no more."""
    return evidence(
        confidentiality.join(_there(person), ["delivery_id", "nhs_number"], how="left"), "pds", "confidentiality",
        local_id=nhs_numbers.compact(F.col("nhs_number")),
        is_named=F.lit(True),
        is_withheld=F.col("is_withheld"),
        person_is_delivered=F.coalesce("is_there", F.lit(False)),
    )


def of_addresses(address: DataFrame, person: DataFrame) -> DataFrame:
    """One row of evidence per delivered address."""
    rows = address.join(_there(person), ["delivery_id", "nhs_number"], how="left")
    is_home = code(F.col("address_type")) == "H"
    return evidence(
        rows, "pds", "address",
        local_id=nhs_numbers.compact(F.col("nhs_number")),
        postcode=postcodes.standardise(F.col("postcode")),
        postcode_from_on=dates.iso(F.col("effective_from")),
        postcode_to_on=F.coalesce(dates.iso(F.col("effective_to")), F.when(~is_home, dates.iso(F.col("effective_from")))),
        uprn=whole_number(F.col("uprn"), 10**12 - 1),
        is_named=F.lit(True),
        is_withheld=F.col("is_withheld"),
        person_is_delivered=F.coalesce("is_there", F.lit(False)),
    )


def of_registrations(registration: DataFrame, person: DataFrame) -> DataFrame:
    """One row of evidence per delivered registration that is current: the person's practice."""
    rows = registration.join(_there(person), ["delivery_id", "nhs_number"], how="inner")
    return evidence(
        rows.where(given(F.col("effective_to")).isNull()), "pds", "registration",
        local_id=nhs_numbers.compact(F.col("nhs_number")),
        practice=code(F.col("practice_code")),
        is_named=F.lit(True),
        is_withheld=F.col("is_withheld"),
    )


def _there(person: DataFrame) -> DataFrame:
    return person.select("delivery_id", "nhs_number", F.lit(True).alias("is_there")).distinct()
