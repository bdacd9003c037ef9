"""Silver objection: who opted out, objected or withdrew, one row per controller and person.

Of national opt-outs the last month's list counts, which is whole: a number no longer on it has opted in again. An objection or a
withdrawal stands until it is said to have ended, whether it is sent again or not.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cyplink import submit
from cyplink.delivered import delivered
from cyplink.job import Job
from cyplink.pseudonym import Pseudonyms
from cyplink.sources import SOURCES
from cyplink.standardise import dates, nhs_numbers, upns
from cyplink.standardise.texts import code, given
from cyplink.tables import silver

NATIONAL, LOCAL, WITHDRAWN = "national_data_opt_out", "local_objection", "withdrawn"
EVERYTHING = "EVERYTHING"


def build(national_data_opt_out: DataFrame, local_objection: DataFrame, withdrawal_request: DataFrame, pseudonyms: Pseudonyms) -> DataFrame:
    """One row per delivered row of the three files."""
    local_id = given(F.col("local_person_id"))
    # Where only the controller's records are objected to and it does not say which, everything is meant: the safer reading.
    scope = F.when(local_id.isNull(), F.lit(EVERYTHING)).otherwise(F.coalesce(code(F.col("scope")), F.lit(EVERYTHING)))
    held_by = F.when(local_id.isNotNull(), F.coalesce(code(F.col("held_by")), F.col("controller")))
    parts = (
        _stated(national_data_opt_out, NATIONAL, "national_data_opt_out"),
        _stated(
            local_objection, LOCAL, "local_objection", local_id=local_id, held_by=F.when(local_id.isNotNull(), F.col("controller")), scope=scope,
            stated_on=dates.iso(F.col("objected_on")), ended_on=dates.iso(F.col("ended_on")),
            ended_on_is_a_date=given(F.col("ended_on")).isNull() | dates.iso(F.col("ended_on")).isNotNull(),
        ),
        _stated(
            withdrawal_request, WITHDRAWN, "withdrawal_request", upn=upns.compact(F.col("upn")), local_id=local_id, held_by=held_by,
            stated_on=dates.iso(F.col("withdrawn_on")),
        ),
    )
    whom = [F.coalesce(F.col(name), F.lit("")) for name in ("kind", "controller", "nhs_number", "upn", "held_by", "local_id")]
    return parts[0].unionByName(parts[1]).unionByName(parts[2]).withColumns({"statement_token": pseudonyms.hash63(F.lit("objection"), *whom)})


def _stated(rows: DataFrame, kind: str, file_kind: str, **said: Column) -> DataFrame:
    nothing = F.lit(None).cast("string")
    said = {"upn": nothing, "local_id": nothing, "held_by": nothing, "scope": F.lit(EVERYTHING), "stated_on": F.lit(None).cast("date"),
            "ended_on": F.lit(None).cast("date"), "ended_on_is_a_date": F.lit(True), **said}  # fmt: skip
    return rows.select(
        *delivered("objections", file_kind),
        F.lit(kind).alias("kind"),
        nhs_numbers.compact(F.col("nhs_number")).alias("nhs_number"),
        *(column.alias(name) for name, column in said.items()),
        (given(F.col("nhs_number")).isNull() | nhs_numbers.is_valid(F.col("nhs_number"))).alias("nhs_number_is_valid"),
    )


IN_FORCE = f"""
    with listed as (select * from usable qualify kind <> '{NATIONAL}' or period = max(period) over (partition by controller, kind))
    select * from listed
    qualify row_number() over (partition by statement_token order by period desc, delivery_id desc, source_row desc) = 1"""
"""The last word on each person; of national opt-outs, those on the controller's last list."""


job = Job(
    build,
    reads={name: SOURCES["objections"].kind(name).bronze for name in ("national_data_opt_out", "local_objection", "withdrawal_request")},
    writes=silver.OBJECTION,
    keep=IN_FORCE,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
