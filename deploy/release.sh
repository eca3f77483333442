#!/usr/bin/env bash
# Makes ringside-<version>.tar.gz, with the dashboard built: it starts without Node; and its bills of materials. The version stands in pyproject.toml
# and in frontend/package.json; its changes in CHANGELOG.md; its commit is tagged.
#
#   git tag v0.2.0 && deploy/release.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() { printf 'release: %s\n' "$*" >&2; exit 1; }

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
name=ringside-$version

[ -z "$(git status --porcelain)" ] || fail "something is not committed; see git status."
[ -n "$(git tag --points-at HEAD --list "v$version")" ] || fail "this commit is not tagged v$version, as pyproject.toml says."
grep -qx "## $version" CHANGELOG.md || fail "CHANGELOG.md has no section '## $version'."
tests/run.sh || fail "a test failed; nothing was made."

git archive --prefix="$name/" --output="$name.tar" HEAD
tar --append --file="$name.tar" --transform="s,^,$name/," frontend/dist
gzip --no-name --force "$name.tar"
deploy/sbom.sh "$name"
printf 'release: %s.tar.gz is made. Give it and the bills of materials out, and push the tag: git push origin v%s\n' "$name" "$version"
