"""Fetch the two Delta jars into the environment's Spark, and check them.

Spark's own resolver brings them (so that a company mirror set up for it is used); they are then laid beside Spark's jars, so that
local mode, spark-submit and the workers of a cluster all find them without a download at run time.
"""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import pyspark

PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"
# Only for Unity Catalog and the kernel's strict mode; the rest Spark has already.
EXCLUDES = (
    "io.unitycatalog:unitycatalog-client,io.unitycatalog:unitycatalog-hadoop,io.delta:delta-kernel-api,"
    "io.delta:delta-kernel-defaults,io.delta:delta-kernel-unitycatalog,org.slf4j:slf4j-api,org.scala-lang:scala-library"
)
CHECKSUMS = {
    "io.delta_delta-spark_4.2_2.13-4.4.0.jar": "27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead",
    "io.delta_delta-storage-4.4.0.jar": "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    target = Path(pyspark.__file__).parent / "jars"
    if all((target / name).exists() and sha256(target / name) == wanted for name, wanted in CHECKSUMS.items()):
        return 0
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory() as folder:
        options = {
            "spark.master": "local[1]",
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.jars.packages": PACKAGE,
            "spark.jars.excludes": EXCLUDES,
            "spark.jars.ivy": folder,
        }
        builder = SparkSession.builder
        for key, value in options.items():
            builder = builder.config(key, value)
        builder.getOrCreate().stop()
        for name, wanted in CHECKSUMS.items():
            fetched = Path(folder) / "jars" / name
            if not fetched.exists() or sha256(fetched) != wanted:
                sys.stderr.write(f"{name}: not fetched, or its checksum differs from the one pinned here; nothing was installed.\n")
                return 1
        for name in CHECKSUMS:
            shutil.copyfile(Path(folder) / "jars" / name, target / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
