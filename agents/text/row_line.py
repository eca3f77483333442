"""A row of a table as a line of text."""


def row_line(header: list[str], cells: list[str]) -> str:
    """A table row as a line that can be searched and quoted: 'Month: 2024-01; Passengers: 812'."""
    pairs = zip(header, cells, strict=False)
    return "; ".join(f"{column}: {cell}" if column else cell for column, cell in pairs if cell)
