"""openapi-spec-validator and schemathesis over /openapi.json."""
import json
import subprocess
import sys
import urllib.request

from interop import Failed, Skipped, require

# Random bytes fit the schema of a photo, and are refused as no photo. A server without administration tokens
# refuses administration with 403, with a header or without.
EXCLUDED = "positive_data_acceptance,missing_required_header"


def checks(server, options):
    def document():
        with urllib.request.urlopen(f"{server.url}/openapi.json") as answer:
            return json.load(answer)

    def valid():
        try:
            from openapi_spec_validator import validate
        except ModuleNotFoundError as error:
            raise Skipped(str(error)) from None
        validate(document())
        return f"OpenAPI {document()['openapi']}, {len(document()['paths'])} paths"

    def complete():
        found = document()["paths"]
        wanted = ["/v2", "/v2/health/live", "/v2/health/ready", "/v1/classify", "/v1/embed", "/v1/explain", "/metrics"]
        missing = [path for path in wanted if path not in found]
        require(not missing, f"missing: {', '.join(missing)}")
        require(any(path.endswith("/infer") for path in found), "missing: infer")

    def fuzzed():
        try:
            import schemathesis  # noqa: F401
        except ModuleNotFoundError as error:
            raise Skipped(str(error)) from None
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "--workers", "1", "--no-color",
                   "--max-examples", options.examples, "--checks", "all", "--exclude-checks", EXCLUDED, "--generation-deterministic"]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=server.folder, timeout=1800)
        lines = [line.strip() for line in result.stdout.splitlines() if line.strip()]
        if result.returncode != 0:
            print(result.stdout)
            raise Failed(f"exit code {result.returncode}: {(lines or [result.stderr.strip()])[-1]}")
        return next((line for line in reversed(lines) if "passed" in line or "generated" in line), "")

    yield "openapi-spec-validator", valid
    yield "all routes are there", complete
    yield "schemathesis", fuzzed
