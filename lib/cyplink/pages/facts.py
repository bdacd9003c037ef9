"""What the pages say besides the pathfinder's rows: names, the disclosure rule, how good the links are, which run."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cyplink.disclosure import Profile
from cyplink.research import Published
from cyplink.standardise import codelists


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Facts:
    """Names of councils by DfE number, names of the mental-health providers whose data the run holds, the disclosure rule, link quality where a truth is known, the run."""

    councils: Mapping[str, str]
    providers: tuple[str, ...]
    profile: Profile
    run_id: str
    finished_at: str
    model_version: str
    is_synthetic: bool
    link_precision: Rate | None = None
    link_recall: Rate | None = None
    linked_looked_after: Rate | None = None

    def name(self, authority: str) -> str:
        return self.councils.get(authority, authority)


def facts_of(published: Published, profile: Profile) -> Facts:
    """The facts of a published run. Link quality is that of bridge pairs: a council or school record with an NHS record."""
    content = published.manifest.content
    quality = published.pandas("gold.linkage_quality")
    bridge = quality[quality["pairs"] == "bridge"]
    overall = bridge[bridge["group"] == "overall"]
    looked_after = bridge[(bridge["group"] == "looked_after") & (bridge["value"] == "looked after")]
    return Facts(
        councils={row["la"]: row["name"] for row in codelists.read("boroughs")},
        providers=_providers(published),
        profile=profile,
        run_id=published.run_id,
        finished_at=str(content.get("finished_at", "")),
        model_version=str(content.get("model_version") or "not stated"),
        is_synthetic=bool(content.get("synthetic", True)),
        link_precision=_rate(overall, "precision"),
        link_recall=_rate(overall, "recall"),
        linked_looked_after=_rate(looked_after, "recall"),
    )


def _providers(published: Published) -> tuple[str, ...]:
    """Names, in the codelist's order, of the mental-health providers that the run has referrals or contacts of."""
    held = {code for table in ("gold.mental_health_referral", "gold.mental_health_contact") for code in published.pandas(table, ["provider"])["provider"].unique()}
    return tuple(row["name"] for row in codelists.read("mental_health_providers") if row["provider"] in held)


def _rate(rows: pd.DataFrame, name: str) -> Rate | None:
    if rows.empty or rows[[name, f"{name}_low", f"{name}_high"]].isna().any(axis=None):
        return None
    row = rows.iloc[0]
    return Rate(float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"]))
