"""The Spark session, from settings; under spark-submit the one that is there. Java is looked at before Spark is."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

SUPPORTED_JAVA = (17, 21)


class JavaError(Exception):
    """There is no Java that Spark can use; the message says which to install."""


def check_java() -> int:
    """The major version of the Java that Spark would start. Raises JavaError without one, or with one Spark cannot use."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    wanted = " or ".join(map(str, SUPPORTED_JAVA))
    where = "by JAVA_HOME" if home else "on the PATH"
    try:
        shown = subprocess.run([java or "java", "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        if home:
            raise JavaError(f"JAVA_HOME points at a folder without a working Java. Point it at a Java {wanted}, or unset it.") from None
        raise JavaError(f"There is no Java on the PATH. Install Java {wanted} (on Debian or Ubuntu: apt install openjdk-17-jre-headless), or point JAVA_HOME at one.") from None
    found = re.search(r'version "(\d+)(?:\.(\d+))?', shown)
    major = int(found.group(2) if found and found.group(1) == "1" and found.group(2) else found.group(1)) if found else 0
    if major not in SUPPORTED_JAVA:
        raise JavaError(f"Java {major or 'of an unknown version'} was found {where}; Spark 4.2 needs Java {wanted}. Install one and point JAVA_HOME at it.")
    return major


def check_jars() -> None:
    """Raises JavaError when the Delta jars are not beside Spark's own."""
    jars = Path(pyspark.__file__).parent / "jars"
    if not list(jars.glob("*delta-spark*.jar")) and "SPARK_HOME" not in os.environ:
        raise JavaError("The Delta jars are missing from the environment; run `make setup`, which fetches and checks them.")


def start(options: Mapping[str, str], name: str = "cyplink") -> SparkSession:
    """The running session, or a new one with `options`. Raises JavaError before Spark would fail obscurely."""
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    check_java()
    check_jars()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(name)
    submitted = "SPARK_ENV_LOADED" in os.environ or os.environ.get("PYSPARK_GATEWAY_PORT")
    silence = f"-Dlog4j2.configurationFile=file:{Path(__file__).with_name('log4j2.properties')}"
    java = "spark.driver.extraJavaOptions"
    for key, value in {**options, java: f"{options.get(java, '')} {silence}".strip()}.items():
        if not (submitted and key in ("spark.master", "spark.driver.memory", java)):
            builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")  # Spark's own messages quote row values (DESIGN §3.5)
    _remember_classes(session)
    return session


def _remember_classes(session: SparkSession) -> None:
    """Keep what the gateway answers for the classes that every column is made with: it asks anew for each, and Java then looks for
    a class of each leading part of the name in every jar."""
    jvm = session.sparkContext._jvm
    for name in ("org.apache.spark.sql.functions", "functions", "PythonUtils", "PythonSQLUtils", "Column"):
        setattr(jvm, name, getattr(jvm, name))
