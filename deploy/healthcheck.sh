#!/bin/bash
# Whether `GET PATH` on PORT of this container answers 200: `healthcheck PORT [PATH]`. Bash opens
# the connection itself, so the images need no HTTP client.
set -euo pipefail

port=$1
path=${2:-/readyz}
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$path" >&3
read -r -t 4 _version status _reason <&3
[ "$status" = 200 ]
