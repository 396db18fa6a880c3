#!/usr/bin/env bash
# Fails with one line if a script's port is taken, so that the user learns it before the build.
# Arguments: the script's default port, then the script's own arguments.
port=$1
shift
while [ $# -gt 0 ]; do
    case $1 in
    --port=* | --port:*) port=${1#--port?} ;;
    --port) port=${2:-$port} ;;
    esac
    shift
done
for address in 127.0.0.1 ::1; do
    # If the connection is refused or cannot be made, the program decides.
    if timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' port "$address" "$port" 2>/dev/null; then
        echo "Port $port is taken by another process. Stop that one, or choose another port with --port." >&2
        exit 1
    fi
done
