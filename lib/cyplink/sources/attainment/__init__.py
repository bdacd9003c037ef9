"""Attainment, as a council has it of the schools in its area: one file per stage and academic year, in columns of the National Pupil Database.

Layout: project. The column names are those of the National Pupil Database's downloads, as DFE-Digital/get-information-about-pupils
(commit 3a8879f2) has them, where it has them; RWMHIGH and the names after KS4_ are ours in its style, and so is the choice of columns. Files
are recognised by their headers. The period is the academic year, 2024-25 for September 2024 to August 2025.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("attainment", FIELDS, recognised_by="header", layout="project")

SOURCE = Source(
    name="attainment",
    title="Attainment at the ends of stages",
    description="What pupils of state-funded schools reached at five, eleven and sixteen, by name, in columns of the National Pupil Database; the files are ours.",
    health=False,
    file_kinds=tuple(
        _kind(stage, f"one per pupil {at}", "silver.attainment", required=False)
        for stage, at in (("eyfsp", "at the end of reception"), ("ks2", "at the end of year 6"), ("ks4", "at the end of year 11"))
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)

MEASURES = {
    "eyfsp": ("FSP_GLD",),
    "ks2": ("READSCORE", "MATSCORE", "GPSSCORE", "RWMEXP", "RWMHIGH"),
    "ks4": ("KS4_ATT8", "KS4_P8SCORE", "KS4_L2BASICS_94", "KS4_L2BASICS_95"),
}
"""The columns of each stage that are results."""
