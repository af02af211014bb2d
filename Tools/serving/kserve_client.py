"""Checks a server with KServe's InferenceRESTClient; clients/kserve.py runs it.

Reads a job as JSON from standard input, and prints a line of JSON for each check.
"""
import asyncio
import json
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from kserve.protocol.infer_type import RequestedOutput


def same(found, right):
    found, right = np.asarray(found, np.float32).ravel(), np.asarray(right, np.float32).ravel()
    if found.tobytes() != right.tobytes():
        raise ValueError(f"{found.size} numbers, the first is {found[0]!r}; expected {right.size}, {right[0]!r}")


async def main(job):
    url, model = job["url"], job["model"]
    images, logits = np.load(job["images"]), np.load(job["logits"])
    with open(job["photo"], "rb") as file:
        photo = file.read()
    client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=60, retries=0))

    def request(values, datatype, output, binary):
        entry = InferInput("image", list(values.shape), datatype)
        entry.set_data_from_numpy(values, binary_data=binary)
        outputs = [RequestedOutput(output, {"binary_data": binary})]
        return InferRequest(model_name=model, infer_inputs=[entry], request_outputs=outputs)

    async def health():
        for name, found in (("live", await client.is_server_live(url)), ("ready", await client.is_server_ready(url)),
                            ("model ready", await client.is_model_ready(url, model))):
            if found is not True:
                raise ValueError(f"{name} is {found!r}")

    async def tensor(binary):
        answer = await client.infer(url, request(images, "FP32", "logits", binary), model_name=model)
        same(answer.outputs[0].as_numpy(), logits)
        return f"model_name {answer.model_name}, id {answer.id}"

    async def bytes_photo():
        values = np.array([photo], dtype=object)
        answer = await client.infer(url, request(values, "BYTES", "probabilities", True), model_name=model)
        same(answer.outputs[0].as_numpy(), job["probabilities"])

    async def dictionary():
        data = {"id": "7", "inputs": [{"name": "image", "datatype": "FP32", "shape": list(images.shape), "data": images.tolist()}],
                "outputs": [{"name": "logits"}]}
        answer = await client.infer(url, data, model_name=model)
        same(answer["outputs"][0]["data"] if isinstance(answer, dict) else answer.outputs[0].as_numpy(), logits)

    async def unknown_model():
        try:
            await client.infer(url, request(images, "FP32", "logits", False), model_name="nothing")
        except Exception as error:
            if "nothing" not in str(error):
                raise
            return str(error).splitlines()[0]
        raise ValueError("no error for an unknown model")

    for name, check in (("live, ready, model ready", health), ("FP32, JSON", lambda: tensor(False)),
                        ("FP32, binary", lambda: tensor(True)), ("photo as BYTES", bytes_photo),
                        ("dictionary, nested data", dictionary), ("error of an unknown model", unknown_model)):
        error = note = ""
        try:
            note = await check() or ""
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
        print(json.dumps({"check": name, "error": error, "note": note}), flush=True)
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.read())))
