"""What the macros of DuckDB's SQL make of values as they are delivered; a value that is not there has none."""

from collections.abc import Mapping
from datetime import date

import pytest

from tests.columns import one_by_one

BLANK = [None, "", " ", "\t\n", "\u00a0", "\u3000 "]
TEXTS = {" a b ": "a b", "\u00a0x\u202f": "x", "O'Brien": "O'Brien", "é": "é", "x é": "x é", "NULL": "NULL", "\ta": "a"}
NOT_DATES = ["2024-02-29", " 2024-02-29T10:00:00Z", "29/02/2024", "9/2/2024", "2024-Feb-30", "2024-Xyz-01", "not known", "20240229", "1899-Feb-01"]

MADE: list[tuple[str, Mapping[str, object], list[str]]] = [
    ("given(v)", {**TEXTS, "x\0": "x"}, []),
    ("code(v)", {text: said.upper() for text, said in TEXTS.items()}, []),
    ("collect_date(v)", dict.fromkeys(["2024-Feb-29 00:00:00", "2024-FEB-29", "2024-feb-29", " 2024-Feb-29 "], date(2024, 2, 29)), NOT_DATES),
    (
        "compact_number(v)",
        {**dict.fromkeys(["9990000018", "999 000 0018", "999-000-0018", "999\u00a0000\u00a00018"], "9990000018"), "9990000019": "9990000019"},
        ["99900000181", "999000001", "999000001X"],
    ),
    (
        "compact_upn(v)",
        {**dict.fromkeys(["P307201613001", "p307201613001 ", "P307 2016 13001"], "P307201613001"), "P30720161300A": "P30720161300A"},
        ["UN1", "I307201613001", "P30720161300"],
    ),
    ("nhs_category(v)", {"WBRI": "A", "wbri": "A", "A": "A", "Z": "Z", "99": "99", "MOTH": "G", "NOBT": "99", "REFU": "Z"}, ["nothing"]),
]


@pytest.mark.parametrize(("sql", "made", "nothing"), MADE, ids=[sql for sql, *_ in MADE])
def test_a_macro_standardises_what_is_delivered(sql: str, made: Mapping[str, object], nothing: list[str]) -> None:
    values = [*made, *nothing, *BLANK]
    assert list(zip(values, one_by_one(values, sql), strict=True)) == [*made.items(), *((value, None) for value in (*nothing, *BLANK))]
