#!/usr/bin/env bash
# A full cluster on this machine, without Docker: Redis, MariaDB or MySQL, silos, gateways, and nginx before them if it is installed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
configuration=${CONFIGURATION:-Release}
bench=$root/Bench/bin/$configuration/net10.0/SecKill.Bench.dll

usage() {
    cat <<'TEXT'
./cluster.sh [--silos N] [--gateways N] [--port N] [--data DIR] [--fresh] [--no-proxy]
                                  starts a cluster and keeps it running until Ctrl+C
./cluster.sh status               the processes, and which silo has how many coupons
./cluster.sh add silo|gateway     starts one more
./cluster.sh stop silo|gateway N  has one leave in good order
./cluster.sh kill silo|gateway N  kill -9
./cluster.sh down                 stops the cluster that runs, and returns when all has ended
./cluster.sh prove [OPTION…]      proves on a cluster of its own that claims stay exact while silos and gateways come and go
                                  under load, and shows what each shape costs

  --silos, --gateways   how many of each: 2
  --port                where clients ask, on loopback: 20080
  --data                the folder of data, secrets and logs: .cluster, in the current directory. Data survive until --fresh.
  --fresh               deletes the data that an earlier cluster has left there
  --no-proxy            no nginx, though it is installed: clients ask the gateways

  of prove:
  --steps STEP…         how the cluster changes after its beginning with one silo and one gateway
  --measured, --settling   for how long each shape is measured, and left alone before: 15s each
  --connections, --rate    customers, each with a claim under way: 128; claims a second, unless as many as they can
  --coupons, --more-coupons, --units   coupons at the beginning: 60, and after each change: 20; units of every fourth: 2000 (also --pieces)
  --in-memory           data in memory, for a quick look
  --json FILE           writes the report

Redis, MariaDB or MySQL are installed from Debian's packages where they are missing (as root or with sudo; their services stay
off), and run on loopback with passwords of their own. No server that is there already is touched.
TEXT
}

build() {
    echo "building (once; it takes a minute or two)"
    dotnet build "$root/Bench" --configuration "$configuration" --nologo --verbosity quiet
}

prepare() {
    bash "$root/deploy/local/install-servers.sh"
    build
}

for argument in "$@"; do
    case $argument in --help | -h | -\? | help) usage && exit ;; esac
done
case ${1:-} in
status | add | stop | kill | down)
    [ -f "$bench" ] || { echo "Nothing is built yet, so no cluster runs. Start one with ./cluster.sh" >&2 && exit 1; }
    exec dotnet "$bench" cluster "$@"
    ;;
prove)
    shift
    prepare
    exec dotnet "$bench" scale "$@"
    ;;
"" | -*)
    "$root/Bench/free-port.sh" 20080 "$@"
    prepare
    # Replaces this shell, so that ending it ends the cluster.
    exec dotnet "$bench" cluster "$@"
    ;;
*) usage >&2 && exit 2 ;;
esac
