"""What NHS England checks in a submission of MHSDS version 6 (sources/rules.py says how rules are written).

Source: the data set's output specification as restated by lyndsey-allen/mhsds_validation@734857c, version 6 in force from April 2024.
"Record rejected" and "group rejected" quarantine a row, a warning of either severity flags it. A row of a rejected patient, referral,
contact, activity or spell is rejected with it: "must have a valid row" reads the parent's own rules. Rules that need the login, the
national organisation tables or SNOMED CT are left out, and so are MHS00145 and MHS00146, which reject a patient without a practice
or referral in the month.
"""

from collections.abc import Sequence

from cyplink.sources.rules import QUARANTINE, ReturnRule, RulesOf, RuleTable, Years

V6 = Years("2024-04")
ISO = "yyyy-mm-dd"
HEADER, MPI, GP = RulesOf("header", V6), RulesOf("mpi", V6), RulesOf("gp", V6)
ACCOMMODATION, INDICATOR, TEAM = RulesOf("accommodation", V6), RulesOf("patient_indicator", V6), RulesOf("team", V6)
REFERRAL, OTHER_SERVICE = RulesOf("referral", V6), RulesOf("other_service", V6)
OTHER_REASON, ONWARD = RulesOf("other_reason", V6), RulesOf("onward_referral", V6)
MADE_ON = "(select max(DateTimeDatSetCreate) from header)"


def required(of: RulesOf, **numbers: str) -> tuple[ReturnRule, ...]:
    """Rules by column: it must be given, or the row is rejected."""
    return tuple(of.required(number, column, QUARANTINE) for column, number in numbers.items())


def dates(of: RulesOf, **numbers: str) -> tuple[ReturnRule, ...]:
    """Rules by column: it must be a date, or the row is rejected."""
    return tuple(of.date(number, column, ISO, QUARANTINE) for column, number in numbers.items())


def codes(of: RulesOf, **numbers_and_sets: str) -> tuple[ReturnRule, ...]:
    """Rules by column, as `number code_set`: it should hold one of the codes."""
    said = {column: spoken.split() for column, spoken in numbers_and_sets.items()}
    return tuple(of.code(number, column, code_set) for column, (number, code_set) in said.items())


def until_the_month_ends(of: RulesOf, **numbers: str) -> tuple[ReturnRule, ...]:
    """Rules by column: it must not be after the reporting period, or the row is rejected."""
    return tuple(of.row(number, column, f"{column} > last_day()", f"{column} is after the reporting period.", severity=QUARANTINE) for column, number in numbers.items())


def since_the_month_began(of: RulesOf, **numbers: str) -> tuple[ReturnRule, ...]:
    """Rules by column: it must not be before the reporting period, or the row is rejected."""
    return tuple(of.row(number, column, f"{column} < first_day()", f"{column} is before the reporting period.", severity=QUARANTINE) for column, number in numbers.items())


def in_order(of: RulesOf, number: str, first: str, second: str) -> ReturnRule:
    """The second date must not be before the first, or the row is rejected."""
    return of.row(number, f"{second} {first}", f"{second} < {first}", f"{second} is before {first}.", severity=QUARANTINE)


def once(of: RulesOf, number: str, columns: str) -> ReturnRule:
    """The columns must identify one row, or all of them are rejected."""
    return of.unique(number, columns, f"Two rows have the same {' and '.join(columns.split())}.", severity=QUARANTINE)


def of_a_valid(of: RulesOf, number: str, parent: str, parents: RuleTable) -> ReturnRule:
    """The row must be of one of the valid `parents`, or it is rejected with its parent."""
    key = parents.query.split()[1]
    return of.row(number, key, f"{key} not in (select {key} from {parents.name})", f"The {parent} is not in the submission, or was rejected.",
                  f"Submit the {parent}, or correct it.", QUARANTINE, [parents.name])


def valid(rules: Sequence[ReturnRule], key: str, more: str = "", of: RuleTable | None = None) -> RuleTable:
    """The keys of the rows that no rule of a row by itself rejects, `more` being what else must hold; `of`: the valid parents they need."""
    kind = rules[0].file_kind
    rejects = [rule.condition for rule in rules if rule.file_kind == kind and rule.severity is QUARANTINE and rule.condition and not rule.reads]
    parent = f" and {of.query.split()[1]} in (select * from {of.name})" if of else ""
    query = f"select {key} from {kind} where {' and '.join(f'not coalesce({condition}, false)' for condition in rejects)}{parent}{more}"
    return RuleTable(f"valid_{kind}", query, (kind, of.name) if of else (kind,))


