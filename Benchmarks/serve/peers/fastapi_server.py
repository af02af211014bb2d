"""A server as many write it: FastAPI and uvicorn in front of ONNX Runtime. The photo is the body.

    python -m Benchmarks.serve.peers.fastapi_server FOLDER PORT [WORKERS] [THREADS]

A request runs in a thread of its worker. THREADS is the number of threads that one photo uses.
"""
import os
import sys

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from PIL import UnidentifiedImageError

from .network import Network

app = FastAPI()
if "SERVE_FOLDER" in os.environ:  # in a worker
    network = Network(os.environ["SERVE_FOLDER"], int(os.environ["SERVE_THREADS"]))


async def body(request: Request):
    return await request.body()


@app.get("/v2/health/live")
async def live():
    return {"live": True}


@app.post("/v1/classify")
def classify(photo: bytes = Depends(body), top: int = 5):
    try:
        return {"predictions": network.classify(photo, top)}
    except (UnidentifiedImageError, OSError) as error:
        raise HTTPException(415, str(error)) from None


if __name__ == "__main__":
    folder, port, workers, threads = (sys.argv[1:] + ["1", "1"])[:4]
    os.environ.update(SERVE_FOLDER=folder, SERVE_THREADS=threads)
    uvicorn.run("Benchmarks.serve.peers.fastapi_server:app", port=int(port), workers=int(workers),
                log_level="warning", backlog=2048)
