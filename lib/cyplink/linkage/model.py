"""What is compared and how finely: the comparisons of the Splink model over table `record` (records.py).

Judgements: another forename with the same birth date and the same surname or address is read as a twin or sibling, by a
weight policy fixes; identifiers are comparisons like others, so that names and birth date can outvote a wrong one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from splink import SettingsCreator, block_on
from splink.internals.comparison_level_creator import ComparisonLevelCreator
from splink.internals.comparison_level_library import CustomLevel
from splink.internals.comparison_library import CustomComparison

from cyplink.linkage.records import BLOCKING_RULES, BlockingRule, Further
from cyplink.linkage.settings import LinkageSettings

LINKER_UID = "cyplink"
NAME_COLUMNS = ("forename", "surname")

MINIMUM_M = 0.0005
"""No trained chance in one person is below this: a field may always be wrong."""

WHEN_NEVER_SEEN = {
    "one letter differs or two are exchanged": (0.01, 0.0005),
    "one is among the other's forenames": (0.02, 0.005),
    "another forename in common": (0.01, 0.005),
    "one shortens the other": (0.01, 0.0005),
    "same, but it looks like a default": (0.004, 0.00005),
    "day and month the other way round": (0.002, 0.00015),
    "same year, one looks like a default": (0.002, 0.001),
    "a surname in common": (0.02, 0.0005),
}
"""m and u of levels that a small population may not show (engineering judgement)."""

_SHARED_ADDRESS = "(list_has_any(uprns_l, uprns_r) or list_has_any(postcodes_l, postcodes_r))"
_SWAPPED = (
    "(forename_l <> surname_l and forename_r <> surname_r and jaro_winkler_similarity(forename_l, forename_r) < 0.8"
    " and (list_contains(surnames_r, forename_l) or jaro_winkler_similarity(forename_l, surname_r) >= 0.83)"
    " and (list_contains(surnames_l, forename_r) or jaro_winkler_similarity(forename_r, surname_l) >= 0.83))"
)
"""Each forename is, or nearly is, a surname of the other, and they are not alike: exchanged in one of the two records, perhaps spelt
otherwise as well."""

_ONE_SLIP = "length(forename_l) > 2 and length(forename_r) > 2 and damerau_levenshtein(forename_l, forename_r) <= 1"
_SAME_FAMILY = f"(dob_l = dob_r and (list_has_any(surnames_l, surnames_r) or {_SHARED_ADDRESS}))"
_DAY_MONTH_SWAPPED = "(birth_year_l = birth_year_r and day(dob_l) = month(dob_r) and month(dob_l) = day(dob_r))"
_DEFAULT_DOB = "(has_default_dob_l or has_default_dob_r)"
_PARTS_OF_DATE = (
    "((birth_year_l = birth_year_r)::int + (month(dob_l) = month(dob_r))::int + (day(dob_l) = day(dob_r))::int)"
)


NEARER: dict[str, tuple[str, ...]] = {
    "forename": ("same", "spelt alike", "somewhat alike", "different"),
    "surname": ("same", "spelt alike", "somewhat alike", "different"),
    "date_of_birth": ("same", "one digit differs or two are exchanged", "at most a year apart", "different"),
    "sex": ("same", "different"),
    "address": ("a property in common", "a postcode in common", "a postcode sector in common", "a postcode district in common", "different"),
    "nhs_number": ("same, after mergers", "different"),
    "upn": ("a UPN in common", "different, not both permanent"),
}
"""Levels of a comparison that are plainly each nearer than the next, so that each must weigh more."""

NEARER_OF_FURTHER = ("same", "near", "spelt alike", "somewhat alike", "different")

M_WHEN_UNTRAINED = 0.9, 0.05, 0.05
"""m of a comparison's closest level, of those between together, and of the farthest, where no training session met the comparison
(engineering judgement)."""


@dataclass(frozen=True)
class Shape:
    """What there is to compare and to learn from: `lacking`, comparisons whose columns are not there; `further` columns; blocking rules; columns
    of table `record` in whose blocks m is trained, and whether a name's m is trained without a look at the other name and the birth date, for
    there is no identifier whose blocks would show it; and SQL of pairs l and r of it that are taken as one person to begin with."""

    lacking: frozenset[str] = frozenset()
    further: tuple[Further, ...] = ()
    rules: tuple[BlockingRule, ...] = BLOCKING_RULES
    sessions: tuple[tuple[str, ...], ...] = (("nhs_number",), ("upn",), ("forename", "dob"))
    names_apart: bool = False
    certain: tuple[str, ...] = ("l.nhs_number = r.nhs_number", "l.upn = r.upn", "l.forename = r.forename and l.surname = r.surname and l.dob = r.dob")

    @property
    def terms(self) -> tuple[str, ...]:
        """Columns whose values count for more the rarer they are."""
        return (*(name for name in NAME_COLUMNS if name not in self.lacking), *(one.name for one in self.further if one.kind != "near"))


SILVER = Shape()
"""What silver.identity has."""


@dataclass(frozen=True)
class Facts:
    """What the population says by itself: chances that two different people agree, and the prior."""

    people: int
    shared_property: float
    shared_postcode: float
    prior: float


def _level(sql: str, label: str, **options: Any) -> ComparisonLevelCreator:
    return CustomLevel(sql, label).configure(**options) if options else CustomLevel(sql, label)


def _null(sql: str) -> ComparisonLevelCreator:
    return CustomLevel(sql, "missing").configure(is_null_level=True)


def _by_policy(sql: str, label: str, weight: float) -> ComparisonLevelCreator:
    """A level of a set weight: m and u are the two numbers of that ratio whose larger is one half; neither is trained."""
    m, u = (0.5, 0.5 * 2.0**-weight) if weight > 0 else (0.5 * 2.0**weight, 0.5)
    return CustomLevel(sql, label).configure(m_probability=m, u_probability=u, fix_m_probability=True, fix_u_probability=True)


def _known_u(sql: str, label: str, u: float) -> ComparisonLevelCreator:
    return CustomLevel(sql, label).configure(u_probability=u, fix_u_probability=True)


def _other_forename_shared(by_custom: Sequence[str]) -> str:
    """SQL: a forename beside the first in common, other than one that custom gives to brothers and sisters alike (KAUR, BIBI)."""
    listed = ", ".join(f"'{name}'" for name in by_custom)
    return f"len(list_filter(list_intersect(forenames_l, forenames_r), lambda name: name not in ({listed}))) > 0"


def _forename(settings: LinkageSettings) -> CustomComparison:
    policy = settings.policy
    return CustomComparison(
        output_column_name="forename",
        comparison_levels=[
            _null("forename_l is null or forename_r is null"),
            _level("forename_l = forename_r", "same", tf_adjustment_column="forename",
                   tf_adjustment_weight=1.0, tf_minimum_u_value=policy.minimum_name_frequency),
            _by_policy(_SWAPPED, "forename and surname the other way round", policy.swapped_names_weight),
            _level("jaro_winkler_similarity(forename_l, forename_r) >= 0.93", "spelt alike"),
            _level(_ONE_SLIP, "one letter differs or two are exchanged"),
            _level("list_contains(forenames_l, forename_r) or list_contains(forenames_r, forename_l)", "one is among the other's forenames"),
            _level(_other_forename_shared(policy.forenames_by_custom), "another forename in common"),
            _level("length(forename_skeleton_l) > 1 and forename_skeleton_l = forename_skeleton_r", "same consonants"),
            _level("length(forename_l) > 2 and length(forename_r) > 2 and (starts_with(forename_l, forename_r) or starts_with(forename_r, forename_l))", "one shortens the other"),
            _by_policy(_SAME_FAMILY, "another forename, same birth date, same surname or address", policy.twin_weight),
            _level("jaro_winkler_similarity(forename_l, forename_r) >= 0.8", "somewhat alike"),
            _level("ELSE", "different"),
        ],
    )


def _surname(settings: LinkageSettings) -> CustomComparison:
    return CustomComparison(
        output_column_name="surname",
        comparison_levels=[
            _null(f"surname_l is null or surname_r is null or {_SWAPPED}"),
            _level("surname_l = surname_r", "same", tf_adjustment_column="surname", tf_adjustment_weight=1.0,
                   tf_minimum_u_value=settings.policy.minimum_name_frequency),
            _level("jaro_winkler_similarity(surname_l, surname_r) >= 0.93", "spelt alike"),
            _level("list_has_any(surnames_l, surnames_r)", "a surname in common"),
            _level("length(surname_skeleton_l) > 1 and surname_skeleton_l = surname_skeleton_r", "same consonants"),
            _level("jaro_winkler_similarity(surname_l, surname_r) >= 0.85", "somewhat alike"),
            _level("ELSE", "different"),
        ],
    )


def _date_of_birth() -> CustomComparison:
    return CustomComparison(
        output_column_name="date_of_birth",
        comparison_levels=[
            _null("dob_l is null or dob_r is null"),
            _level(f"dob_l = dob_r and not {_DEFAULT_DOB}", "same"),
            _level("dob_l = dob_r", "same, but it looks like a default"),
            _level(_DAY_MONTH_SWAPPED, "day and month the other way round"),
            _level("damerau_levenshtein(dob_text_l, dob_text_r) <= 1", "one digit differs or two are exchanged"),
            _level(f"{_PARTS_OF_DATE} = 2", "two of day, month and year"),
            _level(f"birth_year_l = birth_year_r and {_DEFAULT_DOB}", "same year, one looks like a default"),
            _level("abs(birth_year_l - birth_year_r) <= 1", "at most a year apart"),
            _level("ELSE", "different"),
        ],
    )


def _sex() -> CustomComparison:
    return CustomComparison(
        output_column_name="sex",
        comparison_levels=[_null("sex_l is null or sex_r is null"), _level("sex_l = sex_r", "same"), _level("ELSE", "different")],
    )


def _address(facts: Facts) -> CustomComparison:
    return CustomComparison(
        output_column_name="address",
        comparison_levels=[
            _null("len(postcodes_l) = 0 or len(postcodes_r) = 0"),
            _known_u("list_has_any(uprns_l, uprns_r)", "a property in common", facts.shared_property),
            _known_u("list_has_any(postcodes_l, postcodes_r)", "a postcode in common", facts.shared_postcode),
            _level("list_has_any(sectors_l, sectors_r)", "a postcode sector in common"),
            _level("list_has_any(districts_l, districts_r)", "a postcode district in common"),
            _level("ELSE", "different"),
        ],
    )


def _nhs_number(facts: Facts) -> CustomComparison:
    chance = 1 / facts.people
    return CustomComparison(
        output_column_name="nhs_number",
        comparison_levels=[
            _null("nhs_number_l is null or nhs_number_r is null"),
            _known_u("nhs_number_l = nhs_number_r", "same, after mergers", chance),
            _known_u("ELSE", "different", 1 - chance),
        ],
    )


def _upn(facts: Facts, settings: LinkageSettings) -> CustomComparison:
    chance = 1 / facts.people
    return CustomComparison(
        output_column_name="upn",
        comparison_levels=[
            _null("len(upns_l) = 0 or len(upns_r) = 0"),
            _known_u("list_has_any(upns_l, upns_r)", "a UPN in common", chance),
            _by_policy("upn_l <> upn_r", "two permanent UPNs", settings.policy.two_permanent_upns_weight),
            _by_policy("ELSE", "different, not both permanent", 0.0),
        ],
    )


def _further(one: Further, settings: LinkageSettings) -> CustomComparison:
    left, right = f"{one.name}_l", f"{one.name}_r"
    same = _level(f"{left} = {right}", "same", tf_adjustment_column=one.name, tf_adjustment_weight=1.0, tf_minimum_u_value=settings.policy.minimum_name_frequency)
    between = {
        "same": [],
        "alike": [_level(f"jaro_winkler_similarity({left}, {right}) >= {least}", label) for least, label in ((0.92, "spelt alike"), (0.8, "somewhat alike"))],
        "near": [_level(f"abs({left} - {right}) <= {one.within}", "near")],
    }[one.kind]
    first = _level(f"{left} = {right}", "same") if one.kind == "near" else same
    levels = [_null(f"{left} is null or {right} is null"), first, *between, _level("ELSE", "different")]
    return CustomComparison(output_column_name=one.name, comparison_levels=levels)


def splink_settings(facts: Facts, settings: LinkageSettings, shape: Shape = SILVER) -> SettingsCreator:
    """The untrained model: comparisons, the one blocking rule over `block_keys`, and what policy and population fix."""
    comparisons = {
        "forename": _forename(settings), "surname": _surname(settings), "date_of_birth": _date_of_birth(), "sex": _sex(), "address": _address(facts),
        "nhs_number": _nhs_number(facts), "upn": _upn(facts, settings),
    }  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[*(comparison for name, comparison in comparisons.items() if name not in shape.lacking), *(_further(one, settings) for one in shape.further)],
        blocking_rules_to_generate_predictions=[block_on("block_keys", arrays_to_explode=["block_keys"])],
        probability_two_random_records_match=facts.prior,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        linker_uid=LINKER_UID,
    )
