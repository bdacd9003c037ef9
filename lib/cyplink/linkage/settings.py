"""Thresholds, seeds and budgets of the linkage (conf/linkage.yaml); an unknown key is refused by name."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainingSettings(_Strict):
    """How much data the training reads. `deterministic_recall` sets the prior (Splink's direct estimate)."""

    u_pairs: int = Field(default=3_000_000, gt=0)
    em_pairs: int = Field(default=2_000_000, gt=0)
    deterministic_recall: float = Field(default=0.85, gt=0, le=1)


class ScoringSettings(_Strict):
    """What is stored and what is too big: weights in bits, budgets in pairs and records; `memory` of a task that trains or scores, which puts down
    on disk what is more."""

    keep_above: float = Field(default=-5.0, le=0)
    block_budget: int = Field(default=2_000_000, gt=0)
    component_budget: int = Field(default=60, gt=2)
    memory: str = Field(default="6GB", pattern=r"^[0-9]+(MB|GB)$")


class ClusteringSettings(_Strict):
    """When two clusters are one person, and how clear the lead over the next candidate must be; bits."""

    merge_above: float = 0.0
    margin: float = Field(default=3.0, ge=0)


class PolicySettings(_Strict):
    """Weights set by policy and not by training, in bits; the smallest name frequency that earns weight; forenames that custom gives
    to brothers and sisters alike, which in common say nothing."""

    twin_weight: float = Field(default=-28.0, lt=0)
    swapped_names_weight: float = Field(default=18.0, gt=0)
    two_permanent_upns_weight: float = Field(default=-7.0, lt=0)
    minimum_name_frequency: float = Field(default=0.0001, gt=0)
    forenames_by_custom: tuple[str, ...] = ()


class PromotionSettings(_Strict):
    """What a model may cost beside the champion and still be promoted: shares (0.001 is a tenth of a percentage point). Precision, recall and
    the gap of the group whose recall is worst are known of synthetic people only; of others, links lost and records that change person."""

    loss_of_precision: float = Field(default=0.0005, ge=0, le=1)
    loss_of_recall: float = Field(default=0.001, ge=0, le=1)
    growth_of_worst_gap: float = Field(default=0.002, ge=0, le=1)
    links_lost: float = Field(default=0.01, ge=0, le=1)
    churn: float = Field(default=0.02, ge=0, le=1)


class LinkageSettings(_Strict):
    """Everything in conf/linkage.yaml."""

    seed: int = 20260331
    training: TrainingSettings = TrainingSettings()
    scoring: ScoringSettings = ScoringSettings()
    clustering: ClusteringSettings = ClusteringSettings()
    policy: PolicySettings = PolicySettings()
    promotion: PromotionSettings = PromotionSettings()


def load_settings(path: Path) -> LinkageSettings:
    """The settings in a YAML file; raises pydantic's ValidationError, which names the key that is wrong."""
    return LinkageSettings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
