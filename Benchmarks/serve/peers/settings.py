"""The files of the Python servers: the ONNX file of effnet convert, preprocessing and labels."""
import json

from ...common.effnet import effnet


def write(model, folder):
    """Writes network.onnx and settings.json for downloaded weights, such as lite0."""
    folder.mkdir(parents=True, exist_ok=True)
    effnet("convert", model, folder / "network.onnx", "--batch", 1)
    weights = effnet("pull", model).strip().splitlines()[0]
    description = json.loads(effnet("inspect", weights, "--json"))["description"]
    labels = [entry["name"] for entry in description["classes"]]
    (folder / "settings.json").write_text(json.dumps({"preprocessing": description["preprocessing"], "labels": labels}))
