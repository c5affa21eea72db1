"""GPT-2's forward pass in plain PyTorch, written from the paper and the layout of Hugging Face's files alone.

    python3 gpt2.py make FOLDER   puts a small random model, as published ones are, and its logits into a folder
    python3 gpt2.py run FOLDER    reads model.safetensors and config.json, prints the logits of TOKENS line by line

No package but PyTorch is needed: safetensors are read and written here.
"""

import json
import math
import struct
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

TYPES = {"F32": torch.float32, "F64": torch.float64, "I32": torch.int32}
TOKENS = [[37, 296, 306, 220, 34, 268, 72, 89, 274, 25, 198, 33], [0, 1, 2, 3, 316, 315, 314, 100, 200, 300, 7, 7]]


def read(file):
    data = Path(file).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            raw = bytearray(data[8 + length + begin : 8 + length + end])
            tensors[name] = torch.frombuffer(raw, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write(file, tensors):
    header, chunks, at = {}, [], 0
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        kind = next(k for k, v in TYPES.items() if v == tensor.dtype)
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + len(raw)]}
        chunks.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(file).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def logits(config, tensors, tokens):
    w = {name.removeprefix("transformer."): t.double() for name, t in tensors.items()}
    width, heads = config["n_embd"], config["n_head"]
    rows, length = tokens.shape

    def norm(x, at):
        return F.layer_norm(x, (width,), w[at + ".weight"], w[at + ".bias"], config["layer_norm_epsilon"])

    def conv1d(x, at):
        return x @ w[at + ".weight"] + w[at + ".bias"]

    def gelu_new(x):
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    hidden_from_each = torch.full((length, length), -math.inf, dtype=torch.float64).triu(1)
    x = w["wte.weight"][tokens] + w["wpe.weight"][:length]
    for k in range(config["n_layer"]):
        at = f"h.{k}."
        q, key, v = (
            part.view(rows, length, heads, width // heads).transpose(1, 2)
            for part in conv1d(norm(x, at + "ln_1"), at + "attn.c_attn").split(width, dim=2)
        )
        scores = q @ key.transpose(2, 3) / math.sqrt(width // heads) + hidden_from_each
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, width)
        x = x + conv1d(mixed, at + "attn.c_proj")
        x = x + conv1d(gelu_new(conv1d(norm(x, at + "ln_2"), at + "mlp.c_fc")), at + "mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


def make(folder):
    config = {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-05,
        "n_layer": 2,
        "n_head": 2,
        "n_embd": 16,
        "n_positions": 24,
        "n_ctx": 24,
        "vocab_size": 320,
        "resid_pdrop": 0.1,
        "task_specific_params": {"text-generation": {"do_sample": True}},
    }
    torch.manual_seed(1)
    width, context = config["n_embd"], config["n_positions"]

    def random(*shape):
        return torch.randn(*shape) * 0.3

    tensors = {"wte.weight": random(config["vocab_size"], width), "wpe.weight": random(context, width)}
    for k in range(config["n_layer"]):
        at = f"h.{k}."
        tensors[at + "ln_1.weight"], tensors[at + "ln_1.bias"] = 1 + random(width), random(width)
        tensors[at + "attn.bias"] = torch.ones(context, context).tril().view(1, 1, context, context)
        for name, n, m in [("attn.c_attn", 1, 3), ("attn.c_proj", 1, 1), ("mlp.c_fc", 1, 4), ("mlp.c_proj", 4, 1)]:
            tensors[at + name + ".weight"] = random(n * width, m * width)
            tensors[at + name + ".bias"] = random(m * width)
        tensors[at + "ln_2.weight"], tensors[at + "ln_2.bias"] = 1 + random(width), random(width)
    tensors["ln_f.weight"], tensors["ln_f.bias"] = 1 + random(width), random(width)
    folder = Path(folder)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write(folder / "model.safetensors", tensors)
    tokens = torch.tensor(TOKENS)
    write(
        folder / "golden.safetensors",
        {"tokens": tokens.int(), "logits": logits(config, tensors, tokens).float()},
    )


def run(folder):
    config = json.loads((Path(folder) / "config.json").read_text())
    for number in logits(config, read(Path(folder) / "model.safetensors"), torch.tensor(TOKENS)).flatten().tolist():
        print(number)


if __name__ == "__main__":
    {"make": make, "run": run}[sys.argv[1]](sys.argv[2])
