"""Silver attainment: one row per pupil record, academic year, stage and measure."""

from cyplink import submit
from cyplink.delivered import last_word, record_ids, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.attainment import MEASURES
from cyplink.sources.attainment.evidence import PUPILS, STAGES
from cyplink.tables import silver

_RESULTS = ", ".join(f"{{'measure': '{measure.lower()}', 'result': given({measure})}}" for measures in MEASURES.values() for measure in measures)

SELECT = f"""
    with {PUPILS}, known as ({record_ids("attainment", "pupil", "local_id")})
    {typed(
        "file_kind", "pupil left join known using (local_id)",
        record_id="record_id",
        academic_year="period",
        stage="upper(file_kind)",
        results=f"list_filter([{_RESULTS}], lambda one: one.result is not null)",
    )}"""
"""One row per delivered pupil, with `results`: every measure of the stage that is given."""

BY_MEASURE = f"""
    select * exclude (file_kind, results, one), one.measure as measure, one.result as result, try_cast(one.result as double) as score
    from (select *, unnest(results) as one from ({last_word("record_id", "academic_year", "stage")}))"""
"""The last row of a pupil, year and stage, as one row per measure."""


job = Job(
    None,
    selects={"attainment": SELECT},
    reads={name: SOURCES["attainment"].kind(name).bronze for name in STAGES},
    writes=silver.ATTAINMENT,
    keep=BY_MEASURE,
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
