"""PyTorch, on timm's network, channels last: eager, or compiled forward and backward; bf16 by autocast."""
from ...peers.runners.pytorch import timm_name
from ..case import DECAY, DROP, MOMENTUM, RATE, SMOOTHING


def eager(case):
    return step(case, lambda loss: loss)


def compiled(case):
    import torch
    return step(case, torch.compile)


def step(case, prepared):
    """Returns the step. `prepared` wraps, for example compiles, the function that computes the loss."""
    import timm
    import torch
    torch.manual_seed(0)
    torch.set_num_threads(case.threads)
    torch.set_flush_denormal(True)
    network = timm.create_model(timm_name(case.model), drop_rate=DROP, drop_path_rate=DROP)
    network.train().to(memory_format=torch.channels_last)
    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim == 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": DECAY}, {"params": others}],
        lr=RATE, momentum=MOMENTUM, nesterov=True, fused=True)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    images = torch.randn(case.images, 3, case.resolution, case.resolution).to(memory_format=torch.channels_last)
    labels = torch.arange(case.images)

    def loss():
        with torch.autocast("cpu", torch.bfloat16, enabled=case.precision == "bf16"):
            logits = network(images)
        return criterion(logits.float(), labels)
    loss_of = prepared(loss)

    def run():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()
    return run
