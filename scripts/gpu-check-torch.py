#!/usr/bin/env python3
"""The workloads of `dagrad bench` in PyTorch on a GPU, for scripts/gpu-check; prints one line of JSON, as that does.

Sizes and the way of measuring are Dagrad's; numbers are PyTorch's own random ones, as speed does not depend on them.
"""
import argparse
import json
import math
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit("PyTorch is not installed")

GPT2_HEAD = 64


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", nargs="?")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--precision", choices=["f32", "tf32", "bf16"], default="f32")
    parser.add_argument("--mode", choices=["eager", "compiled"], default="eager")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--small", action="store_true")
    for name, size in dict(batch=16, context=1024, layers=12, width=768, vocabulary=50257).items():
        parser.add_argument("--" + name, type=int, default=size)
    return parser.parse_args()


def parameter(*dims):
    return torch.nn.Parameter(torch.randn(*dims, device="cuda") * 0.02)


class Linear(torch.nn.Linear):
    def __init__(self, inputs, outputs, bias=True):
        super().__init__(inputs, outputs, bias=bias, device="cuda")


class Transformer(torch.nn.Module):
    """A decoder with norms before attention and perceptron; `tied` has one table on both ends, as in GPT-2."""

    def __init__(self, vocabulary, context, width, heads, layers, tied):
        super().__init__()
        self.heads = heads
        self.tokens = parameter(vocabulary, width)
        self.positions = parameter(context, width)
        self.layers = torch.nn.ModuleList(
            torch.nn.ModuleDict(
                dict(
                    norm1=torch.nn.LayerNorm(width, device="cuda"),
                    qkv=Linear(width, 3 * width),
                    projection=Linear(width, width),
                    norm2=torch.nn.LayerNorm(width, device="cuda"),
                    up=Linear(width, 4 * width),
                    down=Linear(4 * width, width),
                )
            )
            for _ in range(layers)
        )
        self.norm = torch.nn.LayerNorm(width, device="cuda")
        self.head = self.tokens if tied else parameter(vocabulary, width)

    def forward(self, x, y):
        h = F.embedding(x, self.tokens) + self.positions
        batch, context, width = h.shape
        for layer in self.layers:
            qkv = layer["qkv"](layer["norm1"](h)).view(batch, context, 3, self.heads, width // self.heads)
            q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            h = h + layer["projection"](mixed.transpose(1, 2).reshape(batch, context, width))
            h = h + layer["down"](F.gelu(layer["up"](layer["norm2"](h)), approximate="tanh"))
        logits = F.linear(self.norm(h), self.head)
        return F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1))


class Perceptron(torch.nn.Module):
    def __init__(self, *widths):
        super().__init__()
        self.layers = torch.nn.ModuleList(Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x, y):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return F.cross_entropy(self.layers[-1](x), y)


def training(o, model, x, y, optimizer, clip=None):
    """A step with its loss read; bf16 is autocast: parameters and what AdamW keeps stay f32, as in Dagrad."""
    loss_of = torch.compile(model) if o.mode == "compiled" else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16, enabled=o.precision == "bf16"):
            loss = loss_of(x, y)
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        return loss.item()

    return step


def integers(bound, *dims):
    return torch.randint(bound, dims, device="cuda")


def mlp(o):
    batch, inputs, hidden = (8, 20, 24) if o.small else (128, 784, 1024)
    model = Perceptron(inputs, hidden, hidden, 10)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    return training(o, model, torch.rand(batch, inputs, device="cuda"), integers(10, batch), optimizer), batch, "examples/s"


