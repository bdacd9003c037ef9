"""Bronze of primary care: practice lists and events: one table per file kind, one row per delivered row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["gp_events"])

if __name__ == "__main__":
    submit.main(__file__)
