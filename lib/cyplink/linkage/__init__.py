"""The linkage kernel: who is who. Records in, one person id a record out, with the strength of every link (DESIGN §4).

For one table of people and no lake: `link` (one_table.py). It comes when it is asked for: what links a lake's records in Spark tasks needs
none of it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyplink.linkage.one_table import Linked, alike, link, near, same

__all__ = ["Linked", "alike", "link", "near", "same"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from cyplink.linkage import one_table

    return getattr(one_table, name)
