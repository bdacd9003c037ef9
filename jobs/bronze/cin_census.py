"""Bronze of the CIN census, the children in need return: one table per file kind, one row per element that is a row."""

from cyplink import submit
from cyplink.bronze import BronzeJob
from cyplink.sources import SOURCES

job = BronzeJob(SOURCES["cin_census"])

if __name__ == "__main__":
    submit.main(__file__)
