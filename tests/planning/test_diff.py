"""The three-way comparison: wanted, last written, standing."""

from __future__ import annotations

import pytest

from calsync.planning.diff import Base, Verdict, verdict

OURS = Base("ours", 100, 0)


@pytest.mark.parametrize(
    ("wanted", "base", "standing", "start", "flex", "expected"),
    [
        pytest.param("new", None, None, 100, 0, Verdict.WRITE, id="nothing stands, nothing was written"),
        pytest.param(None, None, None, 100, 0, Verdict.KEEP, id="nothing anywhere"),
        pytest.param("ours", OURS, "ours", 100, 0, Verdict.KEEP, id="as wanted"),
        pytest.param("new", OURS, "ours", 100, 0, Verdict.WRITE, id="other text wanted"),
        pytest.param(None, OURS, "ours", 100, 0, Verdict.REMOVE, id="no longer wanted"),
        pytest.param("new", OURS, "hers", 100, 0, Verdict.YIELD, id="edited"),
        pytest.param("ours", OURS, None, 100, 0, Verdict.YIELD, id="deleted"),
        pytest.param(None, OURS, "hers", 100, 0, Verdict.YIELD, id="edited and no longer wanted"),
        pytest.param(None, OURS, None, 100, 0, Verdict.KEEP, id="deleted and no longer wanted"),
        pytest.param("new", OURS, "hers", 200, 0, Verdict.WRITE, id="edited, and the call moved"),
        pytest.param("new", OURS, None, 200, 0, Verdict.WRITE, id="deleted, and the call moved"),
        pytest.param("new", OURS, None, 100, 15, Verdict.WRITE, id="deleted, and flexed"),
        pytest.param(None, OURS, "hers", 200, 0, Verdict.YIELD, id="edited, moved, and no longer wanted"),
        pytest.param("new", None, "hers", 100, 0, Verdict.YIELD, id="never ours"),
        pytest.param("hers", None, "hers", 100, 0, Verdict.KEEP, id="the same by chance"),
    ],
)
def test_verdicts(
    wanted: str | None, base: Base | None, standing: str | None, start: int, flex: int, expected: Verdict
) -> None:
    assert verdict(wanted, base, standing, start, flex) is expected
