"""A program of one's own that answers questions about the weather, through the package `ringside`.

``RINGSIDE_URL`` and ``RINGSIDE_KEY`` say where and as whom.
"""

import ringside

# What the station has noted: hour, pressure in hPa, temperature in °C, wind.
_READINGS = [(16, 1011.2, -1.5, "NW 4"), (18, 1008.9, -2.4, "NW 5"), (20, 1006.1, -3.0, "NW 6")]


@ringside.agent("Weather (Python)")
def answer(job: ringside.Job) -> None:
    with job.step("Read the station", kind="tool", input={"station": "Lyngholm", "readings": 3}) as reading:
        names = ("hour", "hPa", "°C", "wind")
        reading.output = [dict(zip(names, one, strict=True)) for one in _READINGS]
    with job.step("Compute the trend", kind="tool", input={"of": "hPa"}) as trend:
        fallen = _READINGS[0][1] - _READINGS[-1][1]
        trend.output = {"fallen": round(fallen, 1), "outlook": "wind increases" if fallen > 3 else "steady"}
    with job.step("Read the ice report", kind="tool", input={"water": "Lyngholm"}) as ice:
        ice.output = {"ice": "drift ice", "reported": "19:40"}
    _, _, degrees, wind = _READINGS[-1]
    said = f"Wind {wind} and increasing, {abs(degrees):.0f} degrees of frost. Drift ice is reported off Lyngholm."
    for word in said.split(" "):
        job.write(f"{word} ")


ringside.serve()
