#!/usr/bin/env bash
# Proves the deployment: builds docker-compose.yml, starts it beside whatever else runs, checks the
# UI and renders one picture through the front's port, and takes it all down again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

command -v curl >/dev/null || fail 'curl is missing: on Debian, apt-get install curl' 69
export CLOVERS_PUBLISH=${CLOVERS_PUBLISH:-127.0.0.1:18080}
url=http://$CLOVERS_PUBLISH
work=$(mktemp -d)

compose() {
    scripts/compose.sh -p clovers-prove -f docker-compose.yml "$@"
}

finish() {
    status=$?
    if [ "$status" -ne 0 ]; then
        compose ps || true
        compose logs --no-color --tail 40 || true
    fi
    say 'Taking it down'
    compose down --volumes --remove-orphans || true
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT

say 'Building and starting'
started=$SECONDS
compose up --build -d
say "Started after $((SECONDS - started)) s; waiting until every part is healthy"
for _ in $(seq 120); do
    if [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/readyz")" = 200 ]; then break; fi
    sleep 1
done
curl -sf "$url/readyz"
echo

say 'The UI'
curl -sf "$url/" | grep -qi '<div id="root"' || fail 'The front does not serve the UI'
page=$(curl -s -o /dev/null -w '%{http_code}' "$url/gallery")
unknown=$(curl -s -o /dev/null -w '%{http_code} %{content_type}' "$url/no-such-path")
echo "/gallery: $page; an unknown path: $unknown"
[ "$page" = 200 ] && [ "$unknown" = '404 application/problem+json' ]

say 'One render'
# The way is proved, not the speed: few samples.
location=$(curl -sf "$url/examples/cornell" | sed 's/"samples" *: *[0-9]*/"samples": 8/' |
    curl -sf "$url/render" -H 'content-type: application/json' --data-binary @- -o /dev/null -w '%header{location}')
echo "$location"
for _ in $(seq 10); do
    curl -sf -H 'Prefer: wait=60' "$url$location/status" -o "$work/status"
    grep -q '"state": *"\(done\|failed\|cancelled\)"' "$work/status" && break
done
cat "$work/status"
echo
curl -sf "$url$location" -o "$work/picture.png"
[ "$(head -c 8 "$work/picture.png" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] ||
    fail 'What came back is no PNG'
compose ps
say "Proved in $((SECONDS - started)) s: $(wc -c <"$work/picture.png") bytes of PNG through the front"
