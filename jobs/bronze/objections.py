"""Bronze of objections: opt-outs, objections, withdrawals, adoption seals and never-link orders, one row per delivered row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["objections"])

if __name__ == "__main__":
    submit.main(__file__)
