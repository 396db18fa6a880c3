#!/usr/bin/env bash
# Starts the service with nothing but the .NET SDK, and plays sales on it that can be watched at http://localhost:20080.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'TEXT'
./demo.sh [--port N] [--users N] [--coupons N] [--units N] [--duration TIME]
                  starts the service and plays one sale after the other on it, until Ctrl+C; its data are thrown away

  --port          where it listens, on this machine only: 20080
  --users         how many customers come to each sale: 6000
  --coupons       how many coupons are on sale at a time: 3
  --units         units of each coupon: 1000 (also --pieces)
  --duration      within which time the customers of a sale arrive, ever more of them: 60s
TEXT
}

for argument in "$@"; do
    case $argument in --help | -h | -\?) usage && exit ;; esac
done
Bench/free-port.sh 20080 "$@"

echo "Building …" >&2
for project in Gateway Bench; do
    dotnet build "$project" --configuration Release --nologo --verbosity quiet
done
exec dotnet Bench/bin/Release/net10.0/SecKill.Bench.dll demo "$@"
