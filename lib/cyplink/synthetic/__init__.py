"""A London that does not exist: people, services and errors, delivered in the suppliers' real file formats."""

from cyplink.synthetic.calibration import boroughs
from cyplink.synthetic.generation import GenerationSummary, generate

__all__ = ["GenerationSummary", "boroughs", "generate"]
