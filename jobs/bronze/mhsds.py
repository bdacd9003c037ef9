"""Bronze of MHSDS v6: mental-health services, monthly: one table per file kind, one row per delivered row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["mhsds"])

if __name__ == "__main__":
    submit.main(__file__)
