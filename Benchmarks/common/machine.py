"""A description of this machine."""
import datetime
import os
import re
import subprocess

VENDORS = {"GenuineIntel": "intel", "AuthenticAMD": "amd"}
CORES = {"amd-25-17": "Zen 4", "intel-6-143": "Sapphire Rapids", "intel-6-207": "Emerald Rapids"}  # by `suffix`


def machine():
    """Returns the relevant fields of lscpu as a dictionary."""
    text = subprocess.run(["lscpu"], capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}
    flags = fields.get("Flags", "").split()
    wanted = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "avx512_fp16"]
    names = ["Vendor ID", "CPU family", "Model", "Model name", "CPU(s)", "Thread(s) per core", "L1d cache", "L2 cache", "L3 cache", "Hypervisor vendor"]
    result = {name: fields[name] for name in names if name in fields}
    result["Instructions"] = " ".join(flag for flag in wanted if flag in flags)
    return result


def suffix(machine):
    """Returns vendor, family and model for names of files, such as "amd-25-17"."""
    vendor = machine.get("Vendor ID", "unknown")
    parts = [VENDORS.get(vendor, vendor.lower()), machine.get("CPU family"), machine.get("Model")]
    return "-".join(re.sub(r"[^a-z0-9]+", "-", part) for part in parts if part)


def name(machine):
    """Returns, for example, "AMD EPYC (Zen 4)"."""
    core = CORES.get(suffix(machine))
    return machine.get("Model name", "?") + (f" ({core})" if core else "")


def words(machine):
    """Returns, for example, "AMD EPYC (Zen 4), 2 processors, L2 cache 2 MiB (2 instances), …"."""
    rest = [f"{name} {value}" for name, value in machine.items() if name.endswith("cache")]
    processors = f"{machine.get('CPU(s)', '?')} processors"
    if machine.get("Thread(s) per core", "1") != "1":
        processors += f", {machine['Thread(s) per core']} threads a core"
    if "Hypervisor vendor" in machine:
        processors += ", a virtual machine"
    return ", ".join([name(machine), processors, *rest, machine.get("Instructions", "")])


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
