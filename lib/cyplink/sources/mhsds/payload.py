"""What payload of MHSDS shares: which patient a row is of, through referral, contact and activity, and whether the patient is withheld. SQL over bronze.

A parent may have been submitted in an earlier month than its child: all months are looked through, and the latest has the last word.
"""

from cyplink.delivered import record_ids, typed
from cyplink.identity import withheld_among

SDQ, RCADS, CGAS, ORS, YP_CORE = "sdq", "rcads", "cgas", "ors", "yp_core"
TOOLS = {
    "718134002": (SDQ, "self"), "986041000000107": (SDQ, "self"), "986121000000101": (SDQ, "parent"), "986371000000104": (SDQ, "parent"),
    "986211000000104": (SDQ, "teacher"), "718662005": (RCADS, "self"), "958281000000103": (RCADS, "self"), "718672008": (RCADS, "parent"),
    "958361000000103": (RCADS, "parent"), "860591000000104": (CGAS, "clinician"), "716613004": (ORS, "self"), "960251000000100": (ORS, "self"),
    "718437004": (YP_CORE, "self"), "960601000000104": (YP_CORE, "self"),
}  # fmt: skip
"""Tool and rater of the SNOMED CT codes of total scores (codes.csv, assessment_tool): the same scale under its former code too."""

ORDER = "(period, delivery_id, source_row)"


def last_said(value: str) -> str:
    """SQL aggregate: the value in the latest month that gives one."""
    return f"arg_max({value}, {ORDER})"


def patients(*named_by: str) -> str:
    """Common tables: `patient`, one row per LocalPatientID of the MPI or of the files `named_by`, with `record_id`, `is_withheld` (whether any of the
    patient's rows is; null where there is none) and `patient_is_in_the_mpi`."""
    named = " union ".join(f"select controller, LocalPatientID from {name} where LocalPatientID is not null" for name in ("mpi", *named_by))
    return f"""
        withheld as ({withheld_among("NHSNumber", "mpi")}),
        listed as (
            select LocalPatientID, bool_or(NHSNumber is not null and NHSNumber in (select number from withheld)) as is_withheld, true as patient_is_in_the_mpi
            from mpi where LocalPatientID is not null group by LocalPatientID),
        named_patient as ({named}),
        known as ({record_ids("mhsds", "named_patient", "given(LocalPatientID)")}),
        patient as (
            select LocalPatientID, record_id, is_withheld, patient_is_in_the_mpi
            from named_patient left join listed using (LocalPatientID) left join known on local_id = given(LocalPatientID))"""


WHOSE = f"""
    {patients("referral")},
    whose as (
        select ServiceRequestID, LocalPatientID, received_on, record_id, is_withheld, patient_is_in_the_mpi
        from (
            select ServiceRequestID, {last_said("case when given(LocalPatientID) is not null then LocalPatientID end")} as LocalPatientID,
                {last_said("iso(ReferralRequestReceivedDate)")} as received_on
            from referral where ServiceRequestID is not null group by ServiceRequestID)
            left join patient using (LocalPatientID))"""
"""Common tables: `whose`, one row per ServiceRequestID: LocalPatientID, received_on and what `patient` says of the patient."""

CONTACTS = f"""
    parent_contact as (
        select CareContactID, {last_said("ServiceRequestID")} as ServiceRequestID, {last_said("iso(CareContDate)")} as contact_on
        from care_contact where CareContactID is not null group by CareContactID)"""
"""Common table: `parent_contact`, one row per CareContactID: ServiceRequestID and contact_on."""

REQUEST_TOKEN = "hash63('mhsds_referral', controller, given(ServiceRequestID))"
CONTACT_TOKEN = "hash63('mhsds_direct', controller, given(CareContactID))"


def of_patients(file_kind: str, rows: str, **said: str) -> str:
    """SELECT of rows already joined to their patient: lineage, `record_id`, what they say, and whether the patient is known and withheld.

    `record_id` is null where the referral, contact or spell that would name the patient was never submitted.
    """
    return typed(
        f"'{file_kind}'", rows,
        record_id="record_id", **said,
        patient_is_in_the_mpi="LocalPatientID is null or patient_is_in_the_mpi is not null", is_withheld="is_withheld",
    )


def of_referrals(file_kind: str, rows: str, **said: str) -> str:
    """SELECT of rows that give a ServiceRequestID, with the referral's token and patient (WHOSE) and what they say."""
    return of_patients(file_kind, f"(select * from {rows} left join whose using (ServiceRequestID))", service_request_token=REQUEST_TOKEN, **said)


def or_blank(*columns: str) -> str:
    """SQL of columns to hash of which some may be blank, with commas between: a hash of a null is null."""
    return ", ".join(f"coalesce(given({name}), '')" for name in columns)
