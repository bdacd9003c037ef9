"""Bronze of SSDA903, the looked-after children return: one table per file kind, one row per delivered row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["annex_a"])

if __name__ == "__main__":
    submit.main(__file__)
