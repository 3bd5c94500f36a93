#!/usr/bin/env bash
# Builds other linters of manifests from their Go modules, one after the other, and runs test/lint/rivals.ts.
# RIVALS names a folder in which kube-linter, kube-score and polaris lie already; RIVAL_SOURCES one with clones of those that the
# module proxy does not have. popeye is not run: it lints a living cluster only.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${RIVALS:-$HOME/.cache/draintrace/rivals}
mkdir -p "$bin"
export GOBIN=$bin GOFLAGS=-p=1
build() { # program module version
  [ -x "$bin/$1" ] && return
  local source=${RIVAL_SOURCES:-}/$1
  if [ -n "${RIVAL_SOURCES:-}" ] && [ -d "$source" ]; then
    local main=.
    [ -d "$source/cmd/$1" ] && main=./cmd/$1
    (cd "$source" && go build -mod=mod -o "$bin/$1" "$main")
  else
    go install "$2@$3"
  fi
}
build kube-linter golang.stackrox.io/kube-linter/cmd/kube-linter v0.7.21
build kube-score github.com/zegl/kube-score/cmd/kube-score v1.20.0
build polaris github.com/fairwindsops/polaris v10.2.2
node --import tsx test/lint/rivals.ts "$bin"
