#!/usr/bin/env bash
# Installs moto, which answers as AWS does, into the cache (300 MB, once). `--path` prints where its server is or would be.
set -euo pipefail
version=5.2.5
folder=${XDG_CACHE_HOME:-$HOME/.cache}/draintrace/moto/$version
if [[ ${1:-} == --path ]]; then
  echo "$folder/bin/moto_server"
  exit
fi
if [[ -x $folder/bin/moto_server ]]; then exit; fi
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check "moto[server,elbv2,ec2,sns,sqs]==$version"
