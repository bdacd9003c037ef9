"""`python plain_copy.py CONF ENV LANDING TARGET`: plain Spark copies delivered files as text into Delta, the least that anybody would do."""

import re
import sys
from pathlib import Path

from cyplink.session import start
from cyplink.settings import load


def copy(conf: Path, env: str, landing: Path, target: Path) -> None:
    """Files of a kind, by name: CSV as text columns, XML as lines; appended to one Delta table a kind. Workbooks are left out."""
    spark = start(load(conf, env).spark, "copy")
    by_kind: dict[str, list[str]] = {}
    for path in sorted([*landing.glob("*/*/*/*/*.csv"), *landing.glob("*/*/*/*/*.xml")]):
        by_kind.setdefault(f"{path.parts[-5]}_{path.name.split('_')[-1]}", []).append(str(path))
    for kind, paths in by_kind.items():
        rows = spark.read.text(paths) if kind.endswith(".xml") else spark.read.option("header", "true").option("multiLine", "true").csv(paths)
        rows.toDF(*(re.sub(r"[ ,;{}()=]", "_", name) for name in rows.columns)).write.format("delta").mode("append").save(str(target / kind))


if __name__ == "__main__":
    conf, env, landing, target = sys.argv[1:]
    copy(Path(conf), env, Path(landing), Path(target))
