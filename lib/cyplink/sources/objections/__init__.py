"""What people, councils and courts have said must not be used or not be joined: opt-outs, objections, withdrawals, adoption seals, orders.

No public layout was found for any of the five, so the layouts are this project's: small CSV files under a controller. The
integrated care board (X26) sends the numbers that the check for national data opt-outs took out, one list a month; the last
month's list is the one in force. Everything else stands until it is ended. Landed on every run, whichever councils the run is for.
"""

from pathlib import Path

from cyplink.sources.model import Source, declare, read_breaks, read_codes, read_fields

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER / "fields.csv")
_kind = declare("objections", FIELDS, recognised_by="name", layout="project")

SOURCE = Source(
    name="objections",
    title="Objections, withdrawals and orders to keep apart",
    description="Opt-outs and objections that the first filter honours, and orders that keep two records or two lives apart.",
    health=True,
    file_kinds=(
        _kind("national_data_opt_out", "one per NHS number opted out in the month", "silver.objection", required=False),
        _kind("local_objection", "one per person who objected to the controller", "silver.objection", required=False),
        _kind("withdrawal_request", "one per person and local record withdrawn from the dataset", "silver.objection", required=False),
        _kind("adoption_seal", "one per adopted child", "silver.separation", required=False),
        _kind("never_link_order", "one per pair of records", "silver.separation", required=False),
    ),
    codes=read_codes(FOLDER / "codes.csv"),
    breaks=read_breaks(FOLDER / "breaks.csv"),
)
