"""Numbers in words."""

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def lifetime(seconds: int | None) -> str:
    """Return how long something lasts, in its two largest units."""
    if seconds is None:
        return "never"
    parts: list[str] = []
    for unit, length in _UNITS:
        number, seconds = divmod(seconds, length)
        if number or parts:
            parts.append(f"{number}{unit}")
        if len(parts) == 2:
            break
    return " ".join(parts) or "0s"


def counted(number: int, noun: str) -> str:
    """Return a number and what is counted: 1 item, 2 items."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
