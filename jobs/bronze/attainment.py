"""Bronze of attainment: one table per stage, one row per delivered row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["attainment"])

if __name__ == "__main__":
    submit.main(__file__)
