#!/bin/bash
# Generated files that are committed are what their generators write now.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
failures=0
for generator in cmake/generate_map.py bindings/python/tools/generate_abi.py; do
    if [ ! -f "$root/$generator" ]; then
        echo "$generator: missing"
        failures=$((failures + 1))
    elif ! python3 "$root/$generator" --check; then
        failures=$((failures + 1))
    fi
done
[ "$failures" -eq 0 ]
