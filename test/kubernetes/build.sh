#!/usr/bin/env bash
# Builds kube-apiserver and etcd as Kubernetes releases them, from the Go module proxy, into the cache: about 10 minutes on
# two cores, 250 MB of modules, once. `test/kubernetes/build.sh` builds; with `--path` it prints where the binaries are or
# would be. Needs Go >= 1.26. build/go.mod pins every version: Kubernetes' own modules are replaced by their releases,
# because its go.mod points them into its source tree.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -nE 's/^.*k8s\.io\/kubernetes v([0-9.]+)( .*)?$/\1/p' "$here/build/go.mod" | head -1)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/draintrace/kubernetes/$version
if [[ ${1:-} == --path ]]; then
  echo "$cache"
  exit
fi
if [[ -x $cache/kube-apiserver && -x $cache/etcd ]]; then exit; fi
mkdir -p "$cache"
cd "$here/build"
info=k8s.io/component-base/version
flags="-s -w -X $info.gitVersion=v$version -X $info.gitMajor=${version%%.*} -X $info.gitMinor=$(cut -d. -f2 <<<"$version")"
export CGO_ENABLED=0
# Under another name until it is whole.
nice go build -trimpath -ldflags '-s -w' -o "$cache/etcd.part" go.etcd.io/etcd/server/v3
nice go build -trimpath -ldflags "$flags" -o "$cache/kube-apiserver.part" k8s.io/kubernetes/cmd/kube-apiserver
for name in etcd kube-apiserver; do mv "$cache/$name.part" "$cache/$name"; done
