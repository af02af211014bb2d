"""Checks the metrics of a server with Prometheus' own parser.

    python check_metrics.py http://127.0.0.1:8080/metrics
    python check_metrics.py ../../Tests/EfficientNetServingTests/Fixtures/metrics.txt
        needs: prometheus-client 0.26

Every family must be known with its type and labels; a file must have all of them.
"""
import math
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

MODEL = {"model", "version"}
BOUNDS = [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
BOUNDS.append(math.inf)
# The parser removes _total from the names of counters.
FAMILIES = {
    "http_server_request_duration_seconds": ("histogram", {"method", "route", "status"}),
    "http_server_active_requests": ("gauge", set()),
    "effnet_requests": ("counter", MODEL | {"outcome"}),
    "effnet_photos": ("counter", MODEL),
    "effnet_queue_wait_seconds": ("histogram", MODEL),
    "effnet_decode_seconds": ("histogram", MODEL),
    "effnet_compute_seconds": ("histogram", MODEL),
    "effnet_queue_photos": ("gauge", set()),
    "effnet_queue_wait_estimate_seconds": ("gauge", set()),
    "effnet_inflight_bytes": ("gauge", set()),
    "effnet_lanes": ("gauge", set()),
    "effnet_lanes_busy": ("gauge", set()),
    "effnet_lane_busy_seconds": ("counter", set()),
    "effnet_cache_hits": ("counter", set()),
    "effnet_cache_misses": ("counter", set()),
    "effnet_log_dropped": ("counter", set()),
    "effnet_model_info": ("gauge", MODEL | {"precision", "isa", "sha256"}),
    "effnet_model_load_seconds": ("gauge", MODEL),
    "nv_inference_request_success": ("counter", MODEL),
    "nv_inference_request_failure": ("counter", MODEL | {"reason"}),
    "nv_inference_count": ("counter", MODEL),
    "nv_inference_exec_count": ("counter", MODEL),
    "nv_inference_pending_request_count": ("gauge", MODEL),
    "nv_inference_request_duration_us": ("counter", MODEL),
    "nv_inference_queue_duration_us": ("counter", MODEL),
    "nv_inference_compute_input_duration_us": ("counter", MODEL),
    "nv_inference_compute_infer_duration_us": ("counter", MODEL),
    "nv_inference_compute_output_duration_us": ("counter", MODEL),
    "process_cpu_seconds": ("counter", set()),
    "process_resident_memory_bytes": ("gauge", set()),
    "process_open_fds": ("gauge", set()),
    "process_threads": ("gauge", set()),
    "process_start_time_seconds": ("gauge", set()),
}


def check(condition, problem):
    if not condition:
        sys.exit(f"{source}: {problem}")


def check_histogram(family):
    series = {}
    for sample in family.samples:
        labels = frozenset((k, v) for k, v in sample.labels.items() if k != "le")
        part = series.setdefault(labels, {"buckets": []})
        suffix = sample.name.removeprefix(family.name)
        if suffix == "_bucket":
            part["buckets"].append((float(sample.labels["le"]), sample.value))
        else:
            part[suffix] = sample.value
    for labels, part in series.items():
        bounds = [bound for bound, _ in part["buckets"]]
        counts = [count for _, count in part["buckets"]]
        check(bounds == BOUNDS, f"{family.name} has the buckets {bounds}")
        check(counts == sorted(counts), f"{family.name} has buckets that do not count up")
        check(counts[-1] == part["_count"], f"{family.name} has another count than +Inf")
        check(part["_sum"] >= 0, f"{family.name} has the sum {part['_sum']}")


source = sys.argv[1]
if source.startswith("http"):
    with urllib.request.urlopen(source) as answer:
        check(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), "wrong type")
        text = answer.read().decode()
else:
    with open(source, encoding="utf-8", newline="") as file:
        text = file.read()

check(text.endswith("\n"), "the last line has no line break")
found = set()
for family in text_string_to_metric_families(text):
    check(family.name in FAMILIES, f"unknown family {family.name}")
    check(family.name not in found, f"{family.name} stands in two places")
    found.add(family.name)
    kind, labels = FAMILIES[family.name]
    check(family.type == kind, f"{family.name} is a {family.type}, not a {kind}")
    check(family.documentation, f"{family.name} has no help")
    seen = set()
    for sample in family.samples:
        names = set(sample.labels) - {"le"}
        check(names == labels, f"{sample.name} has the labels {sorted(names)}")
        key = (sample.name, frozenset(sample.labels.items()))
        check(key not in seen, f"{sample.name} has {sample.labels} twice")
        seen.add(key)
    if kind == "histogram":
        check_histogram(family)

missing = sorted(set(FAMILIES) - found)
check(source.startswith("http") or not missing, f"no {', '.join(missing)}")
print(f"{source}: {len(found)} families" + (f"; without samples: {', '.join(missing)}" if missing else ""))
