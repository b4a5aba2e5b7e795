#!/bin/sh
# Lock the requirements with hashes, without naming a registry.  usage: tools/lock.sh UV
set -eu
uv=$1
cd "$(dirname "$0")/.."
lock() {
  out=$1
  shift
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file "requirements/$out.txt" "$@"
}
lock build requirements/build.in
lock run --extra fast pyproject.toml
lock test --extra fast pyproject.toml requirements/test.in
