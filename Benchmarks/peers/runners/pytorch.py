"""PyTorch, on timm's network with our weights, channels last: eager, as frozen TorchScript, or compiled."""
NAME = "PyTorch"
PRECISIONS = ["fp32", "bf16", "half"]


def version():
    import timm  # noqa: F401
    import torch
    return torch.__version__


def modes(precision, streams, threads):
    """Returns how to run the network; for "half", with the number formats to try."""
    if precision == "half":
        return ["compiled, bf16", "compiled, fp16", "compiled, fp32"]
    return ["eager", "TorchScript", "compiled"]


def timm_name(model):
    """Returns timm's name of one of the authors' networks: "v2-s" → "tf_efficientnetv2_s"."""
    return "tf_efficientnetv2_" + model[3:] if model.startswith("v2-") else "tf_efficientnet_" + model


def streams(model, configuration, images, precision):
    import timm
    import torch
    from .. import files
    torch.set_num_threads(configuration.threads)
    torch.set_num_interop_threads(1)
    mode, _, numbers = configuration.mode.partition(", ")
    numbers = numbers or precision
    kind = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[numbers]
    network = timm.create_model(timm_name(model), checkpoint_path=str(files.weights_of(model)))
    network = network.eval().to(memory_format=torch.channels_last, dtype=kind)
    example = torch.from_numpy(images[:configuration.batch]).to(memory_format=torch.channels_last, dtype=kind)
    with torch.inference_mode():
        match mode:
            case "TorchScript":
                network = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, example)))
            case "compiled":
                torch._inductor.config.freezing = True
                network = torch.compile(network)

    def run(part):
        torch.set_num_threads(configuration.threads)  # applies to the calling thread
        with torch.inference_mode():
            x = torch.from_numpy(part).to(memory_format=torch.channels_last, dtype=kind)
            return network(x).float().numpy()
    return numbers, [run] * configuration.streams


def arranged(images):
    """Returns the images as (n, channels, height, width) with channels last in memory."""
    import numpy
    return numpy.ascontiguousarray(images.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
