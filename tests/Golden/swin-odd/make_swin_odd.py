"""Logits of a Swin on images of odd sizes, written from the paper without windows and rolls: every pair of patches, masked by the windows they lie in.

Usage: make_swin_odd.py, in this folder. Reads config.json and model.safetensors (random weights), writes golden.safetensors. 21 x 25 pixels are 11 x 13, 6 x 7
and 3 x 4 patches: windows of 7 with padding and shift, then of 6 and of 3, as large as the shorter side.
"""
import json
import math
import struct

import numpy as np
import torch
import torch.nn.functional as F


def load(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    def read(entry):
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        return torch.tensor(np.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"]).copy()).double()
    return {name: read(entry) for name, entry in header.items() if name != "__metadata__"}


def save(path, tensors):
    header, blocks, offset = {}, [], 0
    for name, value in tensors.items():
        block = value.float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + len(block)]}
        blocks.append(block)
        offset += len(block)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + b"".join(blocks))


weights, config = load("model.safetensors"), json.load(open("config.json"))
patch, window = config["patch_size"], config["window_size"]


def norm(x, name):
    return F.layer_norm(x, x.shape[-1:], weights[name + ".weight"], weights[name + ".bias"], 1e-5)


def linear(x, name):
    return F.linear(x, weights[name + ".weight"], weights.get(name + ".bias"))


def attend(x, name, heads, shifts):
    batch, height, width, size = x.shape
    side = min(window, height, width)
    shift = side // 2 if shifts and min(height, width) > window else 0
    x = F.pad(x, (0, 0, 0, -width % side, 0, -height % side))
    rows, columns = x.shape[1:3]
    y, z = (axis.flatten() for axis in torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij"))
    group = ((y - shift).div(side, rounding_mode="floor") + 1) * 1000 + (z - shift).div(side, rounding_mode="floor") + 1
    down, right = ((axis[:, None] - axis[None, :]).clamp(1 - window, window - 1) + window - 1 for axis in (y, z))
    bias = weights[name + ".self.relative_position_bias_table"][down * (2 * window - 1) + right].permute(2, 0, 1)
    q, k, v = (linear(x, f"{name}.self.{part}").reshape(batch, rows * columns, heads, -1).transpose(1, 2) for part in ("query", "key", "value"))
    scores = (q @ k.transpose(2, 3) / math.sqrt(size // heads) + bias).masked_fill(group[:, None] != group[None, :], -math.inf)
    context = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, rows, columns, size)
    return linear(context, name + ".output.dense")[:, :height, :width]


torch.manual_seed(5)
pixels = torch.randn(2, 3, 21, 25)
x = F.pad(pixels.double(), (0, -pixels.shape[3] % patch, 0, -pixels.shape[2] % patch))
name = "swin.embeddings.patch_embeddings.projection"
x = norm(F.conv2d(x, weights[name + ".weight"], weights[name + ".bias"], stride=patch).permute(0, 2, 3, 1), "swin.embeddings.norm")
for stage, depth in enumerate(config["depths"]):
    for block in range(depth):
        name = f"swin.encoder.layers.{stage}.blocks.{block}."
        x = x + attend(norm(x, name + "layernorm_before"), name + "attention", config["num_heads"][stage], block % 2 == 1)
        x = x + linear(F.gelu(linear(norm(x, name + "layernorm_after"), name + "intermediate.dense")), name + "output.dense")
    if stage < len(config["depths"]) - 1:
        x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        x = torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1)
        x = linear(norm(x, f"swin.encoder.layers.{stage}.downsample.norm"), f"swin.encoder.layers.{stage}.downsample.reduction")
logits = linear(norm(x.flatten(1, 2), "swin.layernorm").mean(1), "classifier")
save("golden.safetensors", {"in.pixel_values": pixels, "out.logits": logits})
