#!/bin/sh
# Is there a Python 3.11 or 3.12, and a Java 17 or 21? Says what to install when not.
python="$1"
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
    echo "cyplink needs Python 3.11 or 3.12, and '$python' is not one. Install it, or name yours: make PYTHON=/path/to/python demo" >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "'$python' has no venv module. On Debian or Ubuntu: apt install python3-venv" >&2
    exit 1
fi
# Java 8 and before called themselves 1.8.
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
version=$("$java" -version 2>&1 | sed -nE 's/.*version "(1\.)?([0-9]+).*/\2/p' | head -n 1)
where="${JAVA_HOME:+by JAVA_HOME}"
case "$version" in
    17 | 21) exit 0 ;;
    "") if [ -n "$JAVA_HOME" ]; then
            echo "JAVA_HOME points at a folder without a working Java. Point it at a Java 17 or 21, or unset it." >&2
        else
            echo "cyplink needs Java 17 or 21 and found none. On Debian or Ubuntu: apt install openjdk-17-jre-headless; or point JAVA_HOME at one." >&2
        fi ;;
    *) echo "Java $version was found ${where:-on the PATH}; cyplink needs Java 17 or 21. Install one and point JAVA_HOME at it." >&2 ;;
esac
exit 1
