"""Bronze of Annex A: one table per list, one row per row under its headings."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["annex_a"])

if __name__ == "__main__":
    submit.main(__file__)
