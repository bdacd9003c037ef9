"""Bronze of Councils' case management: people and addresses: one table per file kind, one row per delivered row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["case_management"])

if __name__ == "__main__":
    submit.main(__file__)
