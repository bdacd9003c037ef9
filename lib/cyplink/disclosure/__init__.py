"""Statistical disclosure control: profiles of the data's controllers, what to hide, what an attacker could still work out."""

from cyplink.disclosure.counts import hide_counts, publish_counts, round_count, round_counts, shown
from cyplink.disclosure.settings import DisclosureSettings, Profile

__all__ = ["DisclosureSettings", "Profile", "hide_counts", "publish_counts", "round_count", "round_counts", "shown"]
