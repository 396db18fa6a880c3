#!/usr/bin/env bash
# Installs servers that are missing here, from Debian's packages: install-servers.sh [PACKAGE…], of
# redis-server mariadb-server chromium prometheus nginx-light npm; Redis and MariaDB unless told otherwise.
# A MySQL does for MariaDB, and a running Docker engine for both. Nothing is left running, and no server that is there is touched.
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
have_npm() { command -v npm >/dev/null; }
have_docker() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }

asked=" ${*:-redis-server mariadb-server} "
# "name test": that the package is asked for, and the test fails.
missing() { [[ $asked == *" $1 "* ]] && ! "$2"; }
find_wanted() {
    wanted=()
    ! missing redis-server have_redis || wanted+=(redis-server)
    ! missing mariadb-server have_sql || wanted+=(mariadb-server)
    ! missing chromium have_browser || wanted+=(chromium)
    ! missing prometheus have_prometheus || wanted+=(prometheus)
    ! missing nginx-light have_nginx || wanted+=(nginx-light)
    ! missing npm have_npm || wanted+=(npm)
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
if command -v apt-get >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        echo "Installing ${wanted[*]} (their services stay off)"
        bash -c "$install_packages" install "${wanted[@]}" || true
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo "Installing ${wanted[*]} with sudo (their services stay off)"
        sudo -n bash -c "$install_packages" install "${wanted[@]}" || true
    fi
    find_wanted
fi

# Containers do for the servers alone.
if have_docker; then
    others=()
    for name in "${wanted[@]}"; do
        [[ $name == redis-server || $name == mariadb-server ]] || others+=("$name")
    done
    if [ ${#others[@]} -lt ${#wanted[@]} ]; then
        echo "No local redis-server or mariadbd: containers are used"
        wanted=("${others[@]}")
    fi
fi
[ ${#wanted[@]} -gt 0 ] || exit 0
echo "Missing here, or too old (Redis: before 7.0), and not to be had without rights or from this system's packages: ${wanted[*]}. Install them and run again." >&2
exit 1
