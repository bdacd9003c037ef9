"""Pathfinder tables: counts for publication, after disclosure control. Built from gold alone."""

from pyspark.sql.types import DoubleType, LongType

from cyplink.tables.model import Column, Sensitivity, Table, text

OPEN = Sensitivity.OPEN

LOOKED_AFTER_MENTAL_HEALTH = Table(
    name="pathfinders.looked_after_mental_health",
    grain="one row per responsible authority and year ending 31 March; `all` is the boroughs together",
    key=("responsible_authority", "year"),
    marked=False,
    columns=(
        text("responsible_authority", "DfE number of the responsible council, from SSDA903; `all` for the boroughs together.", OPEN, required=True),
        text("year", "Year ending 31 March, as 2025-26.", OPEN, required=True),
        Column("looked_after", LongType(), "Children looked after on 31 March (V3 and V4 left out), after disclosure control; null when suppressed.", OPEN),
        Column("observable", LongType(), "Of whom linked to an NHS identity and registered, that day, in an ICB whose mental-health providers delivered all twelve months; null when suppressed or not observable.", OPEN),
        Column("in_contact", LongType(), "Of the observable, with a contact that counts as access in the twelve months to 31 March; null when suppressed or not observable.", OPEN),
        Column("share", DoubleType(), "in_contact over observable, from unrounded counts, rounded to a whole percentage; null when suppressed.", OPEN),
        Column("share_low", DoubleType(), "Lower end of its 95 % Wilson interval, rounded likewise.", OPEN),
        Column("share_high", DoubleType(), "Upper end.", OPEN),
        text("status", "shown, suppressed (primary or secondary), or not_observable: no provider of the ICB delivered the twelve months.", OPEN, required=True,
             allowed=("shown", "suppressed", "not_observable")),
    ),
)
