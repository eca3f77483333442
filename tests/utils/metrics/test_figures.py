from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from utils.metrics.figures import counted


def test_a_scrape_does_without_the_file_that_a_process_has_only_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    filled = MmapedDict(str(tmp_path / "counter_1.db"))  # type: ignore[no-untyped-call]
    filled.write_value(mmap_key("sent", "sent_total", [], [], ""), 3.0, 0.0)  # type: ignore[no-untyped-call]
    filled.close()  # type: ignore[no-untyped-call]
    (tmp_path / "counter_2.db").touch()

    assert [sample.value for family in counted().collect() for sample in family.samples] == [3.0]