RULES_OF_HEADER = (
    *required(HEADER, DatSetVer="MHS00001", OrgIDProvider="MHS00028", OrgIDSubmit="MHS00031", PrimSystemInUse="MHS00012",
              ReportingPeriodStartDate="MHS00014", ReportingPeriodEndDate="MHS00017", DateTimeDatSetCreate="MHS00020"),
    *dates(HEADER, ReportingPeriodStartDate="MHS00015", ReportingPeriodEndDate="MHS00018", DateTimeDatSetCreate="MHS00021"),
    HEADER.row("MHS00003", "DatSetVer", "try_cast(DatSetVer as double) <> 6.0", "The data set's version is not 6.0.", severity=QUARANTINE),
    HEADER.row("MHS00016", "ReportingPeriodStartDate", "ReportingPeriodStartDate <> first_day()", "The reporting period does not begin with the month delivered.", severity=QUARANTINE),
    HEADER.row("MHS00019", "ReportingPeriodEndDate", "ReportingPeriodEndDate <> last_day()", "The reporting period does not end with the month delivered.", severity=QUARANTINE),
    HEADER.row("MHS00037", "DateTimeDatSetCreate", "DateTimeDatSetCreate < ReportingPeriodEndDate", "The file was made before the reporting period ended.", severity=QUARANTINE),
    HEADER.rows("MHS00025", "DatSetVer", "select source_row from header qualify count(*) over () > 1", "There is more than one header.", "Submit one.", QUARANTINE),
)

RULES_OF_MPI = (
    *required(MPI, LocalPatientID="MHS00103", OrgIDLocalPatientID="MHS00151"),
    *dates(MPI, PersonBirthDate="MHS00167", PersDeathDate="MHS00140"),
    MPI.row("MHS00165", "NHSNumber", "NHSNumber is not null and not regexp_full_match(replace(NHSNumber, ' ', ''), '[0-9]{10}')", "The NHS number is not ten digits.", severity=QUARANTINE),
    MPI.row("MHS00169", "Postcode", "length(Postcode) > 8", "The postcode is longer than a postcode.", severity=QUARANTINE),
    *until_the_month_ends(MPI, PersonBirthDate="MHS00168", PersDeathDate="MHS00142"),
    *since_the_month_began(MPI, PersDeathDate="MHS00141"),
    MPI.row("MHS00171", "PersonBirthDate", "PersonBirthDate + interval 131 years <= first_day()", "The patient is over 130.", severity=QUARANTINE),
    MPI.required("MHS00111", "NHSNumber"), MPI.required("MHS00120", "PersonBirthDate"), MPI.required("MHS00123", "Postcode"), MPI.required("MHS00162", "GenderIDCode"),
    MPI.row("MHS00117", "NHSNumberStatus NHSNumber", "NHSNumberStatus = '07' and NHSNumber is not null", "Status 07 (no number, no trace needed) is given with a number."),
    MPI.row("MHS00118", "NHSNumberStatus", "NHSNumberStatus is null and NHSNumber is null", "Neither a number nor its status is given.", "Give the status."),
    MPI.row("MHS00119", "NHSNumberStatus", "NHSNumberStatus <> '07' and NHSNumber is null", "No number is given, and its status is not 07."),
    *codes(MPI, NHSNumberStatus="MHS00116 nhs_number_status", GenderIDCode="MHS00164 gender_identity", GenderSameAtBirth="MHS00161 yes_no_stated",
           Gender="MHS00131 person_stated_gender", MaritalStatus="MHS00150 marital_status", EthnicCategory="MHS00133 ethnic_category"),
    MPI.row("MHS00153", "OrgIDLocalPatientID", "OrgIDLocalPatientID not in (select OrgIDProvider from header where OrgIDProvider is not null)",
            "The patient identifier is not the submitting provider's.", reads=["header"]),
    once(MPI, "MHS00144", "LocalPatientID"), once(MPI, "MHS00147", "NHSNumber"),
)
PATIENTS = valid(RULES_OF_MPI, "LocalPatientID", " qualify count(*) over (partition by LocalPatientID) = 1 and (NHSNumber is null or count(*) over (partition by NHSNumber) = 1)")

RULES_OF_GP = (
    *required(GP, LocalPatientID="MHS00201", GMPReg="MHS00203"),
    *dates(GP, StartDateGMPRegistration="MHS00210", EndDateGMPRegistration="MHS00213"),
    GP.row("MHS00211", "StartDateGMPRegistration", "StartDateGMPRegistration > last_day() + 1", "The registration starts after the reporting period.", severity=QUARANTINE),
    *since_the_month_began(GP, EndDateGMPRegistration="MHS00214"), *until_the_month_ends(GP, EndDateGMPRegistration="MHS00215"),
    in_order(GP, "MHS00216", "StartDateGMPRegistration", "EndDateGMPRegistration"),
    of_a_valid(GP, "MHS00220", "patient", PATIENTS),
    GP.rows("MHS00222", "LocalPatientID", "select source_row from gp where EndDateGMPRegistration_given is null and LocalPatientID is not null qualify count(*) over (partition by LocalPatientID) > 1",
            "The patient has two registrations without an end.", severity=QUARANTINE),
)

