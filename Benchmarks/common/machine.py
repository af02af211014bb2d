"""A description of this machine."""
import datetime
import os
import subprocess


def machine():
    """Returns the relevant fields of lscpu as a dictionary."""
    text = subprocess.run(["lscpu"], capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}
    flags = fields.get("Flags", "").split()
    wanted = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "avx512_fp16"]
    names = ["Model name", "CPU(s)", "Thread(s) per core", "L1d cache", "L2 cache", "L3 cache", "Hypervisor vendor"]
    result = {name: fields[name] for name in names if name in fields}
    result["Instructions"] = " ".join(flag for flag in wanted if flag in flags)
    return result


def words(machine):
    """Returns, for example, "AMD EPYC, 2 processors, L2 cache 2 MiB (2 instances), …"."""
    rest = [f"{name} {value}" for name, value in machine.items() if name.endswith("cache")]
    processors = f"{machine.get('CPU(s)', '?')} processors"
    if machine.get("Thread(s) per core", "1") != "1":
        processors += f", {machine['Thread(s) per core']} threads a core"
    if "Hypervisor vendor" in machine:
        processors += ", a virtual machine"
    return ", ".join([machine.get("Model name", "?"), processors, *rest, machine.get("Instructions", "")])


def free_memory():
    """Returns the free share of the memory."""
    with open("/proc/meminfo") as file:
        sizes = {name: int(value.split()[0]) for name, value in (line.split(":") for line in file)}
    return sizes["MemAvailable"] / sizes["MemTotal"]


def busy_seconds():
    """Returns the processor seconds of all programs since the start of the machine."""
    with open("/proc/stat") as file:
        user, nice, system, idle, waiting, *others = map(int, file.readline().split()[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def today():
    return datetime.date.today().isoformat()
