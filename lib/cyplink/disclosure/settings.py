"""Disclosure profiles as the data's controllers state them, and the one that holds: the strictest of those named."""

from collections.abc import Iterable, Mapping
from math import lcm

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Profile(BaseModel):
    """One controller's rule. Counts from 1 to `threshold` - 1 are hidden, zeros too unless `shows_zeros`; others are
    rounded to the nearest `round_to`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: int = Field(ge=1)
    round_to: int = Field(ge=1)
    shows_zeros: bool
    source: str = Field(default="", description="Where the rule is stated.")

    def is_sensitive(self, count: int) -> bool:
        """Whether the profile hides this count."""
        return not self.shows_zeros if count == 0 else count < self.threshold


class DisclosureSettings(BaseModel):
    """All known profiles by name, and the names of those that hold for what this project publishes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profiles: Mapping[str, Profile]
    holds: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_known(self) -> "DisclosureSettings":
        if unknown := sorted(set(self.holds) - set(self.profiles)):
            raise ValueError(f"holds names profiles that are not declared: {', '.join(unknown)}; declared: {', '.join(self.profiles)}")
        return self

    @property
    def profile(self) -> Profile:
        """The strictest of the profiles that hold."""
        return strictest(self.profiles[name] for name in self.holds)


def strictest(profiles: Iterable[Profile]) -> Profile:
    """One profile that satisfies all: the highest threshold, a base that is a multiple of each, zeros only if all show them."""
    held = list(profiles)
    return Profile(
        threshold=max(profile.threshold for profile in held),
        round_to=lcm(*(profile.round_to for profile in held)),
        shows_zeros=all(profile.shows_zeros for profile in held),
        source="; ".join(profile.source for profile in held if profile.source),
    )
