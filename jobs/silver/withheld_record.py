"""Silver withheld_record: records that may not be used, whatever NHS number they bear or lack.

An objection or withdrawal under a controller's own id is of the records that every source of this controller has under it. A
withdrawal under a UPN or NHS number finds the council and school records that bear it, and with a council's person record the ids
the council returns the child by. The door (settling) withholds the rows of health records, of withdrawn ones and of those
only whose controller was objected to; a council's record of someone who objected to everything is needed to know the person by.
"""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.sources.school_census.identity import pupils
from cyplink.standardise import nhs_numbers, upns
from cyplink.standardise.texts import given
from cyplink.tables import silver

WITHDRAWN = "withdrawn"
RECORDS_OF = {name: source.health for name, source in SOURCES.items() if name != "objections"}
"""Every source that has records of people, and whether it is a health source."""


def build(
    objection: DataFrame, header: DataFrame, schoolcensus: DataFrame, pupilonroll: DataFrame, pupilnolongeronroll: DataFrame,
    ssd_person: DataFrame, pseudonyms: Pseudonyms
) -> DataFrame:
    """One row per record and reason."""
    standing = objection.where("ended_on is null")
    stated = standing.where("local_id is not null").select("kind", "scope", "held_by", "local_id")
    withdrawn = found_of_withdrawn(standing.where(F.col("kind") == WITHDRAWN), header, schoolcensus, pupilonroll, pupilnolongeronroll, ssd_person, pseudonyms)
    sources = F.explode(F.array(*(F.struct(F.lit(name).alias("name"), F.lit(health).alias("health")) for name, health in RECORDS_OF.items())))
    return stated.unionByName(withdrawn).select("*", sources.alias("source")).select(
        pseudonyms.record_id(F.col("source.name"), "held_by", "local_id").alias("record_id"),
        F.col("kind").alias("reason"),
        ((F.col("kind") == WITHDRAWN) | (F.col("scope") == "OWN_RECORDS") | F.col("source.health")).alias("is_met_at_the_door"),
    ).transform(once)


def found_of_withdrawn(
    withdrawn: DataFrame, header: DataFrame, schoolcensus: DataFrame, pupilonroll: DataFrame, pupilnolongeronroll: DataFrame,
    ssd_person: DataFrame, pseudonyms: Pseudonyms
) -> DataFrame:
    """Ids of council and school records that bear a withdrawn person's UPN, NHS number or, in case management, either of its two ids."""
    upn, number = (F.broadcast(withdrawn.where(F.col(name).isNotNull()).select(name).distinct()) for name in ("upn", "nhs_number"))
    local = F.broadcast(withdrawn.where("local_id is not null").select(F.col("held_by").alias("controller"), "local_id").distinct())
    council = ssd_person.select(
        "controller", given(F.col("pers_person_id")).alias("person_id"), given(F.col("pers_legacy_id")).alias("legacy_id"),
        upns.compact(F.col("pers_upn")).alias("upn"), nhs_numbers.compact(F.col("pers_single_unique_id")).alias("nhs_number"),
    )
    known = [
        council.join(upn, "upn", "left_semi"), council.join(number, "nhs_number", "left_semi"),
        *(council.withColumns({"local_id": F.col(name)}).join(local, ["controller", "local_id"], "left_semi").drop("local_id") for name in ("person_id", "legacy_id")),
    ]
    people = reduce(DataFrame.unionByName, known)
    children = header.withColumns({"upn": upns.compact(F.col("UPN"))}).join(upn, "upn", "left_semi")
    rolls = [
        reduce(DataFrame.unionByName, (
            roll.withColumns({"_upn": upns.compact(F.col(name))}).join(upn.select(F.col("upn").alias("_upn")), "_upn", "left_semi").drop("_upn")
            for name in ("upn", "formerupn")
        ))
        for roll in (pupilonroll, pupilnolongeronroll)
    ]  # fmt: skip
    ids = (
        people.select("controller", F.explode(F.array("person_id", "legacy_id")).alias("local_id")),
        children.select("controller", given(F.col("CHILD")).alias("local_id")),
        pupils(rolls[0], rolls[1], schoolcensus, pseudonyms).select("controller", "local_id"),
    )
    found = reduce(DataFrame.unionByName, ids).where("local_id is not null")
    return found.select(F.lit(WITHDRAWN).alias("kind"), F.lit("EVERYTHING").alias("scope"), F.col("controller").alias("held_by"), "local_id")


def once(rows: DataFrame) -> DataFrame:
    """One row per record and reason; at the door if any statement says so."""
    return rows.groupBy("record_id", "reason").agg(F.bool_or("is_met_at_the_door").alias("is_met_at_the_door"))


job = Job(
    build,
    reads={
        "objection": silver.OBJECTION,
        "header": SOURCES["ssda903"].kind("header").bronze,
        "schoolcensus": SOURCES["school_census"].kind("schoolcensus").bronze,
        "pupilonroll": SOURCES["school_census"].kind("pupilonroll").bronze,
        "pupilnolongeronroll": SOURCES["school_census"].kind("pupilnolongeronroll").bronze,
        "ssd_person": SOURCES["case_management"].kind("ssd_person").bronze,
    },
    writes=silver.WITHHELD_RECORD,
    uses_key=True,
    compares=True,  # every table of records reads it: a new return that withholds nobody new must not make them all again
)

if __name__ == "__main__":
    submit.main(__file__)
