"""PyTorch's times for the workloads of `dagrad gpu-check`: lines of workload, eager and compiled milliseconds.

A step is what training does: forward, backward, clipping where Dagrad clips, AdamW (fused). GPT-2 runs under autocast to
bf16 with f32 parameters, as Dagrad's bf16 does.
"""

import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.backends.cuda.matmul.allow_tf32 = False


def milliseconds(step, together=10, rows=7):
    times = []
    for _ in range(rows + 1):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(together):
            step()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1e3 / together)
    return sorted(times[1:])[rows // 2]


def report(name, make):
    """Measures what `make` returns for the identity and for torch.compile; a failure is a dash."""
    figures = []
    for transform in (lambda f: f, torch.compile):
        try:
            torch.cuda.empty_cache()
            figures.append(f"{milliseconds(make(transform)):.3f}")
        except Exception as e:
            print(f"{name}: {e}", file=sys.stderr)
            figures.append("-")
    print(name, *figures, sep="\t", flush=True)


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, h):
        b, t, c = h.shape
        q, k, v = (
            x.view(b, t, self.heads, c // self.heads).transpose(1, 2) for x in self.qkv(self.norm1(h)).split(c, dim=2)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.projection(mixed.transpose(1, 2).reshape(b, t, c))
        return h + self.down(F.gelu(self.up(self.norm2(h)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, vocabulary, width, heads, layers, context, tied):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        if tied:
            self.head.weight = self.tokens.weight

    def forward(self, x, y):
        h = self.tokens(x) + self.positions.weight
        for layer in self.layers:
            h = layer(h)
        logits = self.head(self.norm(h))
        return F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1))


def training(model, inputs, transform, autocast, clip=None):
    model = model.cuda()
    decay = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decay}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-4, weight_decay=0.1, fused=True)
    forward = transform(model)

    def step():
        with torch.autocast("cuda", torch.bfloat16, enabled=autocast):
            loss = forward(*inputs)
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def tokens(batch, context, vocabulary):
    return [torch.randint(vocabulary, (batch, context), device="cuda") for _ in range(2)]


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack = nn.Sequential(
            nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10)
        )

    def forward(self, x, y):
        return F.cross_entropy(self.stack(x), y)


def mlp(transform):
    inputs = torch.rand(128, 784, device="cuda"), torch.randint(10, (128,), device="cuda")
    return training(Mlp(), inputs, transform, False)


def gpt(autocast):
    return lambda transform: training(
        Gpt(256, 256, 8, 4, 256, False), tokens(8, 256, 256), transform, autocast
    )


def gpt2(batch):
    return lambda transform: training(
        Gpt(50304, 768, 12, 12, 1024, True), tokens(batch, 1024, 50304), transform, True, 1.0
    )


def adamw(transform):
    theta = nn.Parameter(torch.zeros(1 << 26, device="cuda"))
    theta.grad = torch.zeros_like(theta)
    return transform(torch.optim.AdamW([theta], lr=1e-3, fused=True).step)


def elementwise(transform):
    x, y = (torch.zeros(1 << 26, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    f = transform(lambda x, y: F.gelu(x, approximate="tanh") * y + x)
    return lambda: f(x, y)


def attention(transform):
    shape = 16, 12, 1024, 64
    q, k, v = (torch.randn(shape, device="cuda", dtype=torch.bfloat16, requires_grad=True) for _ in range(3))
    d_o = torch.randn(shape, device="cuda", dtype=torch.bfloat16)
    f = transform(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1 / math.sqrt(64)))
    return lambda: torch.autograd.grad(f(q, k, v), (q, k, v), d_o)


if __name__ == "__main__":
    report("mlp f32", mlp)
    report("gpt f32", gpt(False))
    report("gpt bf16", gpt(True))
    for size in (8, 16, 32):
        report(f"gpt2 bf16 batch {size}", gpt2(size))
    report("adamw f32", adamw)
    report("elementwise bf16", elementwise)
    report("attention bf16", attention)
