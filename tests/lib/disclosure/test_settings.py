"""Profiles: the strictest holds, unknown names and keys are refused, the project's own file is sound."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cyplink.disclosure import DisclosureSettings, Profile
from cyplink.disclosure.settings import strictest

CONF = Path(__file__).parents[3] / "conf" / "disclosure.yaml"


def test_the_strictest_profile_satisfies_all() -> None:
    found = strictest([Profile(threshold=6, round_to=10, shows_zeros=True), Profile(threshold=8, round_to=4, shows_zeros=False)])
    assert (found.threshold, found.round_to, found.shows_zeros) == (8, 20, False)


def test_the_project_hides_below_ten_and_rounds_to_five() -> None:
    profile = DisclosureSettings(**yaml.safe_load(CONF.read_text(encoding="utf-8"))).profile
    assert (profile.threshold, profile.round_to, profile.shows_zeros) == (10, 5, False)


def test_a_profile_that_is_not_declared_is_refused() -> None:
    with pytest.raises(ValidationError, match="not declared: nhs"):
        DisclosureSettings(profiles={"dfe": Profile(threshold=6, round_to=1, shows_zeros=True)}, holds=("nhs",))


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="treshold"):
        Profile(threshold=6, round_to=1, shows_zeros=True, treshold=3)  # type: ignore[call-arg]
