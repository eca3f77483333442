"""``python -m api.openapi`` prints the OpenAPI document, from which the dashboard's client is generated."""

import json
import tempfile
from pathlib import Path

from api.app import create_app
from utils.settings import get_settings


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(get_settings().model_copy(update={"data_dir": Path(folder)}))
        print(json.dumps(app.api_doc, indent=2, sort_keys=True, ensure_ascii=False))


if __name__ == "__main__":
    main()
