"""Intervals for shares of counted people."""

from math import isnan, sqrt

Z_95 = 1.959963984540054


def wilson(part: int, whole: int, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper end of Wilson's score interval of part / whole (Wilson 1927; recommended by PHE for proportions).

    Raises ValueError unless 0 <= part <= whole and whole > 0.
    """
    if not 0 <= part <= whole or whole == 0:
        raise ValueError("wilson: the part must lie between 0 and the whole, and the whole above 0.")
    centre = (part + z * z / 2) / (whole + z * z)
    half = z * sqrt(part * (whole - part) / whole + z * z / 4) / (whole + z * z)
    return max(0.0, centre - half), min(1.0, centre + half)


def to_four_places(value: float | None) -> float | None:
    """A share as it is told; what is less than all stays less than all. None where it is not known."""
    if value is None or isnan(value):
        return None
    return round(float(value), 4) if value >= 1 else min(round(float(value), 4), 0.9999)
