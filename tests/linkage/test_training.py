"""What was learnt must make sense, or the model is refused with the reason."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from cyplink.linkage.settings import LinkageSettings
from cyplink.linkage.training import TrainedModel, TrainingError, refuse_nonsense, train
from tests.linkage.population import NO_MERGERS


def weighing(model: TrainedModel, comparison: str, level: str, weight: float) -> list[dict[str, Any]]:
    """The model's levels, one of another weight."""
    return [{**one, "weight": weight} if (one["comparison"], one["level"]) == (comparison, level) else dict(one) for one in model.levels]


def test_what_a_population_teaches_makes_sense(model: TrainedModel) -> None:
    refuse_nonsense(model.levels, model.history)
    assert len({step["session"] for step in model.history}) == 3


@pytest.mark.parametrize(
    ("comparison", "level", "weight", "said"),
    [
        ("forename", "same", 0.0, "forename: 'same' weighs 0.0 bits, less than 'spelt alike'"),
        ("address", "different", 20.0, "less than 'different' with 20.0"),
        ("sex", "different", 9.0, "sex: 'same' weighs"),
    ],
)
def test_a_nearer_level_that_weighs_less_is_named(model: TrainedModel, comparison: str, level: str, weight: float, said: str) -> None:
    with pytest.raises(TrainingError, match="makes no sense") as caught:
        refuse_nonsense(weighing(model, comparison, level, weight), model.history)
    assert said in str(caught.value)


def test_a_session_that_did_not_settle_is_named(model: TrainedModel) -> None:
    last = max(step["iteration"] for step in model.history)
    unsettled = [{**step, "m": step["m"] / 2} if step["iteration"] == last else step for step in model.history]
    with pytest.raises(TrainingError, match="had not settled in its last round"):
        refuse_nonsense(model.levels, unsettled)


def test_a_model_of_nonsense_is_not_made(population: tuple[pa.Table, pd.DataFrame], policy: LinkageSettings) -> None:
    """Where two sources call the sexes the other way round, the same sex speaks against one person."""
    identity = population[0]
    turned = pa.array([{"M": "F", "F": "M"}.get(sex, sex) if source != "pds" else sex for sex, source in zip(identity["sex"].to_pylist(), identity["source"].to_pylist(), strict=True)])
    with pytest.raises(TrainingError, match=r"sex: 'same' weighs -\d"):
        train(identity.set_column(identity.schema.get_field_index("sex"), "sex", turned), NO_MERGERS, policy)
