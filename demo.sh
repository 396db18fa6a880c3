#!/usr/bin/env bash
# Starts the service with nothing but the .NET SDK, and plays sales on it that can be watched at http://localhost:20080.
# Arguments are passed on, for example: ./demo.sh --port 8080; --help lists them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

echo "Building …" >&2
for project in Gateway Bench; do
    dotnet build "$project" --configuration Release --nologo --verbosity quiet
done
exec dotnet Bench/bin/Release/net10.0/SecKill.Bench.dll demo "$@"
