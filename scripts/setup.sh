#!/bin/sh
# setup.sh [tests]: installs what is missing to build and run the extension, and with `tests` what the tests need too.
# Touches neither apt nor the network when nothing is missing. Asks nothing.
set -eu

for_tests=${1:-}

missing() {
    command -v cc >/dev/null || echo gcc
    [ -f /usr/include/stdio.h ] || echo libc6-dev
    command -v pkg-config >/dev/null || echo pkg-config
    has_libclang || echo libclang-14-dev
    missing_postgres
    if [ "$for_tests" = tests ]; then
        # The tests send to Rotel, Phoenix and MLflow as well, which come as Python packages; the SQL lint is Python.
        python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
        # They open the report in a browser.
        has_browser || echo chromium
        # Counts instructions for the guard against regressions.
        command -v valgrind >/dev/null || echo valgrind
    fi
}

has_browser() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

# bindgen loads the library to read the server's headers, and needs the compiler's own headers beside it.
has_libclang() {
    [ -z "${LIBCLANG_PATH:-}" ] || return 0
    find /usr/lib -maxdepth 3 -name 'libclang*.so*' 2>/dev/null | grep -q . &&
        find /usr/lib/llvm-*/lib/clang/*/include -name stddef.h 2>/dev/null | grep -q .
}

# With PG_CONFIG given, that PostgreSQL; else any that will do.
missing_postgres() {
    if [ -z "${PG_CONFIG:-}" ]; then
        scripts/find-pg-config.sh >/dev/null 2>&1 || echo postgresql-15 postgresql-server-dev-15
    elif ! [ -f "$("$PG_CONFIG" --includedir-server 2>/dev/null)/postgres.h" ]; then
        major=$(echo "$PG_CONFIG" | sed -n -E 's|^/usr/lib/postgresql/([0-9]+)/bin/pg_config$|\1|p')
        if [ -n "$major" ]; then
            echo "postgresql-$major postgresql-server-dev-$major"
        else
            echo "PG_CONFIG=$PG_CONFIG has no server headers, or is not there" >&2
            echo invalid
        fi
    fi
}

if ! command -v cargo >/dev/null; then
    echo "cargo is missing: install Rust 1.88 or newer with rustup, then run this again" >&2
    exit 1
fi

packages=$(missing | tr '\n' ' ')
case "$packages" in
"") exit 0 ;;
*invalid*) exit 1 ;;
esac

as=
if [ "$(id -u)" != 0 ]; then
    as=sudo
    # Without a terminal nobody can type a password.
    [ -t 0 ] || as="sudo -n"
fi
if ! command -v apt-get >/dev/null || ! $as true 2>/dev/null; then
    echo "missing: $packages" >&2
    echo "install these packages, or run this as a user who may use sudo on Debian" >&2
    exit 1
fi

apt() {
    $as env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

# Debian starts a server of its own for a new major, unless it is told not to while the package is installed.
no_cluster=/etc/postgresql-common/createcluster.d/dify_observe-setup.conf
trap '$as rm -f "$no_cluster"; $as rmdir --ignore-fail-on-non-empty "$(dirname "$no_cluster")"' EXIT
$as mkdir -p "$(dirname "$no_cluster")"
echo "create_main_cluster = false" | $as tee "$no_cluster" >/dev/null

echo "installing: $packages"
apt update || { sleep 5 && apt update; }
# shellcheck disable=SC2086 # one word per package
apt install -y --no-install-recommends $packages
