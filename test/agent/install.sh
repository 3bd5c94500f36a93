#!/usr/bin/env bash
# Installs the Python client of the Model Context Protocol into the cache (60 MB, once). `--path` prints where its Python is or would be.
set -euo pipefail
version=2.3.0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/draintrace/mcp/$version
if [[ ${1:-} == --path ]]; then
  echo "$folder/bin/python"
  exit
fi
if "$folder/bin/python" -c 'import mcp' 2>/dev/null; then exit; fi
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check "mcp==$version"
