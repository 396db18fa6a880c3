#!/usr/bin/env bash
# Makes sure that the tests find what they start: Redis, MariaDB or MySQL, a browser, Prometheus with its promtool, nginx, and npm for the
# tools of Tests/Deploy/tools.
set -euo pipefail
exec bash "$(dirname "${BASH_SOURCE[0]}")/../../deploy/local/install-servers.sh" redis-server mariadb-server chromium prometheus nginx-light npm
