#!/usr/bin/env bash
# The one test command: gets the servers that the tests need, builds, runs every test or a part of them.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
configuration=${CONFIGURATION:-Release}

usage() {
    cat <<'TEXT'
./test.sh [PART…] [--built] [--reports DIR] [OPTION…]
        gets servers, builds, and runs all tests, or those of some parts:
          unit          no server; some seconds (dotnet test --project Tests/Unit does the same)
          integration   Redis, MySQL, the embedded mode, whole clusters, the API, pages in a browser
          faults        deaths, losses, and the short drills
          deploy        the chart, the compose file, Dockerfiles, nginx, the rules of alerts
  --built               gets and builds nothing: that was done before
  --reports DIR         writes a report of each part, in xunit's format, into this folder
  OPTION                is passed on to the test programs:
          --filter-class '*Claim*'         classes whose name matches
          --filter-method '*stampede*'     tests whose name matches
          --filter-namespace 'SecKill.Tests.Integration.Contract'
TEXT
}

parts=() options=() reports= built=
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h | -\?) usage && exit ;;
    unit | integration | faults | deploy) parts+=("$1") && shift ;;
    --built) built=yes && shift ;;
    --reports) reports=${2:?--reports wants a folder} && shift 2 ;;
    *) options=("$@") && break ;;
    esac
done
[ ${#parts[@]} -gt 0 ] || parts=(unit deploy faults integration)
if [ -z "$reports" ]; then
    reports=$(mktemp -d)
    trap 'rm -rf "$reports"' EXIT
fi
mkdir -p "$reports"

# These processes are short: code that is instrumented first, to be compiled better later, costs them a seventh of their processor time.
export DOTNET_TieredPGO=0

project() { echo "Tests/${1^}"; }
build() { dotnet build "$1" --configuration "$configuration" -warnaserror --nologo --verbosity quiet; }

prepare() {
    if [ "${parts[*]}" != unit ]; then
        bash Tests/LocalServers/install.sh || return
    fi
    if [[ " ${parts[*]} " == *" deploy "* ]]; then
        bash Tests/Deploy/tools/install.sh || return
    fi
    if [ ${#parts[@]} = 4 ]; then
        build SecKill.sln || return
    else
        for part in "${parts[@]}"; do build "$(project "$part")" || return; done
    fi
}
[ -n "$built" ] || prepare || exit 1

# The sum of one attribute over the <assembly> elements of the reports.
count() {
    cat "$reports"/*.xml 2>/dev/null | grep -oE '<assembly [^>]*' | grep -oE " $1=\"[0-9]+\"" | grep -oE '[0-9]+' | awk '{ sum += $1 } END { print sum + 0 }'
}

none=8 # The exit code of a test program of which no test matches.
run() {
    local part=$1 begin=$SECONDS result=0
    shift
    echo "== $part"
    # The program itself rather than `dotnet test`: it prints each failure as it happens.
    dotnet "$(project "$part")/bin/$configuration/net10.0/SecKill.Tests.${part^}.dll" --no-progress \
        --results-directory "$reports" --report-xunit --report-xunit-filename "$part.xml" "$@" || result=$?
    echo "== $part took $((SECONDS - begin)) s"
    [ "$result" = 0 ] || [ "$result" = $none ]
}

code=0
for part in "${parts[@]}"; do
    case " ${parts[*]} " in
    # Fault tests mostly wait, so the deploy tests' tools run beside them.
    *" deploy "*" faults "* | *" faults "*" deploy "*)
        [ "$part" != deploy ] || continue
        if [ "$part" = faults ]; then
            run deploy "${options[@]}" >"$reports/deploy.log" 2>&1 &
            run faults "${options[@]}" || code=1
            wait $! || code=1
            cat "$reports/deploy.log"
            continue
        fi
        ;;
    esac
    run "$part" "${options[@]}" || code=1
done

passed=$(count passed) failed=$(($(count failed) + $(count errors))) skipped=$(count skipped)
[ $((passed + failed)) -gt 0 ] || { echo "No test ran." && code=1; }
# A program that was killed may have reported fewer failures than there were, but not fewer than none.
[ "$failed" = 0 ] || code=1
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line+=", $skipped skipped"
echo "$line"
exit "$code"
