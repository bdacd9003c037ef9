#!/bin/sh
# A Spark standalone cluster on this machine's loopback: one master, two workers.
#   cluster.sh start | status | submit FILE [ARGUMENTS] | stop
# State (pids, logs, secret) is in $CYPLINK_CLUSTER, default data/standalone. Ports from $CYPLINK_PORT, default 7077.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
project=$(CDPATH= cd -- "$here/../.." && pwd)
state=${CYPLINK_CLUSTER:-data/standalone}
port=${CYPLINK_PORT:-7077}
python=${CYPLINK_PYTHON:-$project/.venv/bin/python}
memory=${CYPLINK_WORKER_MEMORY:-3g}
mkdir -p "$state/conf"
state=$(CDPATH= cd -- "$state" && pwd)

SPARK_HOME=$("$python" -c 'import pyspark, os; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME SPARK_CONF_DIR="$state/conf" SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON="$python" PYSPARK_DRIVER_PYTHON="$python"
export SPARK_NO_DAEMONIZE=1 MLFLOW_DISABLE_TELEMETRY=true
master="spark://127.0.0.1:$port"

settings() {
    umask 077
    secret=$("$python" -c 'import secrets; print(secrets.token_hex(32))')
    cat > "$state/conf/spark-defaults.conf" <<CONF
spark.authenticate true
spark.authenticate.secret $secret
spark.network.crypto.enabled true
spark.network.crypto.cipher AES/GCM/NoPadding
spark.io.encryption.enabled true
spark.master.rest.enabled false
spark.ui.enabled false
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.executor.memory 2g
# No job starts before both workers are there: scoring is shared out among the executors it finds.
spark.cores.max 2
spark.scheduler.minRegisteredResourcesRatio 1.0
CONF
}

alive() { [ -f "$state/$1.pid" ] && kill -0 "$(cat "$state/$1.pid")" 2>/dev/null; }

launch() { # name class arguments...
    name=$1; shift
    nohup "$SPARK_HOME/bin/spark-class" "$@" > "$state/$name.log" 2>&1 &
    echo $! > "$state/$name.pid"
}

workers() { # how many workers the master knows
    "$python" -c "
import json, urllib.request
print(json.load(urllib.request.urlopen('http://127.0.0.1:$((port + 11003))/json/', timeout=2))['aliveworkers'])" 2>/dev/null || echo 0
}

start() {
    if alive master; then echo "The cluster is running: $master"; return; fi
    trap 'exit 130' HUP INT TERM
    trap stop EXIT # An interrupted or failed start leaves nothing running.
    settings
    launch master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port $((port + 11003))
    for n in 1 2; do
        launch "worker$n" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --port $((port + 20 + n)) \
            --webui-port $((port + 11003 + n)) --cores 1 --memory "$memory" --work-dir "$state/work$n" "$master"
    done
    waited=0
    while [ "$(workers)" != 2 ]; do
        waited=$((waited + 1))
        if [ $waited -gt 90 ]; then echo "The cluster did not start within 90 s; see $state/*.log" >&2; exit 1; fi
        sleep 1
    done
    trap - EXIT
    echo "Master $master, two workers."
}

status() {
    for name in master worker1 worker2; do
        if alive "$name"; then echo "$name runs"; else echo "$name is down"; fi
    done
}

submit() {
    alive master || { echo "The cluster is not running; start it first: $0 start" >&2; exit 1; }
    exec "$SPARK_HOME/bin/spark-submit" --master "$master" --deploy-mode client "$@"
}

stop() {
    for name in worker1 worker2 master; do
        if alive "$name"; then kill "$(cat "$state/$name.pid")"; fi
        rm -f "$state/$name.pid"
    done
    rm -f "$state/conf/spark-defaults.conf"
    echo "Stopped."
}

case "${1:-}" in
    start | status | stop) "$1" ;;
    submit) shift; submit "$@" ;;
    *) sed -n '2,4p' "$0" | cut -c3-; exit 2 ;;
esac
