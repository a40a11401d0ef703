#!/bin/sh
# Runs the Dockerfile's steps in a temporary folder, for a machine without a Docker engine: only what the image copies,
# a read-only program, another user where that is possible, and the health check. Ends with "rehearsal: healthy".
# Needs Python 3.11 and Node 20 on PATH.   Usage: sh deploy/rehearse.sh [port]
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
port=${1:-8199}
root=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  chmod -R u+w "$root" && rm -rf "$root"
}
trap cleanup EXIT INT TERM

copy() { mkdir -p "$2/$(dirname "$1")" && (cd "$here" && tar -cf - --exclude node_modules --exclude dist --exclude __pycache__ "$1") | tar -xf - -C "$2"; }

echo "rehearsal: building the front end"
for each in frontend service_worker backend/throughcare/problems.json; do copy "$each" "$root/build"; done
(cd "$root/build/frontend" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node build.mjs)

echo "rehearsal: installing the Python packages"
python3 -m venv "$root/venv"
"$root/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$here/requirements/core.txt"

echo "rehearsal: putting the program together"
for each in $(sed -n 's/^COPY \([a-z][^ ]*\) [^ ]*$/\1/p' "$here/Dockerfile" | sed '1,/^backend\/throughcare\/problems.json$/d'); do
  case $each in requirements/*) continue ;; esac
  copy "$each" "$root/app"
done
cp -R "$root/build/frontend/dist" "$root/app/frontend/dist"
mkdir "$root/data"
chmod -R a-w "$root/app"

echo "rehearsal: starting"
user=
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  chmod 755 "$root" && chown 10001:10001 "$root/data"
  user="setpriv --reuid 10001 --regid 10001 --clear-groups"
fi
cd "$root/app"
HOME=$root/data PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/app/backend THROUGHCARE_DATA_DIR=$root/data THROUGHCARE_PUBLIC_HOST=localhost:$port \
  $user "$root/venv/bin/python" -m throughcare.cli.serve --host 127.0.0.1 --port "$port" &
server=$!
for _ in $(seq 40); do
  sleep 0.5
  if "$root/venv/bin/python" -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/health', timeout=4).read()" 2>/dev/null; then
    echo "rehearsal: healthy"
    exit 0
  fi
done
echo "rehearsal: the server did not become healthy" >&2
exit 1