RULES_OF_ACCOMMODATION = (
    *required(ACCOMMODATION, LocalPatientID="MHS00301", AccommodationType="MHS00303"),
    *dates(ACCOMMODATION, AccommodationTypeDate="MHS00308", AccommodationTypeStartDate="MHS00317", AccommodationTypeEndDate="MHS00320"),
    *until_the_month_ends(ACCOMMODATION, AccommodationTypeDate="MHS00309", AccommodationTypeStartDate="MHS00318", AccommodationTypeEndDate="MHS00321"),
    *codes(ACCOMMODATION, AccommodationType="MHS00305 accommodation_type", SettledAccommodationInd="MHS00307 settled_accommodation", SCHPlacementType="MHS00314 secure_home_placement"),
    of_a_valid(ACCOMMODATION, "MHS00310", "patient", PATIENTS), once(ACCOMMODATION, "MHS00315", "LocalPatientID AccommodationTypeDate"),
)

RULES_OF_INDICATORS = (
    *required(INDICATOR, LocalPatientID="MHS00503"),
    *dates(INDICATOR, ProPsychDate="MHS00513", EmerPsychDate="MHS00515", ManPsychDate="MHS00517", PsychPrescDate="MHS00519", PsychTreatDate="MHS00521"),
    *until_the_month_ends(INDICATOR, ProPsychDate="MHS00514", EmerPsychDate="MHS00516", ManPsychDate="MHS00518", PsychPrescDate="MHS00520", PsychTreatDate="MHS00522"),
    *codes(INDICATOR, ConstSuperReqDueToDis="MHS00506 yes_no", ParentalResp="MHS00528 yes_no_stated", YoungCarer="MHS00508 yes_no_stated", LACStatus="MHS00510 looked_after_status",
           LACLegalStatus="MHS00536 looked_after_legal_status", EducationalAssessOutcome="MHS00530 educational_outcome", CPP="MHS00512 child_protection_plan",
           ExBAFIndicator="MHS00524 armed_forces", OffenceHistory="MHS00526 offence_history", ReasonableAdjustmentInd="MHS00534 yes_no", LDStatus="MHS00548 diagnosis_status", AutismStatus="MHS00550 diagnosis_status"),
    INDICATOR.row("MHS00543", "IMCAAssigned IMCARequired", "IMCARequired = 'N' and IMCAAssigned is not null", "An advocate is assigned and none is required."),
    INDICATOR.row("MHS00546", "IMHAAssigned IMHARequired", "IMHARequired = 'N' and IMHAAssigned is not null", "An advocate is assigned and none is required."),
    of_a_valid(INDICATOR, "MHS00501", "patient", PATIENTS), once(INDICATOR, "MHS00502", "LocalPatientID"),
)

RULES_OF_REFERRALS = (
    *required(REFERRAL, ServiceRequestID="MHS10104", LocalPatientID="MHS10106", OrgIDComm="MHS10108", ReferralRequestReceivedDate="MHS10111"),
    *dates(REFERRAL, ReferralRequestReceivedDate="MHS10112", DecisionToTreatDate="MHS10149", DischPlanCreationDate="MHS10136", DischPlanLastUpdatedDate="MHS10139", ServDischDate="MHS10127",
           ReferRejectionDate="MHS10157"),
    *until_the_month_ends(REFERRAL, ReferralRequestReceivedDate="MHS10113", DecisionToTreatDate="MHS10150", DischPlanCreationDate="MHS10138", DischPlanLastUpdatedDate="MHS10141"),
    *since_the_month_began(REFERRAL, ServDischDate="MHS10129", ReferRejectionDate="MHS10159"),
    in_order(REFERRAL, "MHS10137", "ReferralRequestReceivedDate", "DischPlanCreationDate"), in_order(REFERRAL, "MHS10140", "DischPlanCreationDate", "DischPlanLastUpdatedDate"),
    in_order(REFERRAL, "MHS10128", "ReferralRequestReceivedDate", "ServDischDate"), in_order(REFERRAL, "MHS10161", "ReferralRequestReceivedDate", "ReferRejectionDate"),
    REFERRAL.row("MHS10131", "ServDischDate", f"ServDischDate > {MADE_ON}", "The discharge is after the file was made.", severity=QUARANTINE, reads=["header"]),
    REFERRAL.row("MHS10160", "ReferRejectionDate", f"ReferRejectionDate > {MADE_ON}", "The rejection is after the file was made.", severity=QUARANTINE, reads=["header"]),
    REFERRAL.row("MHS10130", "ServDischDate", "ServDischDate > last_day() + 1", "The discharge is after the reporting period."),
    REFERRAL.row("MHS10158", "ReferRejectionDate", "ReferRejectionDate > last_day()", "The rejection is after the reporting period."),
    *codes(REFERRAL, SourceOfReferralMH="MHS10118 source_of_referral", ClinRespPriorityType="MHS10124 priority", PrimReasonReferralMH="MHS10126 primary_reason", ReasonOAT="MHS10135 out_of_area_reason",
           ReferRejectReason="MHS10164 rejection_reason", ReferClosReason="MHS10166 closure_reason"),
    of_a_valid(REFERRAL, "MHS10101", "patient", PATIENTS), once(REFERRAL, "MHS10103", "ServiceRequestID"),
)
REFERRALS = valid(RULES_OF_REFERRALS, "ServiceRequestID", of=PATIENTS)

