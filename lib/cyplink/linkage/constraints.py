"""What no union may break (DESIGN §4.1.4), whatever the weights say: hard constraints between two clusters of records.

Facts are by record number (0..n-1); a cluster's facts are those of its members put together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

TWO_NUMBERS = "two_verified_nhs_numbers"
SEALED = "sealed_pair"
NEVER = "never_link"
BIRTH_ORDER = "different_birth_order"
TWO_PUPILS = "two_main_registrations"

Pair = tuple[int, int]


@dataclass(frozen=True)
class Facts:
    """What the constraints look at. `verified` is the NHS number (after mergers) of status 01, 0 for none."""

    verified: Sequence[int]
    multiple_birth: Sequence[tuple[str, int] | None]
    main_registrations: Sequence[tuple[str, ...]]
    upn: Sequence[str | None]
    born_on: Sequence[date | None]
    sealed: frozenset[Pair] = frozenset()
    never: frozenset[Pair] = frozenset()
    must: frozenset[Pair] = frozenset()

    def apart(self) -> dict[int, dict[int, str]]:
        """Which records may not be with which, by decision or seal."""
        found: dict[int, dict[int, str]] = {}
        for pairs, name in ((self.never, NEVER), (self.sealed, SEALED)):
            for a, b in pairs:
                found.setdefault(a, {})[b] = name
                found.setdefault(b, {})[a] = name
        return found


@dataclass
class Cluster:
    """Records taken as one person, and the facts of them that constraints look at."""

    members: list[int]
    verified: set[int] = field(default_factory=set)
    births: dict[str, int] = field(default_factory=dict)
    pupils: dict[str, set[tuple[str, date]]] = field(default_factory=dict)

    @classmethod
    def of(cls, record: int, facts: Facts) -> "Cluster":
        one = cls([record])
        if facts.verified[record]:
            one.verified.add(facts.verified[record])
        birth = facts.multiple_birth[record]
        if birth:
            one.births[birth[0]] = birth[1]
        upn, born_on = facts.upn[record], facts.born_on[record]
        if upn and born_on:
            one.pupils = {census: {(upn, born_on)} for census in facts.main_registrations[record]}
        return one

    def absorb(self, other: "Cluster") -> None:
        """Take in another cluster, which no constraint refuses."""
        self.members += other.members
        self.verified |= other.verified
        self.births |= other.births
        for census, pupils in other.pupils.items():
            self.pupils.setdefault(census, set()).update(pupils)


def refusal(one: Cluster, other: Cluster, apart: dict[int, dict[int, str]]) -> str:
    """Name of the constraint that refuses the union; empty when none does."""
    # First, so that a seal is never told as something for a reviewer to look into: the two lives have two numbers.
    decided = _decided(one.members, other.members, apart)
    if decided:
        return decided
    if one.verified and other.verified and one.verified != other.verified:
        return TWO_NUMBERS
    if any(other.births.get(birth, order) != order for birth, order in one.births.items()):
        return BIRTH_ORDER
    for census in one.pupils.keys() & other.pupils.keys():
        if any(a[0] != b[0] and a[1] != b[1] for a in one.pupils[census] for b in other.pupils[census]):
            return TWO_PUPILS
    return ""


def _decided(one: Iterable[int], other: Sequence[int], apart: dict[int, dict[int, str]]) -> str:
    if not apart:
        return ""
    members = set(other)
    for record in one:
        for partner, name in apart.get(record, {}).items():
            if partner in members:
                return name
    return ""
