#!/usr/bin/env bash
# Installs readers of Iceberg that are not Trino into the cache (400 MB, once): PyIceberg, and the DuckDB of which PyPI has the extension.
# `--path` prints where their Python is or would be.
set -euo pipefail
pyiceberg=0.12.0
duckdb=1.5.5
folder=${XDG_CACHE_HOME:-$HOME/.cache}/draintrace/iceberg/$pyiceberg-$duckdb
if [[ ${1:-} == --path ]]; then
  echo "$folder/bin/python"
  exit
fi
if "$folder/bin/python" -c 'import pyiceberg, duckdb_extension_iceberg' 2>/dev/null; then exit; fi
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check "pyiceberg[pyarrow]==$pyiceberg" "duckdb==$duckdb" \
  "duckdb-extension-iceberg==$duckdb" "duckdb-extension-avro==$duckdb"