RULES_OF_OTHER_SERVICES = (
    *required(OTHER_SERVICE, ServiceRequestID="MHS10202", OtherCareProfTeamLocalID="MHS10233"),
    *dates(OTHER_SERVICE, ReferClosureDate="MHS10212", ReferRejectionDate="MHS10217"), *since_the_month_began(OTHER_SERVICE, ReferClosureDate="MHS10213", ReferRejectionDate="MHS10218"),
    OTHER_SERVICE.row("MHS10214", "ReferClosureDate", f"ReferClosureDate > {MADE_ON}", "The closure is after the file was made.", severity=QUARANTINE, reads=["header"]),
    OTHER_SERVICE.row("MHS10215", "ReferClosureDate", "ReferClosureDate > last_day()", "The closure is after the reporting period."),
    OTHER_SERVICE.row("MHS10224", "ReferClosReason", "ReferClosureDate_given is not null and ReferClosReason is null", "The closure has no reason."),
    OTHER_SERVICE.row("MHS10227", "ReferRejectReason", "ReferRejectionDate_given is not null and ReferRejectReason is null", "The rejection has no reason."),
    *codes(OTHER_SERVICE, ReferClosReason="MHS10223 closure_reason", ReferRejectReason="MHS10226 rejection_reason"),
    of_a_valid(OTHER_SERVICE, "MHS10228", "referral", REFERRALS), once(OTHER_SERVICE, "MHS10229", "OtherCareProfTeamLocalID ServiceRequestID"),
    *required(OTHER_REASON, ServiceRequestID="MHS10301", OtherReasonReferMH="MHS10303"), *codes(OTHER_REASON, OtherReasonReferMH="MHS10305 primary_reason"),
    of_a_valid(OTHER_REASON, "MHS10306", "referral", REFERRALS), once(OTHER_REASON, "MHS10307", "ServiceRequestID OtherReasonReferMH"),
    *required(ONWARD, ServiceRequestID="MHS10501", OnwardReferDate="MHS10503"), *dates(ONWARD, DecisionToReferDate="MHS10511", OnwardReferDate="MHS10504"),
    *since_the_month_began(ONWARD, OnwardReferDate="MHS10521"), *until_the_month_ends(ONWARD, OnwardReferDate="MHS10522"), in_order(ONWARD, "MHS10512", "DecisionToReferDate", "OnwardReferDate"),
    *codes(ONWARD, OnwardReferReason="MHS10507 onward_reason", OATReason="MHS10516 out_of_area_reason"),
    of_a_valid(ONWARD, "MHS10510", "referral", REFERRALS),
)

RULES_OF_TEAMS = (
    *required(TEAM, CareProfTeamLocalID="MHS90205", OrgIDCareProfTeamLocalID="MHS90207", ServTeamTypeMH="MHS90209", ServTeamIntAgeGroup="MHS90212"),
    *codes(TEAM, ServTeamTypeMH="MHS90211 team_type", ServTeamIntAgeGroup="MHS90214 team_age_group"), once(TEAM, "MHS90201", "CareProfTeamLocalID"),
)

RULES_OF_PATIENTS: tuple[ReturnRule, ...] = (
    *RULES_OF_HEADER, *RULES_OF_MPI, *RULES_OF_GP, *RULES_OF_ACCOMMODATION, *RULES_OF_INDICATORS, *RULES_OF_REFERRALS, *RULES_OF_OTHER_SERVICES, *RULES_OF_TEAMS,
)
