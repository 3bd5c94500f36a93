#!/usr/bin/env bash
# Makes a release from a clean clone: checks, tests, package, bill of materials, image, tag.
#
#   deploy/release.sh VERSION [--skip-tests] [--image NAME] [--push] [--tag]
#
#   --skip-tests   does not run .ci/run, because this commit has passed it already
#   --image NAME   builds the image NAME:VERSION for amd64 and arm64 (docker with buildx), with its bill of materials and provenance
#   --push         pushes the image; without it the image is an archive in release/
#   --tag          makes the annotated tag vVERSION; it is pushed by hand
#
# Without these it changes nothing outside of release/. Environment: BASE, the base image by name. Its digest is asked of the registry
# now, and the image is built on exactly that; no digest is kept in the repository, where it would grow old.
# Exit codes: 0 done, 1 a check failed, 2 wrong arguments.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'release: %s\n' "$1" >&2
  exit "${2:-1}"
}

usage() { fail "usage: deploy/release.sh VERSION [--skip-tests] [--image NAME] [--push] [--tag]" 2; }

version=${1:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || usage
shift
tests=yes image='' push='' tag=''
while (($# > 0)); do
  case $1 in
    --skip-tests) tests='' ;;
    --image)
      image=${2:-}
      [[ $image =~ ^[a-z0-9][a-z0-9._/:-]*$ ]] || usage
      shift
      ;;
    --push) push=yes ;;
    --tag) tag=yes ;;
    *) usage ;;
  esac
  shift
done
base=${BASE:-docker.io/library/node:24-bookworm-slim}
out=release

check_sources() {
  [[ -z $(git status --porcelain) ]] || fail "the work tree has changes: commit or stash them"
  local known
  known=$(node -p "require('./package.json').version")
  [[ $known == "$version" ]] || fail "package.json has version $known, not $version: npm version --no-git-tag-version $version"
  known=$(node -p "require('./package-lock.json').version")
  [[ $known == "$version" ]] || fail "package-lock.json has version $known: npm install --package-lock-only"
  grep -qE "^## ${version//./\\.} \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
    fail "CHANGELOG.md has no heading '## $version (YYYY-MM-DD)': write the day of the release"
  # The pipelines install the version that they belong to.
  grep -qx "    default: $version" deploy/github-action/action.yml || fail "deploy/github-action/action.yml installs another version"
  grep -qx "    DRAINTRACE_VERSION: $version" deploy/gitlab/draintrace.gitlab-ci.yml ||
    fail "deploy/gitlab/draintrace.gitlab-ci.yml installs another version"
  if git rev-parse -q --verify "refs/tags/v$version" >/dev/null; then fail "the tag v$version exists already"; fi
}

run_tests() {
  [[ -n $tests ]] || return 0
  bash .ci/run || fail ".ci/run failed"
  [[ -z $(git status --porcelain) ]] || fail "the tests changed files"
}

# The package is built anew by the script prepare.
make_package() {
  rm -rf "$out"
  mkdir "$out"
  npm ci --no-audit --no-fund --ignore-scripts
  npm pack --pack-destination "$out"
  cp dist/sbom.cdx.json "$out/draintrace-$version.cdx.json"
  cp dist/THIRD-PARTY.txt "$out/"
}

# Asks the registry for the digest of the base, before anything is built.
pin_base() {
  [[ -n $image ]] || return 0
  command -v docker >/dev/null || fail "docker with buildx builds the image, and is not here"
  local digest
  digest=$(docker buildx imagetools inspect "$base" --format '{{.Manifest.Digest}}') || fail "the registry does not show $base"
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "the registry gave no digest of $base ($digest)"
  base=$base@$digest
}

build_image() {
  [[ -n $image ]] || return 0
  printf '%s\n' "$base" >"$out/base-image.txt"
  local -a output=(--output "type=oci,dest=$out/draintrace-$version.oci.tar")
  if [[ -n $push ]]; then output=(--push); fi
  docker buildx build -f deploy/Dockerfile --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max \
    --build-arg "BASE=$base" --build-arg "VERSION=$version" --tag "$image:$version" "${output[@]}" .
}

check_sources
pin_base
run_tests
make_package
build_image
(cd "$out" && find . -type f ! -name SHA256SUMS | sort | xargs sha256sum >SHA256SUMS)
if [[ -n $tag ]]; then git tag -a "v$version" -m "draintrace $version"; fi

printf '\n%s holds the release:\n' "$out"
cat "$out/SHA256SUMS"
printf '\nLeft to do:\n'
if [[ -z $tag ]]; then printf '  deploy/release.sh %s --tag, then ' "$version"; else printf '  '; fi
printf 'git push origin v%s\n' "$version"
printf '  npm publish %s/draintrace-%s.tgz (in CI with --provenance)\n' "$out" "$version"
