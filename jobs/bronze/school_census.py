"""Bronze of School Census, COLLECT tables: one table per file kind, one row per delivered row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["school_census"])

if __name__ == "__main__":
    submit.main(__file__)
