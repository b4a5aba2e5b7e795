#!/bin/sh
# Lock the requirements with hashes, without naming a registry.  usage: tools/lock.sh UV
set -eu
cd "$(dirname "$0")/../requirements"
for name in build run test; do
  "$1" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$name.in" -o "$name.txt"
done
