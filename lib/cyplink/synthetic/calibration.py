"""Published figures the synthetic London is calibrated to, one `Borough` per local authority.

Counts: DfE and ONS, conf/calibration/london.csv. A suppressed cell (`c`) shares what its total leaves over.
Year 2026 is not published yet: stock and starts of 2025 are carried forward.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from cyplink.synthetic.streams import Floats

HERE = Path(__file__).parent
CALIBRATION = Path(__file__).resolve().parents[3] / "conf" / "calibration"
NORTH_WEST_LONDON = "QRV"


@dataclass(frozen=True)
class Borough:
    """One local authority: what is published about its children and its looked-after children."""

    la: str
    name: str
    icb: str
    children: int
    stock: dict[int, int]
    starts: dict[int, int]
    composition: dict[str, dict[str, float]]
    indicators: dict[str, float]
    ethnic_share: Floats
    mental_health: tuple[float, float]
    in_need: int = 0
    on_protection_plans: int = 0


@cache
def ethnic_groups() -> pd.DataFrame:
    """DfE main ethnic codes: ethnic, broad, census, child_factor, nhs, extended (space separated)."""
    return pd.read_csv(HERE / "ethnic_groups.csv", keep_default_na=False)


@cache
def places() -> pd.DataFrame:
    """Authorities where children live or are placed: la, name, icb_ods, distance, districts."""
    return pd.read_csv(HERE / "places.csv", dtype=str)


@cache
def icb_codes() -> dict[str, str]:
    """ODS code of the integrated care board of each authority in `places`."""
    return dict(zip(places()["la"], places()["icb_ods"], strict=True))


@cache
def borough_list() -> pd.DataFrame:
    """The 33 London authorities: la, name, gss_code, icb, icb_ods, north_west_london."""
    return pd.read_csv(CALIBRATION / "boroughs.csv", dtype=str)


def boroughs(names: str) -> list[str]:
    """DfE LA numbers for `nwl`, `london`, or borough names or numbers separated by commas.

    Raises ValueError listing the valid names when one is not known.
    """
    known = borough_list()
    if names.strip().lower() == "london":
        return sorted(known["la"])
    if names.strip().lower() == "nwl":
        return sorted(known.loc[known["north_west_london"] == "yes", "la"])
    by_name = dict(zip(known["name"].str.lower(), known["la"], strict=True)) | {la: la for la in known["la"]}
    wanted = [part.strip().lower() for part in names.split(",") if part.strip()]
    unknown = [part for part in wanted if part not in by_name]
    if unknown or not wanted:
        raise ValueError(
            f"{len(unknown)} of {len(wanted)} borough names are not known ({', '.join(unknown)}). Use nwl, london, "
            f"DfE LA numbers or names separated by commas: {', '.join(known['name'])}."
        )
    return sorted({by_name[part] for part in wanted})


def load(numbers: Sequence[str]) -> list[Borough]:
    """The calibration of the given DfE LA numbers, in their order."""
    figures = published()
    listed = borough_list().set_index("la")
    return [_borough(la, listed.loc[[la]].iloc[0], figures[figures["la"] == la]) for la in numbers]


@cache
def published() -> pd.DataFrame:
    """Published figures: la, measure, value (`c` where suppressed), year, source."""
    return pd.concat([pd.read_csv(CALIBRATION / f"{name}.csv", dtype=str) for name in ("london", "indicators")], ignore_index=True)


def _borough(la: str, row: pd.Series, figures: pd.DataFrame) -> Borough:
    rows = list(zip(figures["measure"], figures["year"], figures["value"], strict=True))
    value = {(str(measure), str(year)): str(count) for measure, year, count in rows}
    stock = {year: _count(value.get(("cla_31_march", str(year))), 7) for year in (2023, 2024, 2025)}
    starts = {year: _count(value.get(("cla_starting_in_year", str(year))), 5) for year in (2024, 2025)}
    return Borough(
        la=la,
        name=str(row["name"]),
        icb=str(row["icb_ods"]),
        children=_count(value.get(("population_0_17", "2024")), 0),
        stock=stock | {2026: stock[2025]},
        starts=starts | {2026: starts[2025]},
        composition=_composition(figures, stock[2025]),
        indicators={
            measure.split("|")[1]: float(count)
            for (measure, _), count in value.items()
            if measure.startswith("lait|") and count.replace(".", "").isdigit()
        },
        ethnic_share=_ethnic_share(figures),
        mental_health=_mental_health(la),
        in_need=_count(value.get(("cin_31_march", "2025")), 0),
        on_protection_plans=round(float(value.get(("lait|CPP_Num", "2025"), "0"))),
    )


def _count(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdigit() else otherwise


def _composition(figures: pd.DataFrame, stock: int) -> dict[str, dict[str, float]]:
    cells = figures[figures["measure"].str.startswith("cla_31_march_count|")]
    parts = cells["measure"].str.split("|", expand=True)
    shares: dict[str, dict[str, float]] = {}
    for group in parts[1].unique():
        mine = (parts[1] == group) & (parts[2] != "Total")
        counts = {str(k): str(v) for k, v in zip(parts[2][mine], cells["value"][mine], strict=True)}
        hidden = [k for k, v in counts.items() if not v.isdigit()]
        left = max(stock - sum(int(v) for v in counts.values() if v.isdigit()), len(hidden))
        shares[str(group)] = {
            k: (int(v) if v.isdigit() else left / len(hidden)) / max(stock, 1) for k, v in counts.items()
        }
    return shares


def _ethnic_share(figures: pd.DataFrame) -> Floats:
    """Children's ethnic mix: the Census mix of all ages, shifted by `child_factor` (judgement)."""
    groups = ethnic_groups()
    published = dict(zip(figures["measure"], figures["value"], strict=True))
    percent = np.array([float(published.get(f"ethnic_pct_all_ages|{c}", 0.1)) for c in groups["census"]])
    arab = float(published.get("ethnic_pct_all_ages|Other ethnic group: Arab", 0.0))
    percent[groups["ethnic"].to_numpy() == "OOTH"] += arab
    shifted = percent * groups["child_factor"].to_numpy()
    return np.asarray(shifted / shifted.sum())


@cache
def _mental_health_rates() -> pd.DataFrame:
    return pd.read_csv(CALIBRATION / "mental_health.csv", dtype={"la": str}).set_index("la")


def _mental_health(la: str) -> tuple[float, float]:
    rates = _mental_health_rates()
    row = rates.loc[la if la in rates.index else "other"]
    return float(row["looked_after_rate"]), float(row["other_rate"])