def gpt(o):
    batch, context, vocabulary, width, heads, layers = (2, 12, 17, 16, 2, 2) if o.small else (8, 256, 256, 256, 8, 4)
    model = Transformer(vocabulary, context, width, heads, layers, tied=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    text = integers(vocabulary, batch, context + 1)
    return training(o, model, text[:, :-1].contiguous(), text[:, 1:].contiguous(), optimizer), batch * context, "tokens/s"


def gpt2(o):
    heads = max(1, o.width // GPT2_HEAD)
    model = Transformer(o.vocabulary, o.context, o.width, heads, o.layers, tied=True)
    groups = [
        dict(params=[p for p in model.parameters() if p.dim() > 1], weight_decay=0.1),
        dict(params=[p for p in model.parameters() if p.dim() < 2], weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(groups, lr=6e-4, betas=(0.9, 0.95), fused=True)
    text = integers(o.vocabulary, o.batch, o.context + 1)
    step = training(o, model, text[:, :-1].contiguous(), text[:, 1:].contiguous(), optimizer, clip=1.0)
    return step, o.batch * o.context, "tokens/s"


def adamw(o):
    """Eager is the fused optimizer, compiled the plain one through the compiler."""
    each = 50 if o.small else 500_000
    parameters = [parameter(each) for _ in range(100)]
    for p in parameters:
        p.grad = torch.rand_like(p)
    compiled = o.mode == "compiled"
    optimizer = torch.optim.AdamW(parameters, lr=torch.tensor(1e-3) if compiled else 1e-3, fused=not compiled)
    update = torch.compile(optimizer.step) if compiled else optimizer.step

    def step():
        update()
        return parameters[0][0].item()

    return step, 100 * each * 28e-9, "GB/s"


def copy(o):
    size = 5000 if o.small else 50_000_000
    a, b = torch.zeros(size, device="cuda"), torch.zeros(size, device="cuda")
    return lambda: b.copy_(a)[0].item(), size * 8e-9, "GB/s"


def elementwise(o):
    size = 1 << (12 if o.small else 25)
    a, b, c = (torch.rand(size, device="cuda") for _ in range(3))

    def compute(a, b, c):
        return F.gelu(a * b + c, approximate="tanh")

    run = torch.compile(compute) if o.mode == "compiled" else compute
    return lambda: run(a, b, c)[0].item(), size * 16e-9, "GB/s"


def dtype(o):
    return torch.bfloat16 if o.precision == "bf16" else torch.float32


def attention(o):
    rows, heads, context, width = (2, 2, 32, 16) if o.small else (8, 12, 1024, 64)
    q, k, v, gradient = (torch.rand(rows, heads, context, width, device="cuda", dtype=dtype(o)) for _ in range(4))
    for t in (q, k, v):
        t.requires_grad_()

    def forward(q, k, v):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    run = torch.compile(forward) if o.mode == "compiled" else forward

    def step():
        q.grad = k.grad = v.grad = None
        run(q, k, v).backward(gradient)
        return q.grad[0, 0, 0, 0].item()

    return step, 7e-12 * rows * heads * context * context * width, "TFLOP/s"


def matmul(o):
    n = 64 if o.small else 8192
    a, b = (torch.rand(n, n, device="cuda", dtype=dtype(o)) for _ in range(2))
    run = torch.compile(torch.matmul) if o.mode == "compiled" else torch.matmul
    return lambda: run(a, b)[0, 0].item(), 2e-12 * n**3, "TFLOP/s"


WORKLOADS = [mlp, gpt, gpt2, adamw, copy, elementwise, attention, matmul]


def main():
    o = arguments()
    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU")
    version = "torch %s, CUDA %s, %s" % (torch.__version__, torch.version.cuda, torch.cuda.get_device_name())
    if o.version:
        print(version)
        return
    tf32 = o.precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    workload = next((w for w in WORKLOADS if w.__name__ == o.workload), None)
    if workload is None:
        sys.exit("there is no workload %r; there are %s" % (o.workload, ", ".join(w.__name__ for w in WORKLOADS)))
    step, items, unit = workload(o)
    least = 30 if o.seconds else 3
    first = step()
    for _ in range(9 if o.seconds else 0):
        step()
    times, begin = [], time.perf_counter()
    while len(times) < least or time.perf_counter() - begin < o.seconds:
        start = time.perf_counter()
        last = step()
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    median = times[len(times) // 2]
    finite = [x if math.isfinite(x) else None for x in (first, last)]
    result = dict(peer="torch-" + o.mode, version=version, workload=o.workload, median_step_ms=round(median, 4))
    result.update(items_per_s=round(items / median * 1e3, 2), unit=unit, losses=finite, steps=len(times))
    result.update(min_step_ms=round(times[0], 4), peak_memory_mb=torch.cuda.max_memory_allocated() >> 20)
    print(json.dumps(result))


main()
