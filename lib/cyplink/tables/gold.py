"""Gold: research-ready tables keyed by person_id. No direct identifier, no source id, no postcode."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql.types import BooleanType, DateType, DoubleType, IntegerType, LongType

from cyplink.tables import silver
from cyplink.tables.model import Column, Rule, Sensitivity, Severity, Table, text

OPEN, QUASI = Sensitivity.OPEN, Sensitivity.QUASI_IDENTIFIER

PERSON_ID = Column("person_id", LongType(), "The person: minted once by cyplink, means nothing outside it.", required=True)
RESPONSIBLE_AUTHORITY = text("responsible_authority", "DfE number of the council responsible for the child, from SSDA903; never residence.", OPEN, required=True)

PERSON = Table(
    name="gold.person",
    grain="one row per person",
    key=("person_id",),
    statistics=("person_id",),
    columns=(
        PERSON_ID,
        text("birth_month", "Year and month of birth, as 2012-05, as most of the person's records have it; null if none has a birth date.", QUASI, matches="^[0-9]{4}-[0-9]{2}$"),
        text("sex", "M or F as most records have it; null if unknown. Health sources state gender.", QUASI, allowed=("M", "F")),
        text("ethnic_category", "NHS 2001 16+1 category: the commonest stated one among the person's records, school before council before NHS; 99 not known.", QUASI),
        text("ethnic_group", "Five groups: White, Mixed, Asian, Black, Other; Unknown. Chinese is in Asian, Arab in Other.", QUASI,
             allowed=("White", "Mixed", "Asian", "Black", "Other", "Unknown")),
        Column("ethnicity_agrees", BooleanType(), "All records that state an ethnic category state the same; null when fewer than two do."),
        text("death_month", "Year and month of death, where a record gives one.", QUASI),
        Column("is_unaccompanied", BooleanType(), "Was ever returned as an unaccompanied asylum-seeking child."),
        Column("was_ever_looked_after", BooleanType(), "Has a looked-after episode in any return held."),
        Column("has_nhs_record", BooleanType(), "Linked to the NHS spine (PDS): events in NHS data can be seen at all."),
        Column("record_count", IntegerType(), "Local records linked to the person.", OPEN),
        Column("weakest_match_weight", IntegerType(), "Smallest match weight among the person's linked records, thousandths of a bit; null for a person of one record or of anchored ones only."),
        Column("is_in_review", BooleanType(), "Some record of the person awaits a reviewer."),
    ),
)

PERSON_SOURCE_LINK = Table(
    name="gold.person_source_link",
    grain="one row per local record of a person",
    key=("person_id", "record_token"),
    statistics=("person_id",),
    columns=(
        PERSON_ID,
        Column("record_token", LongType(), "Keyed hash of the local record, for gold only: the same record keeps it, nothing identifiable can be had from it.", required=True),
        text("source", "Which return or extract the record comes from.", OPEN, required=True),
        text("controller", "Who delivered it.", OPEN, required=True),
        Column("step", IntegerType(), "0 linked by the model; else the anchoring step; null for a record that stands alone.", OPEN),
        text("step_reason", "The step in words, or why the record stands alone.", OPEN, required=True),
        Column("match_weight", IntegerType(), "Mean match weight to the person's other named records, thousandths of a bit; an anchored record has its anchor's."),
        Column("margin", IntegerType(), "Lead over the next candidate person, thousandths of a bit."),
        text("status", "linked, single, review, anchored or unanchored.", OPEN, required=True),
        Column("model_version", IntegerType(), "Version of the registered model.", OPEN, required=True),
    ),
)

OBSERVATION_PERIOD = Table(
    name="gold.observation_period",
    grain="one row per person, feed and unbroken period in which the feed could have recorded the person",
    key=("person_id", "feed", "from_on"),
    statistics=("person_id",),
    columns=(
        PERSON_ID,
        text("feed", "looked_after (SSDA903), school (School Census), registration (PDS), mental_health (MHSDS).", OPEN, required=True,
             allowed=("looked_after", "school", "registration", "mental_health")),
        Column("from_on", DateType(), "First day.", required=True),
        Column("to_on", DateType(), "Last day; null for a registration that is current."),
        Column("delivered_from_on", DateType(), "mental_health only: first day of the unbroken run of months, all providers delivering, that the period lies in.", OPEN),
    ),
    row_rules=(Rule("ends_after_it_starts", "to_on >= from_on", Severity.FLAG),),
    note=(
        "mental_health: registered with a practice of an ICB all of whose mental-health providers delivered the months. Outside it, "
        "no contact means nothing. looked_after and school: the years and terms whose return is held and has the person in it."
    ),
)

RESIDENCE = Table(
    name="gold.residence",
    grain="one row per person and unbroken stay at one home; stays of a person do not overlap",
    key=("person_id", "from_on"),
    statistics=("person_id",),
    columns=(
        PERSON_ID,
        Column("from_on", DateType(), "First day of the stay.", required=True),
        Column("to_on", DateType(), "Last day; null for a stay that is current."),
        Column("home_number", IntegerType(), "Homes of the person numbered in the order they were first lived in: who goes back to one has its number again.", required=True),
        text("postcode_district", "Outward part of the home's postcode, as HA9; two homes may have the same.", QUASI, required=True),
        Column("is_placement", BooleanType(), "On some day of the stay SSDA903 has the looked-after child placed there.", required=True),
        text("source", "The source that counted on the first day of the stay.", OPEN, required=True),
        Column("is_contradicted", BooleanType(), "On some day of the stay an address begun earlier, of this or another source, has the person at another home.", required=True),
    ),
    row_rules=(Rule("ends_after_it_starts", "to_on >= from_on", Severity.FLAG),),
    note=(
        "Overlap rule. Statements of one source of one home that overlap or adjoin, over years and records, are one. On each day the home counts that was begun last "
        "(of two begun on one day SSDA903's, then case management's, PDS's, the School Census's); days in a row at one home are one stay, whoever states them. A home "
        "that others interrupt goes on after them if it is still stated. Days that no source states are in no stay. Homes are told apart by postcode; the council is not "
        "known from the district, which several may share."
    ),
)

LOOKED_AFTER_EPISODE = Table(
    name="gold.looked_after_episode",
    grain="one row per person and looked-after episode",
    key=("person_id", "responsible_authority", "started_on", "reason_new_episode"),
    statistics=("person_id", "responsible_authority"),
    columns=(
        PERSON_ID,
        RESPONSIBLE_AUTHORITY,
        *(
            silver.LOOKED_AFTER_EPISODE.column(name)
            for name in ("started_on", "reason_new_episode", "ended_on", "reason_ceased", "legal_status", "need",
                         "placement", "placement_provider", "reason_place_change")
        ),
        Column("period_of_care_started_on", DateType(), "Start of the unbroken period of care the episode is part of."),
        Column("is_respite", BooleanType(), "Legal status V3 or V4: left out of looked-after counts."),
        Column("returned_to_on", DateType(), "31 March of the last return that held the episode: an episode without an end is known to have been open up to then, no longer."),
    ),
)

MENTAL_HEALTH_REFERRAL = Table(
    name="gold.mental_health_referral",
    grain="one row per referral of a person",
    key=("referral_token",),
    statistics=("person_id",),
    columns=(
        Column("referral_token", LongType(), "The referral: keyed hash, meaningless elsewhere.", required=True),
        PERSON_ID,
        text("provider", "ODS code of the provider.", OPEN, required=True),
        *(
            silver.MENTAL_HEALTH_REFERRAL.column(name)
            for name in ("received_on", "source_of_referral", "primary_reason", "priority", "discharged_on",
                         "rejected_on", "closure_reason", "rejection_reason")
        ),
    ),
)

MENTAL_HEALTH_CONTACT = Table(
    name="gold.mental_health_contact",
    grain="one row per care contact or indirect activity of a person",
    key=("contact_token",),
    statistics=("person_id",),
    columns=(
        Column("contact_token", LongType(), "The contact: keyed hash, meaningless elsewhere.", required=True),
        Column("referral_token", LongType(), "Its referral.", required=True),
        PERSON_ID,
        text("provider", "ODS code of the provider.", OPEN, required=True),
        text("kind", "direct (care contact) or indirect (indirect activity).", OPEN, required=True, allowed=("direct", "indirect")),
        Column("contact_on", DateType(), "Date of the contact or activity.", required=True),
        text("mechanism", "ConsMechanismMH; null for indirect activity."),
        text("attendance", "AttendStatus; 5 and 6 are attended. Null for indirect activity."),
        Column("counts_as_access", BooleanType(), "NHS England's access measure: a direct contact attended (5 or 6), or indirect activity.", required=True),
        Column("duration_minutes", IntegerType(), "Clinical duration, minutes."),
    ),
)

SCHOOL_ENROLMENT = Table(
    name="gold.school_enrolment",
    grain="one row per person, census and school",
    key=("person_id", "census", "school_token"),
    statistics=("person_id", "census"),
    columns=(
        PERSON_ID,
        text("census", "Year and term, as 2025-spring.", OPEN, required=True),
        Column("school_token", LongType(), "The school: keyed hash of LA and establishment number.", required=True),
        text("school_authority", "DfE number of the council the school is in.", OPEN),
        *(silver.SCHOOL_ENROLMENT.column(name) for name in ("enrolment_status", "left_on", "year_group", "sen_provision")),
        Column("first_language_is_english", BooleanType(), "First language code ENG or ENB; null if not stated."),
        *(silver.SCHOOL_ENROLMENT.column(name) for name in ("is_part_time", "post_looked_after", "young_carer")),
    ),
)

LINKAGE_QUALITY = Table(
    name="gold.linkage_quality",
    grain="one row per kind of pair, group and value of the run's linkage",
    key=("pairs", "group", "value"),
    marked=False,
    columns=(
        text("pairs", "all (every pair of records of one person) or bridge (school or council record with an NHS record, sharing no NHS number).", OPEN, required=True, allowed=("all", "bridge")),
        text("group", "overall, ethnic_group (five groups), ethnic_category (DfE main code), sex, age_band, imd_quintile, borough, source_pair, looked_after, unaccompanied.", OPEN, required=True),
        text("value", "The group's value; `all` for overall.", OPEN, required=True),
        Column("true_pairs", LongType(), "Pairs that are one person by the synthetic truth, rounded by the disclosure profile.", OPEN),
        Column("linked_pairs", LongType(), "Pairs the linkage put together, rounded.", OPEN),
        Column("precision", DoubleType(), "Share of the linked pairs that are true; null when suppressed.", OPEN),
        Column("precision_low", DoubleType(), "Lower end of its 95 % Wilson interval.", OPEN),
        Column("precision_high", DoubleType(), "Upper end.", OPEN),
        Column("recall", DoubleType(), "Share of the true pairs that were linked; null when suppressed.", OPEN),
        Column("recall_low", DoubleType(), "Lower end of its 95 % Wilson interval.", OPEN),
        Column("recall_high", DoubleType(), "Upper end.", OPEN),
        Column("share_linked", DoubleType(), "Share of the group's records linked to at least one other.", OPEN),
        Column("b_cubed_precision", DoubleType(), "Mean over records of the share of their person that is truly theirs.", OPEN),
        Column("b_cubed_recall", DoubleType(), "Mean over records of the share of their true person they are with.", OPEN),
    ),
    note="Read from silver.identity and the synthetic truth by the quality job alone.",
)

LINKAGE_WEIGHT = Table(
    name="gold.linkage_weight",
    grain="one row per range of match weight that holds 200 scored pairs or more",
    key=("weight_from",),
    marked=False,
    columns=(
        Column("weight_from", IntegerType(), "Least match weight of the range, in bits.", OPEN, required=True),
        Column("weight_to", IntegerType(), "Where the range ends; null for the last, which has no end.", OPEN),
        Column("pairs", LongType(), "Pairs of named records scored with a weight in the range, rounded by the disclosure profile.", OPEN),
        Column("probability", DoubleType(), "Their mean match probability: what the model says.", OPEN),
        Column("share_true", DoubleType(), "Share of them that is one person by the synthetic truth.", OPEN),
        Column("share_true_low", DoubleType(), "Lower end of its 95 % Wilson interval.", OPEN),
        Column("share_true_high", DoubleType(), "Upper end.", OPEN),
        Column("precision_above", DoubleType(), "Share that is true of all scored pairs from this range up: what a threshold here would give, before clusters are made.", OPEN),
        Column("recall_above", DoubleType(), "Share of all true pairs of named records that was scored in this range or above.", OPEN),
    ),
    note="Reliability of the match probability, and the curve of thresholds. Read from scored pairs and the synthetic truth; empty where there is none.",
)

LINKAGE_CHECKS: Mapping[str, str] = {
    "seen_after_death": "people of whom one record gives a death and another a contact in person: such a contact is more than a week after it",
    "known_before_birth": "people of whom one record has an event and another a birth date: an event is more than 280 days before it, so that not even an unborn child was meant",
    "in_two_schools": "people with main registrations in two school records: both are in one census, at two schools",
    "in_two_hospitals": "people with hospital spells at two providers: two of them share two nights or more",
    "in_two_councils_care": "people looked after by two councils, short breaks apart: by both at once for more than 31 days",
    "birth_dates_years_apart": "people with a birth date in two records: two of them are more than two years apart",
    "sexes_differ": "people with a sex in two records: one says male and another female",
    "two_permanent_upns": "people with a permanent UPN in two records: they are not the same",
    "two_verified_nhs_numbers": "people with a verified NHS number in two records: they are not the same, mergers looked up; clustering refuses them, so that only a decision or an anchor can have made it",
    "born_twice": "people with a birth notification: two live births are notified of the person",
    "held_out_precision": "pairs of a school or council record and an NHS record that weigh enough without the NHS number, both having one: the numbers agree",
    "held_out_recall": "pairs of a school or council record and an NHS record that have the same NHS number: they meet and weigh enough without it",
    "blocking_reach_two_groups": "pairs of one person that blocking meets, of a sample of people: share of those there are, by Chapman's estimate from identifiers and all other rules",
    "blocking_reach_several": "the same, by Chao's estimate from rules of identifiers, of names and of addresses",
    "blocking_reach_linked": "pairs of named records of one person, of a sample of people: a rule meets the two themselves, not only through other records",
    "person_changed": "records that had a person before the ledger's last entry and are there still: they are of another person since",
    "links_lost": "links before the ledger's last entry, of records that are there still: no longer in one person",
    "links_gained": "links there are now: not there before the ledger's last entry, new records' included",
}
"""What is told of links without a truth, by name: of how many, and of which of them the share is."""

LINKAGE_CHECK = Table(
    name="gold.linkage_check",
    grain="one row per measure of the run's linkage that needs no truth, group and value",
    key=("measure", "group", "value"),
    marked=False,
    columns=(
        text("measure", "; ".join(f"{name}: {meaning}" for name, meaning in LINKAGE_CHECKS.items()) + ".", OPEN, required=True, allowed=tuple(LINKAGE_CHECKS)),
        text("group", "overall, sex, ethnic_group, born (five years), looked_after and unaccompanied, as gold.person has them; source_pair; cause (of the ledger's events). A pair of a school or council record and an NHS record is in the group of the former's person.", OPEN, required=True),
        text("value", "The group's value; `all` for overall.", OPEN, required=True),
        Column("counted", LongType(), "Of how many people, pairs, records or links that could show it, rounded by the disclosure profile; null when suppressed.", OPEN),
        Column("share", DoubleType(), "Share of them that does; null when suppressed.", OPEN),
        Column("share_low", DoubleType(), "Lower end of its 95 % interval: Wilson's; of blocking_reach a jackknife's over twenty parts of the sample, null where nothing is missed.", OPEN),
        Column("share_high", DoubleType(), "Upper end.", OPEN),
    ),
    note=(
        "What is implausible is counted between records of one person, never within one record, which is its source's own fault; it holds recording errors beside false "
        "links, so that it says more by its change and by who has more of it than by its size. The held-out NHS number sees only records that have one, which are better "
        "kept than others, and only pairs, not what a person's other records add; a number that is wrong in a council's record counts as a false link. Capture and recapture takes the "
        "groups of rules to be independent given the pair; a badly kept record is missed by all of them together, so that they may say too little is missed, and sources that share no identifier make Chapman's say too much. Intervals take people and "
        "pairs as drawn by chance, and say nothing of these. The ledger's last entry is the last run that changed anybody."
    ),
)


@dataclass(frozen=True)
class Aim:
    """What a measure of gold.linkage_goal is the share of, and what the share should at least, or at most, come to; neither where nothing is set."""

    meaning: str
    at_least: float | None = None
    at_most: float | None = None


LINKAGE_GOALS = {
    "pupils_found_on_the_spine": Aim("pupils who have a PDS record: each of their School Census records is in one person with one", at_least=0.97),
    "patients_found_in_school": Aim("patients in MHSDS, aged 5 to 15 at the end of March 2026, who have a School Census record: each of their MHSDS records is in one person with one", at_least=0.95),
    "twins_joined": Aim("pairs of children of one multiple birth: some records of theirs are in one person", at_most=1 / 2000),
    "siblings_joined": Aim("pairs of children of one mother, not of one birth: some records of theirs are in one person"),
    "adoptions_rejoined": Aim("adopted children of whose life before and life after there are records: some of both are in one person", at_most=0.0),
}
"""What is told of the links against the synthetic truth, by name."""

LINKAGE_GOAL = Table(
    name="gold.linkage_goal",
    grain="one row per thing that the run's links are for",
    key=("measure",),
    marked=False,
    columns=(
        text("measure", "; ".join(f"{name}: {aim.meaning}" for name, aim in LINKAGE_GOALS.items()) + ".", OPEN, required=True, allowed=tuple(LINKAGE_GOALS)),
        Column("counted", LongType(), "Of how many people, or pairs of people, by the synthetic truth, rounded by the disclosure profile; null when suppressed.", OPEN),
        Column("share", DoubleType(), "Share of them that is found, or joined; null when suppressed.", OPEN),
        Column("share_low", DoubleType(), "Lower end of its 95 % Wilson interval.", OPEN),
        Column("share_high", DoubleType(), "Upper end.", OPEN),
        Column("at_least", DoubleType(), "What the share should at least come to; null where nothing is set.", OPEN),
        Column("at_most", DoubleType(), "What the share should at most come to; null where nothing is set.", OPEN),
    ),
    note="Read from silver.identity and the synthetic truth by this job alone; empty where there is no truth. Withheld people are not counted.",
)
