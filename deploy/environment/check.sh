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
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
version=$("$java" -version 2>&1 | sed -nE 's/.*version "([0-9]+).*/\1/p' | head -n 1)
case "$version" in
    17 | 21) exit 0 ;;
    "") echo "cyplink needs Java 17 or 21 and found none. On Debian or Ubuntu: apt install openjdk-17-jre-headless; or set JAVA_HOME." >&2 ;;
    *) echo "cyplink needs Java 17 or 21 and found Java $version. Point JAVA_HOME at a 17 or 21." >&2 ;;
esac
exit 1
