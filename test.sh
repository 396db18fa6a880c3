#!/usr/bin/env bash
# The one test command: gets the servers the tests need, builds, runs every test.
# Arguments are passed on to the tests, for example: ./test.sh --filter-class '*Claim*'
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
configuration=${CONFIGURATION:-Release}

for argument in "$@"; do
    case $argument in
    --help | -h | -\?)
        echo "./test.sh [--filter-class '*Claim*'] [--filter-method '*stampede*'] [OPTION…]"
        echo "                  gets servers, builds, and runs all tests or those that match; further options are the test program's"
        exit
        ;;
    esac
done

bash Tests/Servers/install.sh
bash Tests/Deploy/tools/install.sh
dotnet build SecKill.sln --configuration "$configuration" -warnaserror --nologo --verbosity quiet
# The test program itself rather than `dotnet test`: it prints each failure as it happens, and one summary.
exec dotnet "Tests/bin/$configuration/net10.0/SecKill.Tests.dll" --no-progress "$@"
