#!/usr/bin/env bash
# Fetches what pages need from npm, as the lock file has it, and puts it where
# the program embeds it: htmx, its events extension, and one sprite of the icons
# that templates name. None of it is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null; then
	echo "Building the pages needs Node.js 20 or later with npm; on Debian: apt-get install npm" >&2
	exit 1
fi
web=internal/web
npm=bin/npm
mkdir -p "$npm"
cp "$web"/ui/package.json "$web"/ui/package-lock.json "$npm/"
npm ci --prefix "$npm" --no-audit --no-fund --loglevel=error

vendor=$web/ui/static/vendor
rm -rf "$vendor" && mkdir -p "$vendor"
cp "$npm"/node_modules/htmx.org/dist/htmx.min.js "$npm"/node_modules/htmx.org/dist/ext/hx-sse.min.js "$vendor/"

names=$(grep -rhoE '\{\{-? ?icon "[a-z0-9-]+"|Icon: +"[a-z0-9-]+"' "$web" --include='*.html' --include='*.go' |
	grep -oE '"[a-z0-9-]+"' | tr -d '"' | sort -u)
{
	echo '<svg xmlns="http://www.w3.org/2000/svg">'
	for name in $names; do
		file="$npm/node_modules/@tabler/icons/icons/outline/$name.svg"
		if [[ ! -f $file ]]; then
			echo "no icon is called $name" >&2
			exit 1
		fi
		echo "<symbol id=\"$name\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.75\" stroke-linecap=\"round\" stroke-linejoin=\"round\">"
		grep -E '^ *<(path|circle|line|rect|polyline|polygon)' "$file"
		echo '</symbol>'
	done
	echo '</svg>'
} >"$vendor/icons.svg"
