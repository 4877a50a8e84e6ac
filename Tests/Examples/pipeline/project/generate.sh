#!/bin/sh
# Writes the table of numerals as C.
set -eu
awk '{ printf "    {%d, \"%s\"},\n", $1, $2 }' numerals.txt >numerals.inc
echo "$(wc -l <numerals.inc) numerals"
