#!/usr/bin/env bash
# Installs the Debian packages that the tests need and that are missing, when
# it may; else names them. Never starts or leaves a database behind: the tests
# make their own cluster and throw it away.
set -euo pipefail

have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

missing=()
have_postgres || missing+=(postgresql)
command -v npm >/dev/null || missing+=(npm)
command -v chromium >/dev/null || missing+=(chromium)
# Pages are looked at as their readers see them; without the font the browser
# would measure boxes.
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk fontconfig)
if ((${#missing[@]} == 0)); then
	exit 0
fi

as_root=()
if ((EUID != 0)); then
	if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
		as_root=(refuse)
	else
		as_root=(sudo -n)
	fi
fi
if ! command -v apt-get >/dev/null || [[ ${as_root[*]-} == refuse ]]; then
	echo "The tests need: ${missing[*]}" >&2
	echo "Install them and run again, on Debian: apt-get install ${missing[*]}" >&2
	exit 1
fi

# The server package makes and starts a cluster of its own unless told not to.
no_cluster=/etc/postgresql-common/createcluster.d/huiyin-tests.conf
restore() { "${as_root[@]}" rm -f "$no_cluster"; }
trap restore EXIT
"${as_root[@]}" mkdir -p "${no_cluster%/*}"
echo 'create_main_cluster = false' | "${as_root[@]}" tee "$no_cluster" >/dev/null

echo "Installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
