"""Whose a CSDS row is: the patient of a referral, and the referral and day of an activity, as the provider last submitted them. SQL over bronze."""

from cyplink.delivered import LATEST_FIRST, record_ids
from cyplink.identity import withheld_among

PATIENT, REQUEST = "LOCAL_PATIENT_IDENTIFIER_EXTENDED", "SERVICE_REQUEST_IDENTIFIER"
CONTACT, ACTIVITY = "CARE_CONTACT_IDENTIFIER", "CARE_ACTIVITY_IDENTIFIER"

PATIENTS = f"""
    withheld as ({withheld_among("NHS_NUMBER", "mpi")}),
    known_patient as (
        select {PATIENT}, bool_or(NHS_NUMBER is not null and NHS_NUMBER in (select number from withheld)) as is_withheld, true as patient_is_in_the_mpi
        from mpi where {PATIENT} is not null group by {PATIENT}),
    referred as (select distinct controller, {PATIENT} from referral),
    known_record as ({record_ids("csds", f"(select distinct controller, {PATIENT} from mpi union select * from referred)", f"given({PATIENT})")}),
    patient as (
        select {PATIENT}, is_withheld, patient_is_in_the_mpi, record_id
        from (select {PATIENT} from known_patient union select {PATIENT} from referred where {PATIENT} is not null)
            left join known_patient using ({PATIENT}) left join known_record on local_id = given({PATIENT}))"""
"""Common tables: `patient`, one row per patient id of the MPI or a referral: `record_id`, `is_withheld`, `patient_is_in_the_mpi`."""


def latest(rows: str, key: str, first: str, *more: str) -> str:
    """SELECT of `key`, `first` and `more` of the latest row of each key that gives `first`."""
    columns = ", ".join((key, first, *more))
    return f"select {columns} from {rows} where given({first}) is not null and {key} is not null qualify row_number() over (partition by {key} order by {LATEST_FIRST}) = 1"


PATIENT_OF_REQUEST = f"request as ({latest('referral', REQUEST, PATIENT)})"
"""Common table: `request`, one row per referral that names its patient: the patient last submitted."""

ACTIVITIES = f"""
    contact as ({latest("care_contact", CONTACT, REQUEST, "CARE_CONTACT_DATE")}),
    activity as (
        select {ACTIVITY}, {PATIENT}, iso(CARE_CONTACT_DATE) as contact_on
        from ({latest("care_activity", ACTIVITY, CONTACT)}) left join contact using ({CONTACT}) left join request using ({REQUEST}))"""
"""Common tables, after PATIENT_OF_REQUEST: `activity`, one row per care activity: its patient and the day of its contact, null where not submitted."""


def request_tokens(*files: str) -> str:
    """SELECT of `request_given`, the identifier of a referral as given, and `service_request_token`, once for each that any of the files names."""
    named = " union ".join(f"select distinct controller, given({REQUEST}) as request_given from {name}" for name in files)
    return f"select request_given, hash63('csds_referral', controller, request_given) as service_request_token from ({named}) where request_given is not null"
