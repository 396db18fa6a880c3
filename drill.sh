#!/usr/bin/env bash
# The long drills: a real cluster, a sale, injected faults, and a check of every answer given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
configuration=${CONFIGURATION:-Release}

usage() {
    cat <<'TEXT'
./drill.sh [--seed N] [--rounds N] [NAME…]     runs the drills of these names (a part of one will do), or all: some two hours
./drill.sh --list                              their names

  --seed N      repeats a drill: which fault strikes what and when, and who claims what. Made up unless given, and reported.
  --rounds N    how often faults strike, instead of the usual number

Redis and MariaDB or MySQL are started for it on free ports, and stopped with it. The figures are printed at the end.
docs/concepts/guarantees.md has those that were measured.
TEXT
}

names=()
while [ $# -gt 0 ]; do
    case $1 in
    --seed) export SECKILL_DRILL_SEED=${2:?--seed wants a number} && shift 2 ;;
    --rounds) export SECKILL_DRILL_ROUNDS=${2:?--rounds wants a number} && shift 2 ;;
    --list) grep -rhA6 '^    \[\(Fact\|Theory\)' Tests/Faults/Drills | sed -n 's/^    public.* Task \(\w*\)(.*/\1/p' && exit ;;
    --help | -h) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) names+=("$1") && shift ;;
    esac
done

filters=()
for name in "${names[@]}"; do filters+=(--filter-method "*$name*"); done
[ ${#filters[@]} -gt 0 ] || filters=(--filter-namespace "SecKill.Tests.Faults.Drills")

bash deploy/local/install-servers.sh
# Clocks that can be set want a C compiler.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v cc >/dev/null; then
    apt-get -qq install -y --no-install-recommends gcc libc6-dev >/dev/null || echo "No gcc: the drill that sets clocks will be skipped."
fi
dotnet build Tests/Faults --configuration "$configuration" -warnaserror --nologo --verbosity quiet
SECKILL_DRILL_REPORT=$(mktemp)
export SECKILL_DRILL_REPORT
trap 'rm -f "$SECKILL_DRILL_REPORT"' EXIT
code=0
# Drills that cut machines off want a network that is theirs alone.
own_network=()
for how in "unshare --net" "unshare --map-root-user --net"; do
    if $how true 2>/dev/null; then
        export SECKILL_DRILL_NETWORK=own
        own_network=($how sh -c 'ip link set lo up && exec "$@"' sh)
        break
    fi
done
"${own_network[@]}" dotnet "Tests/Faults/bin/$configuration/net10.0/SecKill.Tests.Faults.dll" --no-progress --explicit on "${filters[@]}" || code=$?
echo
cat "$SECKILL_DRILL_REPORT"
exit "$code"
