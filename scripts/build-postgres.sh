#!/bin/sh
# build-postgres.sh MAJOR: builds PostgreSQL 17 or 18 from Debian's source package, once, and prints its pg_config: for tests on a
# Debian that has no package of it. Of the system it touches nothing but missing build tools.
set -eu

major=${1:-}
case $major in
17) suite=trixie ;;
18) suite=sid ;;
*)
    echo "PG=17 or PG=18: newer Debians have the sources of these" >&2
    exit 1
    ;;
esac

# A server does not run as root, and its account must be able to read what it runs.
folder=${XDG_CACHE_HOME:-$HOME/.cache}/dify_observe
as=sudo
if [ "$(id -u)" = 0 ]; then
    folder=/var/cache/dify_observe
    as=
fi
prefix=$folder/postgresql-$major
if [ -x "$prefix/bin/pg_config" ]; then
    echo "$prefix/bin/pg_config"
    exit 0
fi

exec 3>&1 1>&2
packages="gcc make bison flex perl libc6-dev libssl-dev zlib1g-dev liblz4-dev"
# shellcheck disable=SC2086 # one word per package
dpkg -s $packages >/dev/null 2>&1 ||
    $as env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $packages

mkdir -p "$folder"
work=$(mktemp -d "$folder/building.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/source"

# The mirror that this machine uses, and no list of its own is changed.
mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | grep -v security | head -n 1)
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
apt() {
    apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" \
        -o Dir::Cache="$work" -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update
(cd "$work" && apt source --download-only "postgresql-$major")
tar -xf "$work"/postgresql-"$major"_*.orig.tar.* -C "$work/source" --strip-components=1

cd "$work/source"
./configure --quiet --prefix="$prefix" --without-readline --without-icu --with-openssl --with-lz4
for part in src contrib/pg_trgm; do
    make -s -C $part -j"$(nproc)" all
done
# Moved when whole: what was interrupted is built again.
for part in src contrib/pg_trgm; do
    make -s -C $part install DESTDIR="$work/installed"
done
mv -T "$work/installed$prefix" "$prefix"
echo "$prefix/bin/pg_config" >&3
