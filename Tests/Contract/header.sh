#!/bin/bash
# The header compiles, without a warning, in every language version and by both compilers that its users have: whole and
# twice, and each topic alone.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings=(-Wall -Wextra -Wpedantic -Werror)
failures=0

clang=${DISTCOORD_CLANG:-}
if [ -z "$clang" ] && command -v swift >/dev/null; then clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang; fi
if [ ! -x "$clang" ]; then clang=$(command -v clang) || { echo "no clang found"; exit 1; }; fi

{
    echo '#include <distcoord.h>'
    echo '#include <distcoord.h>'
    echo 'int main(void) { return distcoord_abi_version() == DISTCOORD_ABI_VERSION ? 0 : 1; }'
} > "$work/whole.c"
for topic in "$root"/include/distcoord/*.h; do
    name=$(basename "$topic" .h)
    echo "#include <distcoord/$name.h>" > "$work/topic_$name.c"
    echo "int main(void) { return 0; }" >> "$work/topic_$name.c"
done
for source in "$work"/*.c; do cp "$source" "${source%.c}.cpp"; done

try() { # COMPILER LANGUAGE SOURCE
    local log
    if ! log=$("$1" "$2" "${warnings[@]}" -I"$root/include" -fsyntax-only "$3" 2>&1); then
        echo "$(basename "$1") $2 $(basename "$3"):"
        echo "$log"
        failures=$((failures + 1))
    fi
}
for standard in c99 c11 c17; do
    for source in "$work"/*.c; do
        try gcc "-std=$standard" "$source"
        try "$clang" "-std=$standard" "$source"
    done
done
for source in "$work"/*.cpp; do
    try g++ -std=c++17 "$source"
    try "$clang++" -std=c++17 "$source"
done
[ "$failures" -eq 0 ]
