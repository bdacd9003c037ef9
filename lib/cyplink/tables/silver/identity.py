"""Who: silver.identity, the numbers it rests on, and the characteristics that quality is told apart by."""

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DateType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from cyplink.tables.model import Column, Rule, Severity, Table, text
from cyplink.tables.silver.columns import CONTROLLER, DIRECT, OPEN, PERIOD, QUASI, RECORD_ID, SLICES, SOURCE

DATED_POSTCODE = StructType(
    [
        StructField("postcode", StringType()),
        StructField("from_on", DateType()),
        StructField("to_on", DateType()),
    ]
)

IDENTITY = Table(
    name="silver.identity",
    grain="one row per source, controller and local person id, accumulated over deliveries",
    key=("record_id",),
    slices=SLICES,
    statistics=("record_id", "source", "controller"),
    columns=(
        RECORD_ID,
        Column("record_version", LongType(), "63 bits of a hash of the linkage columns: changes when any of them does.", required=True),
        SOURCE,
        CONTROLLER,
        text("local_id", "The source's own person id; a keyed hash of name and birth date for a pupil without a UPN.", DIRECT),
        text("alternative_local_id", "A second id the source knows the person by (a council's legacy id).", DIRECT),
        text("forename", "First forename as last recorded, upper case, no diacritics or punctuation; null if a placeholder.", DIRECT),
        text("middle_names", "Further forenames, standardised.", DIRECT),
        text("surname", "Surname as last recorded, standardised.", DIRECT),
        Column("forenames", ArrayType(StringType()), "Every forename recorded, middle names and parts included, sorted.", DIRECT),
        Column("surnames", ArrayType(StringType()), "Every surname recorded (former, preferred, previous; parts of double-barrelled), sorted.", DIRECT),
        Column("date_of_birth", DateType(), "As last recorded; null if absent or not a date.", QUASI),
        text("date_of_birth_quality", "Whether the birth date looks like a default.", QUASI,
             allowed=("recorded", "default_first_of_january", "default_fifteenth")),
        Column("date_of_death", DateType(), "As recorded by the source.", QUASI),
        text("sex", "M, F, or null when unknown; health sources state gender, so never a hard rule.", QUASI, allowed=("M", "F")),
        text("postcode", "Latest home postcode, upper case without a space; null if a pseudo or office postcode.", QUASI),
        Column("postcodes", ArrayType(StringType()), "Every usable postcode recorded, sorted.", QUASI),
        Column("dated_postcodes", ArrayType(DATED_POSTCODE), "The same with the dates the source gives, sorted.", QUASI),
        Column("uprns", ArrayType(LongType()), "Every property reference recorded, sorted.", QUASI),
        Column("nhs_number", LongType(), "Valid NHS number as recorded; null if absent or its check digit is wrong.", DIRECT),
        text("nhs_number_status", "01 verified ... 08; PDS rows are 01; blank for council records.", OPEN),
        text("upn", "Permanent UPN with a right check letter.", DIRECT),
        Column("upns", ArrayType(StringType()), "Every well-formed UPN recorded, former and temporary included, sorted.", DIRECT),
        text("school", "Latest school: LA number and establishment number.", QUASI),
        text("practice", "Latest general practice, ODS code.", QUASI),
        Column("main_registrations", ArrayType(StringType()), "Censuses (periods) in which the pupil was a main registration (C or M), sorted.", QUASI),
        text("multiple_birth_id", "The multiple birth the child is of, where a birth notification says so: a keyed hash of the mother's NHS number and the birth date.", QUASI),
        Column("multiple_birth_order", IntegerType(), "Order within the multiple birth.", QUASI),
        Column("is_placeholder_name", BooleanType(), "The source gave a name such as BABY or TWIN ONE.", OPEN),
        Column("is_named", BooleanType(), "The source gives names, so the record can be compared by the model.", OPEN, required=True),
        text("first_period", "Earliest period the record was delivered in.", OPEN),
        text("last_period", "Latest period the record was delivered in.", OPEN),
    ),
    row_rules=(
        Rule("born_in_the_past", "date_of_birth <= date '2026-12-31'", Severity.FLAG, "A birth date lies in the future."),
        Rule("local_id_is_not_a_placeholder", "upper(local_id) not in ('UNKNOWN', 'N/A', '0')", Severity.QUARANTINE, "The person id says that there is none."),
        Rule("person_is_delivered", "person_is_delivered or record_id is null", Severity.QUARANTINE, "An address or registration is of a person the same delivery does not hold."),
        Rule("date_of_birth_is_a_date", "date_of_birth_is_a_date", Severity.FLAG, "A birth date is given and is not a date."),
        Rule("nhs_number_is_valid", "nhs_number_is_valid", Severity.FLAG, "An NHS number is given and its check digit is wrong."),
        Rule("nhs_number_is_own", "nhs_number_is_own", Severity.FLAG, "The NHS number given as the child's is the mother's, or the child's is given as the mother's."),
        Rule("upn_is_valid", "upn_is_valid", Severity.FLAG, "A UPN is given and its check letter is wrong."),
    ),
    note="Linkage reads this table only. No attribute of the child is here beyond what identifies.",
)

NHS_NUMBER_MERGER = Table(
    name="silver.nhs_number_merger",
    grain="one row per superseded NHS number",
    key=("superseded_nhs_number",),
    slices=SLICES,
    columns=(
        SOURCE,
        CONTROLLER,
        Column("superseded_nhs_number", LongType(), "The number no longer in use.", DIRECT, required=True),
        Column("current_nhs_number", LongType(), "The number that replaced it (chains are followed).", DIRECT, required=True),
        Column("merged_on", DateType(), "When the two were merged."),
        PERIOD,
    ),
)

WITHHELD_NHS_NUMBER = Table(
    name="silver.withheld_nhs_number",
    grain="one row per NHS number that may not be used, as a keyed token, and reason",
    key=("nhs_number_token", "reason"),
    marked=False,
    columns=(
        text("source", "Where it is stated.", OPEN, required=True),
        text("controller", "Who states it; the smallest code where several do.", OPEN, required=True),
        Column("nhs_number_token", LongType(), "63 bits of a keyed hash of the NHS number.", DIRECT, required=True),
        text("reason", "Why it is withheld.", required=True,
             allowed=("confidential_on_pds", "flagged_by_practice", "national_data_opt_out", "local_objection", "withdrawn")),
        PERIOD,
    ),
    note="Counted, never listed: read only by the door and by the person-level exclusion.",
)

RECORD_CHARACTERISTIC = Table(
    name="silver.record_characteristic",
    grain="one row per record of silver.identity: what gold may say of the person, without identifiers",
    key=("record_id",),
    slices=SLICES,
    columns=(
        RECORD_ID, SOURCE, CONTROLLER,
        text("birth_month", "Year and month of birth, as 2012-05; null if absent or not a date.", QUASI),
        text("death_month", "Year and month of death.", QUASI),
        text("sex", "M, F, or null when unknown.", QUASI, allowed=("M", "F")),
        text("ethnicity_as_delivered", "The source's latest code (DfE main or extended, or NHS 16+1)."),
        text("ethnic_category", "NHS 2001 16+1 category, by conf/codelists/ethnicity.csv; Z not stated, 99 not known; null if the source gives none."),
        PERIOD,
    ),
    row_rules=(
        Rule("ethnicity_is_a_known_code", "ethnicity_as_delivered is null or ethnic_category is not null", Severity.FLAG, "The code is in no coding of conf/codelists/ethnicity.csv."),
    ),
)
