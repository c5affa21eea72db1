"""Records what PyTorch computes, for the tests to compare with: src/test/resources/golden/*.json.

Run with Debian 12's PyTorch 1.13 (apt-get install python3-torch), from anywhere:

    /usr/bin/python3 integration-tests/src/test/python/golden.py

Everything is float64 and seeded, so that the files come out the same each time. A file holds inputs, outputs, seeds (the
gradients given for the outputs) and gradients (those of the floating inputs, in the inputs' order).
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).resolve().parent.parent / "resources" / "golden"
torch.set_default_dtype(torch.float64)


def tensor_json(t):
    dtype = {torch.float64: "f64", torch.int64: "i32"}[t.dtype]
    return {"dtype": dtype, "shape": list(t.shape), "data": t.detach().reshape(-1).tolist()}


def write(name, content):
    (OUT / (name + ".json")).write_text(json.dumps(content, separators=(",", ":")) + "\n")


def record(name, function, *inputs, differentiate=None):
    """Records a function's outputs and the gradients of the first inputs (all floating ones by default)."""
    count = len([x for x in inputs if x.is_floating_point()]) if differentiate is None else differentiate
    leaves = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    outputs = function(*leaves)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    seeds = [randn(*y.shape) for y in outputs]
    wrt = [x for x in leaves if x.is_floating_point()][:count]
    gradients = torch.autograd.grad(outputs, wrt, seeds)
    write(name, {
        "inputs": [tensor_json(x) for x in inputs],
        "outputs": [tensor_json(y) for y in outputs],
        "seeds": [tensor_json(s) for s in seeds],
        "gradients": [tensor_json(g) for g in gradients],
    })


def randn(*shape):
    """Normal numbers of three decimals, which print short."""
    return torch.randn(shape).round(decimals=3)


