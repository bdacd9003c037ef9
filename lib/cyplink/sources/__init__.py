"""The suppliers' formats: one package per source, each with its fields and code sets as CSV beside it."""

from cyplink.sources.annex_a import SOURCE as ANNEX_A
from cyplink.sources.attainment import SOURCE as ATTAINMENT
from cyplink.sources.birth_notifications import SOURCE as BIRTH_NOTIFICATIONS
from cyplink.sources.case_management import SOURCE as CASE_MANAGEMENT
from cyplink.sources.cin_census import SOURCE as CIN_CENSUS
from cyplink.sources.csds import SOURCE as CSDS
from cyplink.sources.gp_events import SOURCE as GP_EVENTS
from cyplink.sources.mhsds import SOURCE as MHSDS
from cyplink.sources.model import Source
from cyplink.sources.objections import SOURCE as OBJECTIONS
from cyplink.sources.pds import SOURCE as PDS
from cyplink.sources.school_census import SOURCE as SCHOOL_CENSUS
from cyplink.sources.ssda903 import SOURCE as SSDA903
from cyplink.sources.sus import SOURCE as SUS

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (SSDA903, CIN_CENSUS, ANNEX_A, SCHOOL_CENSUS, ATTAINMENT, CASE_MANAGEMENT, PDS, GP_EVENTS, MHSDS, CSDS, SUS, BIRTH_NOTIFICATIONS, OBJECTIONS)
}
