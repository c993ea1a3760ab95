#!/usr/bin/env bash
# SPDX-License-Identifier: EUPL-1.2
# Lives through the demo, then runs every curl line of the README as it stands there and compares status and answer with
# what the fence announces: ```sh curl STATUS TEXT
set -euo pipefail
cd "$(dirname "$0")/.."
gateway=${CARGO_TARGET_DIR:-target}/release/mepa-gateway
work=$(mktemp -d)
trap 'kill "${server:-0}" 2>/dev/null || true; rm -rf "$work"' EXIT

"$gateway" demo --once --json >"$work/demo.json"
jq -e '.comuni.imported == 1851 and .comuni.confirmed == 1851 and ([.checks[].ok] | all)' "$work/demo.json" >/dev/null
echo "demo --once: $(jq '.checks | length' "$work/demo.json") steps came out as told"

"$gateway" demo >"$work/demo.log" 2>&1 &
server=$!
for _ in $(seq 600); do
  curl -sf http://127.0.0.1:8080/rest/acquisti/v1/status >/dev/null 2>&1 && break
  kill -0 "$server" || { cat "$work/demo.log"; exit 1; }
  sleep 0.2
done

passed=0 failed=0
while IFS=$'\t' read -r status text command; do
  # What the worker does comes a moment after the answer that owes it: what only reads may be asked again for ten seconds.
  tries=50; [[ $command == *"-X POST"* || $command == *"--data"* ]] && tries=1
  for _ in $(seq "$tries"); do
    answer=$(bash -c "$command")
    [ "$(tail -n 1 <<<"$answer")" = "$status" ] && grep -qF -- "$text" <<<"$answer" && break
    sleep 0.2
  done
  if [ "$(tail -n 1 <<<"$answer")" = "$status" ] && grep -qF -- "$text" <<<"$answer"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1)); printf 'README: expected %s and %s from\n%s\ngot\n%s\n' "$status" "$text" "$command" "$answer"
  fi
done < <(awk '/^```sh curl /{status=$3; sub(/^```sh curl [0-9]+ /, ""); text=$0; next_is=1; next} next_is{print status "\t" text "\t" $0; next_is=0}' README.md)
# The dossier that the README fetches is whole; it does not stay beside the sources.
mv dossier.zip "$work/"
"$gateway" report verify "$work/dossier.zip"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