def elementwise():
    # 0 is among them: the derivatives there are part of the agreement. So are both ends of erf's two formulas.
    x = torch.cat([torch.arange(-6.5, 7, 0.5), torch.tensor([-3.0000001, 2.9999999, 1e-9, -1e-9, 0.5, -0.123])])
    record("erf", torch.erf, x)
    record("gelu", F.gelu, x)
    record("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), x)
    record("silu", F.silu, x)
    record("softplus", lambda x: F.softplus(x, threshold=1000), x)
    away_from_zero = x[x != 0]
    record("leaky_relu", lambda x: F.leaky_relu(x, 0.01), away_from_zero)
    record("elu", lambda x: F.elu(x, 1.5), away_from_zero)


def rows():
    record("softmax", lambda x: F.softmax(x, -1), 3 * randn(4, 7))
    record("log_softmax", lambda x: F.log_softmax(x, -1), 3 * randn(4, 7))
    record("logsumexp", lambda x: torch.logsumexp(x, 1), 3 * randn(3, 5, 2))
    zeros = randn(5, 6)
    zeros[1, 2] = 0
    zeros[2, 0] = zeros[2, 4] = 0
    zeros[3] = 0
    record("prod", lambda x: torch.prod(x, -1), zeros)


def losses():
    targets = torch.tensor([3, 0, 6, 2])
    record("cross_entropy", F.cross_entropy, 2 * randn(4, 7), targets)
    some = torch.tensor([3, -100, 6, 0, -100])
    record(
        "cross_entropy_each",
        lambda x, t: (F.cross_entropy(x, t, ignore_index=-100, reduction="none"), torch.logsumexp(x, 1)),
        2 * randn(5, 7), some)
    record(
        "cross_entropy_ignore", lambda x, t: F.cross_entropy(x, t, ignore_index=2), 2 * randn(5, 4),
        torch.tensor([1, 2, 3, 2, 0]))
    soft = F.softmax(randn(4, 5), -1)
    record("cross_entropy_soft", F.cross_entropy, 2 * randn(4, 5), soft)


def normalisation():
    record("layer_norm", lambda x, w, b: F.layer_norm(x, (7,), w, b), randn(2, 3, 7), randn(7), randn(7))
    record("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), randn(2, 4, 3, 2), randn(4), randn(4))
    mean, variance = randn(4), randn(4).abs() + 0.5
    record(
        "batch_norm",
        lambda x, w, b, m, v: F.batch_norm(x, m.detach().clone(), v.detach().clone(), w, b, training=True),
        randn(3, 4, 2, 2), randn(4), randn(4), mean, variance, differentiate=3)
    record(
        "batch_norm_given", lambda x, w, b, m, v: F.batch_norm(x, m.detach(), v.detach(), w, b, training=False),
        randn(3, 4, 2, 2), randn(4), randn(4), mean, variance, differentiate=3)
    x = randn(3, 4, 2, 2)
    running = mean.clone(), variance.clone()
    F.batch_norm(x, *running, training=True, momentum=0.1)
    write("batch_norm_running", {
        "inputs": [tensor_json(t) for t in (x, mean, variance)], "outputs": [tensor_json(t) for t in running]})


def images():
    def conv(**options):
        return lambda x, w: F.conv2d(x, w, **options)

    record("conv2d_plain", conv(), randn(2, 3, 5, 6), randn(4, 3, 3, 2))
    record("conv2d_stride", conv(stride=2, padding=1), randn(2, 2, 6, 5), randn(3, 2, 3, 3))
    record(
        "conv2d_full", conv(stride=(2, 3), padding=(1, 2), dilation=(2, 1), groups=2), randn(1, 4, 8, 7),
        randn(6, 2, 3, 2))
    record("conv2d_depthwise", conv(padding=1, groups=4), randn(1, 4, 5, 5), randn(4, 1, 3, 3))
    record(
        "conv_transpose2d", lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1),
        randn(2, 3, 3, 4), randn(3, 2, 3, 3))
    record(
        "conv_transpose2d_groups",
        lambda x, w: F.conv_transpose2d(x, w, stride=(2, 1), padding=(0, 1), dilation=(1, 2), groups=2),
        randn(2, 4, 3, 4), randn(4, 3, 3, 2))
    record("max_pool2d", lambda x: F.max_pool2d(x, 2), randn(2, 2, 5, 6))
    record("max_pool2d_overlapping", lambda x: F.max_pool2d(x, (3, 2), stride=(1, 2), padding=1), randn(2, 2, 4, 6))
    record("avg_pool2d", lambda x: F.avg_pool2d(x, 2), randn(2, 2, 4, 6))
    record("avg_pool2d_overlapping", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1), randn(2, 2, 5, 6))
    record("upsample_nearest", lambda x: F.interpolate(x, scale_factor=3, mode="nearest"), randn(1, 2, 2, 3))
    for name, factor in (("upsample_bilinear", 2), ("upsample_bilinear_3", 3)):
        record(
            name, lambda x: F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False),
            randn(1, 2, 3, 4))


def attention():
    def spelled_out(causal):
        def function(q, k, v, mask=None):
            scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
            if mask is not None:
                scores = scores + mask
            if causal:
                hidden = torch.ones_like(scores).triu(1).bool()
                scores = scores.masked_fill(hidden, -math.inf)
            return F.softmax(scores, -1) @ v

        return function

    record("attention", spelled_out(False), randn(2, 5, 4), randn(2, 6, 4), randn(2, 6, 3))
    record("attention_causal", spelled_out(True), randn(2, 5, 4), randn(2, 5, 4), randn(2, 5, 4))
    record("attention_masked", spelled_out(False), randn(2, 5, 4), randn(2, 6, 4), randn(2, 6, 3), randn(5, 6))


def adamw():
    steps = 5
    theta = randn(7).requires_grad_()
    gradients = [randn(7) for _ in range(steps)]
    settings = {"lr": 0.01, "betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.1}
    start = theta.detach().clone()
    optimizer = torch.optim.AdamW([theta], **settings)
    after = []
    for gradient in gradients:
        theta.grad = gradient.clone()
        optimizer.step()
        after.append(theta.detach().clone())
    state = optimizer.state[theta]
    write("adamw", {
        "lr": settings["lr"], "beta1": settings["betas"][0], "beta2": settings["betas"][1], "eps": settings["eps"],
        "weight_decay": settings["weight_decay"], "start": [tensor_json(start)],
        "gradients": [tensor_json(g) for g in gradients], "after": [tensor_json(t) for t in after],
        "moments": [tensor_json(state["exp_avg"]), tensor_json(state["exp_avg_sq"])]})


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    for part in (elementwise, rows, losses, normalisation, images, attention, adamw):
        part()
