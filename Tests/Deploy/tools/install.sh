#!/usr/bin/env bash
# Installs the tools that judge Dockerfiles, compose file and chart from npm, as package-lock.json names them, into this folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# A later run finds what it has installed by the same lock, and asks nobody.
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
