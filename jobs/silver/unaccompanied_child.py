"""Silver unaccompanied_child: children returned as unaccompanied asylum-seeking, one row per council and child."""

from cyplink import submit
from cyplink.delivered import last_word
from cyplink.job import Job
from cyplink.sources import SOURCES
from cyplink.sources.ssda903.payload import of_children
from cyplink.tables import silver

SELECT = of_children(
    "uasc",
    ceased_on="british(DUC)",
    ceased_on_is_a_date="given(DUC) is null or british(DUC) is not null",
)
"""One row per delivered UASC row."""

job = Job(
    None,
    selects={"ssda903": SELECT},
    reads={"uasc": SOURCES["ssda903"].kind("uasc").bronze, "header": SOURCES["ssda903"].kind("header").bronze},
    writes=silver.UNACCOMPANIED_CHILD,
    keep=last_word("record_id"),
    uses_key=True,
)

if __name__ == "__main__":
    submit.main(__file__)
