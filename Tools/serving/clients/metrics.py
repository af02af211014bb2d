"""Prometheus' own parser over /metrics, and the rules that its promtool checks."""
import re
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from interop import expect, require

NAMES = ["effnet_requests", "effnet_photos", "effnet_queue_wait_seconds", "effnet_decode_seconds", "effnet_compute_seconds",
         "effnet_lanes", "effnet_lanes_busy", "http_server_request_duration_seconds", "nv_inference_request_success",
         "nv_inference_count", "nv_inference_exec_count", "process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds"]


def checks(server, options):
    def fetched():
        with urllib.request.urlopen(f"{server.url}/metrics") as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    def values(text):
        return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
                for family in text_string_to_metric_families(text) for sample in family.samples}

    def parsed():
        kind, text = fetched()
        require(kind.startswith("text/plain; version=0.0.4"), f"content type {kind}")
        families = list(text_string_to_metric_families(text))
        for family in families:
            require(family.type != "unknown", f"{family.name} has no TYPE")
            require(family.documentation, f"{family.name} has no HELP")
        for word in ("HELP", "TYPE"):
            names = re.findall(rf"^# {word} (\S+)", text, re.MULTILINE)
            expect(len(names), len(set(names)), f"{word} lines of {len(set(names))} names")
        return f"{len(families)} families, {sum(len(family.samples) for family in families)} samples"

    def names():
        found = {family.name for family in text_string_to_metric_families(fetched()[1])}
        missing = [name for name in NAMES if name not in found]
        require(not missing, f"missing: {', '.join(missing)}")

    def conventions():
        text = fetched()[1]
        for family in text_string_to_metric_families(text):
            if family.type == "counter" and not family.name.startswith("nv_"):
                require(all(sample.name.endswith("_total") for sample in family.samples), f"counter {family.name} has no _total")
            if family.type == "gauge":
                require(not family.name.endswith("_total"), f"gauge {family.name} is named as a counter")
            unit = re.search(r"_(ms|milliseconds|minutes|hours|kb|mb)(_|$)", family.name)
            require(not unit, f"{family.name}: use seconds and bytes")
        expect(len(values(text)), sum(len(family.samples) for family in text_string_to_metric_families(text)), "different samples")

    def histograms():
        count = 0
        for family in text_string_to_metric_families(fetched()[1]):
            if family.type != "histogram":
                continue
            series = {}
            for sample in family.samples:
                key = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
                series.setdefault(key, {})[sample.labels.get("le", sample.name.rsplit("_", 1)[1])] = sample.value
            for found in series.values():
                count += 1
                buckets = [value for name, value in found.items() if name not in ("sum", "count")]
                expect(buckets, sorted(buckets), f"buckets of {family.name}")
                expect(found["+Inf"], found["count"], f"largest bucket of {family.name}")
        require(count, "no histograms")
        return f"{count} series"

    def counting():
        def photos():
            return sum(value for (name, _), value in values(fetched()[1]).items() if name == "effnet_photos_total")
        before = photos()
        request = urllib.request.Request(f"{server.url}/v1/classify", server.rocket.read_bytes())
        urllib.request.urlopen(request).read()
        expect(photos() - before, 1, "added photos")

    yield "parser, TYPE, HELP", parsed
    yield "names", names
    yield "conventions", conventions
    yield "histograms", histograms
    yield "a photo is counted", counting
