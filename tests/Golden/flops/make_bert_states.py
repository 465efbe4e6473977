#!/usr/bin/python3
"""Writes bert_states.json: matrix products of BERT training steps in states that bert_lora.json lacks (upper adapters only, frozen blocks above
trainable ones, all projections adapted, full fine-tuning), counted by intercepting every aten call of Debian's python3-torch 1.13 (multiply-add = 2)."""
import json, math, pathlib, torch, torch.nn as nn, torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

class Count(TorchDispatchMode):
    flops = 0
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket._qualified_op_name if hasattr(func, "overloadpacket") else str(func)
        if name == "aten::mm": a, b = args; Count.flops += 2 * a.shape[0] * a.shape[1] * b.shape[1]
        elif name == "aten::addmm": _, a, b = args[:3]; Count.flops += 2 * a.shape[0] * a.shape[1] * b.shape[1]
        elif name == "aten::bmm": a, b = args; Count.flops += 2 * a.shape[0] * a.shape[1] * a.shape[2] * b.shape[2]
        elif any(w in name for w in ("matmul", "linear", "baddbmm", "einsum", "_attention")): raise SystemExit("uncounted " + name)
        return func(*args, **(kwargs or {}))

class Projection(nn.Module):
    def __init__(s, i, o, r):
        super().__init__(); s.w = nn.Linear(i, o); s.a = nn.Linear(i, r, bias=False) if r else None; s.b = nn.Linear(r, o, bias=False) if r else None
    def forward(s, x): return s.w(x) + s.b(s.a(x)) if s.a is not None else s.w(x)

class Block(nn.Module):
    def __init__(s, h, f, heads, r, targets, state):
        super().__init__(); s.heads = heads
        p = lambda name, i, o: Projection(i, o, r if state["adapter"] and name in targets else 0)
        s.q, s.k, s.v, s.o = p("query", h, h), p("key", h, h), p("value", h, h), p("attention.output.dense", h, h)
        s.up, s.down, s.n1, s.n2 = p("intermediate.dense", h, f), p("output.dense", f, h), nn.LayerNorm(h), nn.LayerNorm(h)
        for n, w in s.named_parameters(): w.requires_grad = bool(state["trains"] if ".a." in n or ".b." in n else state["weights"])
    def forward(s, x):
        b, t, h = x.shape; split = lambda y: y.view(b, t, s.heads, h // s.heads).permute(0, 2, 1, 3)
        q, k, v = split(s.q(x)), split(s.k(x)), split(s.v(x))
        c = torch.matmul(torch.softmax(torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(h // s.heads), -1), v)
        x = s.n1(s.o(c.permute(0, 2, 1, 3).contiguous().view(b, t, h)) + x)
        return s.n2(s.down(F.gelu(s.up(x))) + x)

def count(c):
    h, f = c["hidden"], c["ffn"]; blocks = [Block(h, f, c["heads"], c["rank"], c["targets"], s) for s in c["blocks"]]
    words = nn.Embedding(50, h); pool = nn.Linear(h, h); head = nn.Linear(h, c["labels"])
    words.weight.requires_grad = bool(c["embeddings_train"])
    for w in pool.parameters(): w.requires_grad = bool(c["pooler_trains"])
    ids = torch.randint(0, 50, (c["batch"], c["seq"])); y = torch.randint(0, c["labels"], (c["batch"],)); Count.flops = 0
    with Count():
        x = words(ids)
        for b in blocks: x = b(x)
        loss = F.cross_entropy(head(torch.tanh(pool(x[:, 0])) if c["pooler"] else x[:, 0]), y); forward = Count.flops
        loss.backward()
    return dict(c, forward=forward, backward=Count.flops - forward)

TWO = ["query", "value"]; ALL = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]
ON, OFF, NONE, FULL, BOTH = (dict(adapter=a, trains=t, weights=w) for a, t, w in [(1, 1, 0), (1, 0, 0), (0, 0, 0), (0, 0, 1), (1, 1, 1)])
def case(note, blocks, targets=TWO, embeddings=0, pooler_trains=0, pooler=1, rank=4, labels=3):
    return dict(note=note, hidden=32, heads=4, ffn=72, batch=3, seq=11, rank=rank, labels=labels, targets=targets, embeddings_train=embeddings, pooler_trains=pooler_trains, pooler=pooler, blocks=blocks)
CASES = [
    case("full fine-tuning", [FULL] * 3, embeddings=1, pooler_trains=1), case("full fine-tuning, embeddings frozen", [FULL] * 3, pooler_trains=1),
    case("full fine-tuning of the upper two blocks, no pooler", [NONE, FULL, FULL], pooler=0), case("upper adapters only", [NONE, NONE, ON, ON]),
    case("a frozen block between trainable ones", [OFF, ON, OFF, ON]), case("a frozen block on top", [ON, ON, OFF]), case("a block without adapter on top", [ON, NONE]),
    case("every projection adapted, lowest block frozen", [OFF, ON, ON], targets=ALL), case("feed-forward adapted only", [ON, ON], targets=ALL[4:]),
    case("key adapted only", [ON, OFF, ON], targets=["key"]), case("everything frozen but the classifier", [OFF, OFF]), case("everything frozen but pooler and classifier", [OFF, OFF], pooler_trains=1),
    case("adapters and weights", [BOTH, BOTH], embeddings=1, pooler_trains=1, labels=1), case("embeddings only", [NONE, NONE], embeddings=1),
]
rows = [count(c) for c in CASES]
check = count(dict(case("", [ON] * 3, labels=2), ffn=64)); assert (check["forward"], check["backward"]) == (1869312, 1867584), check
pathlib.Path(__file__).with_name("bert_states.json").write_text("[\n" + ",\n".join(" " + json.dumps(r) for r in rows) + "\n]\n")
