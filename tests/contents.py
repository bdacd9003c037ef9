"""What a lake holds, so that two can be compared: a count and an order-blind hash of the rows of every table."""

from pathlib import Path

import deltalake
import duckdb


def contents(lake: Path) -> dict[str, tuple[int, int]]:
    """Rows and hash by table (`layer/name`) of all Delta tables under a lake's root, both zones."""
    found = {}
    for log in sorted(lake.glob("*/*/*/_delta_log")):
        table = log.parent
        rows = deltalake.DeltaTable(str(table)).to_pyarrow_dataset()
        connection = duckdb.connect()
        connection.register("t", rows)
        columns = ", ".join(f'"{name}"' for name in sorted(rows.schema.names))
        counted = connection.execute(f"select count(*), coalesce(sum(hash(row({columns}))::hugeint), 0) from t").fetchone()
        assert counted is not None
        found[f"{table.parent.name}/{table.name}"] = (int(counted[0]), int(counted[1]))
    return found


def differences(left: dict[str, tuple[int, int]], right: dict[str, tuple[int, int]]) -> list[str]:
    """Names of the tables that differ, with their row counts. A table that one side never had to write counts as empty."""
    return [
        f"{name}: {left.get(name, (0, 0))[0]} and {right.get(name, (0, 0))[0]} rows"
        for name in sorted(set(left) | set(right))
        if left.get(name, (0, 0)) != right.get(name, (0, 0))
    ]
