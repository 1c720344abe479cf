# MariaDB as a source for the tests. Sourced after lib.sh; find_mariadb installs its server where it can.

mariadb_here() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin" mariadbd --version >/dev/null 2>&1 && command -v mariadb-install-db >/dev/null && command -v my_print_defaults >/dev/null
}

# Without it the tests that need it are skipped and say so; with REQUIRE_SERVICES=1 they fail.
find_mariadb() {
    mariadb_here && return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing MariaDB for the tests of SQL sources ..." >&2
        mkdir -p .bin
        # The server's programs alone: nothing is started or set up on this machine.
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core; } \
            </dev/null >"$root/.bin/mariadb.log" 2>&1 || :
    fi
    mariadb_here || echo "There is no MariaDB here: its tests are skipped. On Debian: sudo apt-get install mariadb-server-core mariadb-client-core" >&2
}
