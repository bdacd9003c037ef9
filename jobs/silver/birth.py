"""Silver birth: one row per birth notified, with the birth's facts and a token of the mother, still births included."""

from cyplink import submit
from cyplink.delivered import last_word, record_ids, typed
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.birth_notifications.evidence import BIRTHS, LIVE, STILL
from cyplink.tables import silver

SELECT = f"""
    with {BIRTHS}, known as ({record_ids("birth_notifications", "birth", "given(notification_id)")})
    {typed(
        "'birth'", "(select *, code(live_or_still_birth) as status from born left join known on local_id = given(notification_id))",
        record_id="record_id",
        is_live_birth=f"case when status in ('{LIVE}', '{STILL}') then status = '{LIVE}' end",
        birth_weight_grams="int_number(birth_weight_grams)",
        gestation_weeks="int_number(gestation_weeks)",
        birth_order="int_number(birth_order)",
        number_of_births="int_number(number_of_births)",
        has_congenital_anomaly="yes_or_no(congenital_anomaly_indicator)",
        mother_token="hash63('mother', mother_number)",
        mother_age_years="full_years(iso(mother_birth_date), born_on)",
        nhs_number_is_own="nhs_number_is_own",
        born_on_is_a_date="given(birth_date) is null or born_on is not null",
        is_withheld="is_withheld",
    )}"""
"""One row per delivered notification."""

job = Job(
    None,
    selects={"birth_notifications": SELECT},
    reads={"birth": SOURCES["birth_notifications"].kind("birth").bronze, "withheld_nhs_number": silver.WITHHELD_NHS_NUMBER},
    writes=silver.BIRTH,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
