#!/usr/bin/env bash
# Makes ringside-azure.zip for Azure App Service: what is committed, and the dashboard, built. The platform installs
# requirements.txt; see deploy/azure.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() { printf 'azure-package: %s\n' "$*" >&2; exit 1; }

[ -z "$(git status --porcelain --untracked-files=no)" ] || fail "something is not committed; see git status."
./startup.sh --prepare
rm -f ringside-azure.zip
git archive --format=zip --output=ringside-azure.zip HEAD -- api agents utils sdk deploy docs \
  frontend/package.json gunicorn.conf.py main.py pyproject.toml requirements.txt startup.sh wsgi.py README.md
.venv/bin/python - <<'PY'
import pathlib
import zipfile

with zipfile.ZipFile("ringside-azure.zip", "a", zipfile.ZIP_DEFLATED) as package:
    for path in sorted(pathlib.Path("frontend/dist").rglob("*")):
        if path.is_file():
            package.write(path)
PY
printf 'azure-package: ringside-azure.zip is made. Deploy it: az webapp deploy --type zip --src-path ringside-azure.zip …\n'
