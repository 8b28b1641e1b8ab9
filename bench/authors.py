"""The authors' own program on one checkpoint, timed: python3 bench/authors.py CHECKOUT CHECKPOINT SAMPLES

CHECKOUT is a clone of their repository; their functions run as they are published, and nothing of them is here. The
model is loaded once for all samples, which is kinder than their own loop. Prints JSON: seconds, peak memory in MB, alpha_0
of every sample. Needs NumPy and SciPy; what else they import is not used by these functions.
"""

import contextlib
import importlib.util
import io
import json
import os
import resource
import sys
import tempfile
import time
import types

import numpy as np

NEURONS = 32
Q = [q / 100 for q in range(-300, 301, 10)]
NAME = "model"


def load(checkout, path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], os.path.join(checkout, path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stand_in(name, **members):
    if importlib.util.find_spec(name) is None:
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(members)


class Parameter:
    """What their functions ask of a tensor of PyTorch."""

    def __init__(self, values):
        self.values = values

    def to(self, _device):
        return self

    def detach(self):
        return self

    def numpy(self):
        return self.values


class Model:
    def __init__(self, path):
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
            header.pop("__metadata__", None)
            self.parameters = []
            for name, tensor in header.items():
                begin, end = tensor["data_offsets"]
                file.seek(8 + length + begin)
                values = np.frombuffer(file.read(end - begin), dtype={"F16": "<f2", "F32": "<f4"}[tensor["dtype"]])
                # As their loader has it, all models are in 32 bits.
                self.parameters.append((name, Parameter(values.astype(np.float32).reshape(tensor["shape"]))))

    def named_parameters(self):
        return self.parameters


def main(checkout, checkpoint, samples):
    stand_in("torch", Tensor=type("Tensor", (), {}))
    stand_in("transformers", GPTNeoXForCausalLM=None)
    stand_in("tqdm", tqdm=lambda iterable, **_: iterable)
    extraction = load(checkout, "data_processing/network_extraction.py")
    preprocessing = load(checkout, "data_processing/data_preprocessing.py")
    multifractal = load(checkout, "analysis/multifractal.py")
    with open(os.path.join(checkpoint, "config.json")) as file:
        config = json.load(file)
    hidden, blocks = config["hidden_size"], config["num_hidden_layers"]
    file = os.path.abspath(os.path.join(checkpoint, "model.safetensors"))
    alphas = []
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        model = Model(file)
        for index in range(samples):
            np.random.seed(index)
            neurons = extraction.net_sample_nums(blocks, NEURONS, hidden)
            extraction.make_edge(model, NAME, 0, index, neurons, blocks, hidden, samples)
        preprocessing.preprocess_network(NAME, samples)
        networks = os.path.join("data/networks", f"sample_{samples}", NAME)
        for index in range(samples):
            net = np.load(os.path.join(networks, f"{NAME}_step0_sampled_{index}.pkl"), allow_pickle=True)
            tau, *_ = multifractal.wnfd_llm(net, Q)
            alphas.append(float(multifractal.calculate_multifractal_spectrum(tau, Q)[0]))
        seconds = time.perf_counter() - begin
        os.chdir("/")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"seconds": seconds, "memory": memory, "alpha0": alphas}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
