#!/usr/bin/env bash
# Makes sure that the tests find a Redis and a MariaDB or MySQL to start for themselves: those installed,
# else Debian's packages, else Docker. And what else they drive: a browser, Prometheus with its promtool, nginx, and Node.js.
# With arguments, only of these packages: redis-server mariadb-server chromium prometheus nginx-light nodejs.
# Nothing is left running and no existing server is touched.
set -euo pipefail
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# "Redis server v=7.0.15 sha=…": what is older does not do, see Installed.Redis.
have_redis() {
    command -v redis-server >/dev/null &&
        [ "$(redis-server --version | sed -n 's/^.*v=\([0-9]*\)\..*$/\1/p')" -ge 7 ] 2>/dev/null
}
have_sql() { command -v mariadbd >/dev/null || command -v mysqld >/dev/null; }
have_browser() { command -v chromium >/dev/null || command -v google-chrome >/dev/null; }
have_prometheus() { command -v prometheus >/dev/null && command -v promtool >/dev/null; }
have_nginx() { command -v nginx >/dev/null; }
# The linter of compose files wants 20.19 or newer.
have_node() {
    command -v npm >/dev/null && command -v node >/dev/null &&
        node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || major === 20 && minor >= 19 ? 0 : 1)'
}
have_docker() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }

asked=" ${*:-redis-server mariadb-server chromium prometheus nginx-light nodejs} "
# "name test": that the package is asked for, and the test fails.
missing() { [[ $asked == *" $1 "* ]] && ! "$2"; }
wanted=()
find_wanted() {
    wanted=()
    ! missing redis-server have_redis || wanted+=(redis-server)
    ! missing mariadb-server have_sql || wanted+=(mariadb-server)
    ! missing chromium have_browser || wanted+=(chromium)
    ! missing prometheus have_prometheus || wanted+=(prometheus)
    ! missing nginx-light have_nginx || wanted+=(nginx-light)
    ! missing nodejs have_node || wanted+=(nodejs npm)
}
find_wanted
[ ${#wanted[@]} -gt 0 ] || exit 0

# Run as root: installs the packages given, with a policy that keeps them from starting their services.
install_packages='
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    printf "#!/bin/sh\nexit 101\n" >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
# A mirror may stumble, and another installation may be under way.
apt_get() { apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=120 "$@"; }
apt_get update
apt_get install -y --no-install-recommends "$@" </dev/null
'
installed=false
if command -v apt-get >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        echo "Installing ${wanted[*]} (their services stay off)"
        bash -c "$install_packages" install "${wanted[@]}" && installed=true
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo "Installing ${wanted[*]} with sudo (their services stay off)"
        sudo -n bash -c "$install_packages" install "${wanted[@]}" && installed=true
    fi
fi

! $installed || find_wanted
[ ${#wanted[@]} -gt 0 ] || exit 0

if missing chromium have_browser || missing prometheus have_prometheus || missing nginx-light have_nginx; then
    echo "The tests need chromium (or google-chrome), prometheus, promtool and nginx on PATH." >&2
elif missing nodejs have_node; then
    echo "The tests need Node.js 20.19 or newer, and npm, on PATH." >&2
elif have_docker; then
    echo "No local redis-server or mariadbd: containers are used"
    exit 0
else
    echo "This needs redis-server 7.0 or newer and mariadbd (or mysqld), or a running Docker engine." >&2
fi
echo "Missing here, or too old, and not to be had without rights or from this system's packages: ${wanted[*]}. Install them and run again." >&2
exit 1
