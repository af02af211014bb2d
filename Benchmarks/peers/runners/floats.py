"""effnet itself in fp32, beside which int8 is measured."""
NAME = "effnet in fp32"
PRECISIONS = ["int8"]


def version():
    from ...common import effnet
    return effnet.version()
