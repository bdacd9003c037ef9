"""Silver child_in_need_referral: one row per council, child and day of referral, with the episode of need that followed."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.cin_census.payload import codes, is_a_date, of_children
from cyplink.standardise import dates
from cyplink.standardise.texts import code, yes_or_no
from cyplink.tables import silver


def build(referral: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row."""
    return of_children(
        referral, "referral", pseudonyms,
        referral_source=code(F.col("ReferralSource")),
        is_no_further_action=yes_or_no(F.col("ReferralNFA")),
        primary_need=code(F.col("PrimaryNeedCode")),
        closed_on=dates.iso(F.col("CINclosureDate")),
        closure_reason=code(F.col("ReasonForClosure")),
        conference_on=dates.iso(F.col("DateOfInitialCPC")),
        disabilities=codes("Disability"),
        closed_on_is_a_date=is_a_date("CINclosureDate"),
    )


job = Job(
    build,
    reads={"referral": SOURCES["cin_census"].kind("referral").bronze},
    writes=silver.CHILD_IN_NEED_REFERRAL,
    keep=last_word("record_id", "referred_on"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
