"""The summary of a loop: counts, rates and percentiles."""

PERCENTS = (50, 90, 95, 99)


def percentile(values, percent):
    """Returns the smallest value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def milliseconds(values):
    """Returns p50, p90, p95, p99 and max of seconds, in milliseconds; nothing without values."""
    if not values:
        return {}
    found = {f"p{percent}": percentile(values, percent) for percent in PERCENTS} | {"max": max(values)}
    return {name: round(value * 1000, 3) for name, value in found.items()}


def summary(record, seconds, limit, used=None):
    """Returns the figures of a record. `limit`: the longest time of goodput; `used`: processor seconds."""
    accepted, refused = record.accepted(), record.refused()
    result = {
        "seconds": round(record.seconds, 3), "sent": len(record.statuses), "accepted": len(accepted),
        "refused": len(refused), "failed": dict(record.failed()),
        "accepted_per_second": round(len(accepted) / seconds, 2), "limit_ms": limit * 1000,
        "goodput_per_second": round(sum(time <= limit for time in accepted) / seconds, 2),
        "accepted_ms": milliseconds(accepted), "refused_ms": milliseconds(refused),
        "late_ms": milliseconds(record.late), "connections": record.connections,
    }
    if used is not None:
        result |= {"cpu_seconds": round(used, 3), "cpu_share": round(used / record.seconds, 4)}
    return result
