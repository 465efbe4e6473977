#!/usr/bin/python3
"""The step benchmark's peer: BERT + LoRA exactly as Hugging Face transformers + peft compute it (eager attention),
written with torch modules only, for Debian's python3-torch 1.13.1. Prints one JSON line; FLOPs: matrix products of the frozen weights and attention, forward + input gradients, without LoRA's own."""
import argparse, ctypes, json, math, statistics, time
import torch, torch.nn as nn, torch.nn.functional as F

SIZES = {"mini": (6, 384, 12, 1536), "base": (12, 768, 12, 3072), "large": (24, 1024, 16, 4096)}

class Lora(nn.Module):
    def __init__(s, base, r=4, alpha=16, p=0.1):
        super().__init__()
        s.base = base; s.a = nn.Linear(base.in_features, r, bias=False); s.b = nn.Linear(r, base.out_features, bias=False)
        s.drop = nn.Dropout(p); s.scale = alpha / r
        nn.init.kaiming_uniform_(s.a.weight, a=math.sqrt(5)); nn.init.zeros_(s.b.weight)
    def forward(s, x): return s.base(x) + s.b(s.a(s.drop(x))) * s.scale

class Layer(nn.Module):
    def __init__(s, h, heads, ffn, p=0.1):
        super().__init__()
        s.heads = heads; s.q = Lora(nn.Linear(h, h)); s.k = nn.Linear(h, h); s.v = Lora(nn.Linear(h, h)); s.o = nn.Linear(h, h)
        s.ln1 = nn.LayerNorm(h, eps=1e-12); s.up = nn.Linear(h, ffn); s.down = nn.Linear(ffn, h); s.ln2 = nn.LayerNorm(h, eps=1e-12)
        s.d1 = nn.Dropout(p); s.d2 = nn.Dropout(p); s.d3 = nn.Dropout(p)
    def forward(s, x, mask):
        b, t, h = x.shape; d = h // s.heads
        sp = lambda y: y.view(b, t, s.heads, d).permute(0, 2, 1, 3)
        k = sp(s.k(x)); v = sp(s.v(x)); q = sp(s.q(x))
        w = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(d) + mask
        w = s.d1(torch.softmax(w, dim=-1))
        c = torch.matmul(w, v).permute(0, 2, 1, 3).contiguous().view(b, t, h)
        x = s.ln1(s.d2(s.o(c)) + x)
        return s.ln2(s.d3(s.down(F.gelu(s.up(x)))) + x)

class Bert(nn.Module):
    def __init__(s, L, h, heads, ffn, vocab=30522, pos=512, labels=2):
        super().__init__()
        s.we = nn.Embedding(vocab, h); s.pe = nn.Embedding(pos, h); s.te = nn.Embedding(2, h); s.ln = nn.LayerNorm(h, eps=1e-12); s.drop = nn.Dropout(0.1)
        s.layers = nn.ModuleList(Layer(h, heads, ffn) for _ in range(L)); s.pool = nn.Linear(h, h); s.d = nn.Dropout(0.1); s.cls = nn.Linear(h, labels)
    def forward(s, ids, mask, prefix):
        m = (1.0 - mask[:, None, None, :].float()) * -3.4e38
        def emb(): return s.drop(s.ln(s.we(ids) + s.pe(torch.arange(ids.shape[1])) + s.te(torch.zeros_like(ids))))
        with torch.set_grad_enabled(prefix == 0): x = emb()
        for i, l in enumerate(s.layers):
            with torch.set_grad_enabled(i >= prefix): x = l(x, m)
        return s.cls(s.d(torch.tanh(s.pool(x[:, 0]))))

class Mallinfo2(ctypes.Structure):
    _fields_ = [(n, ctypes.c_size_t) for n in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]
libc = ctypes.CDLL("libc.so.6"); libc.mallinfo2.restype = Mallinfo2
def live(): m = libc.mallinfo2(); return m.uordblks + m.hblkhd

def main():
    a = argparse.ArgumentParser(); a.add_argument("--model", default="mini"); a.add_argument("--batch", type=int, default=32); a.add_argument("--seq", type=int, default=128)
    a.add_argument("--steps", type=int, default=5); a.add_argument("--warmup", type=int, default=2); a.add_argument("--freeze-prefix", type=int, default=0); a.add_argument("--threads", type=int, default=2)
    o = a.parse_args(); torch.manual_seed(1); torch.set_num_threads(o.threads)
    L, h, heads, ffn = SIZES[o.model]; m = Bert(L, h, heads, ffn); m.train()
    for n, p in m.named_parameters(): p.requires_grad = (".a.weight" in n or ".b.weight" in n or n.startswith("cls"))
    for l in list(m.layers)[:o.freeze_prefix]:
        for p in l.parameters(): p.requires_grad = False
    opt = torch.optim.AdamW([p for p in m.parameters() if p.requires_grad], lr=3e-4, weight_decay=0.0)
    ids = torch.randint(0, 30522, (o.batch, o.seq)); mask = torch.ones_like(ids); y = torch.randint(0, 2, (o.batch,))
    x = torch.randn(2048, 2048); w = torch.randn(2048, 2048)
    def peak():
        t = time.time(); [x @ w for _ in range(3)]; return 3 * 2 * 2048**3 / (time.time() - t) / 1e9
    peak(); gemm = peak(); S, Fw, Bw, A = [], [], [], []
    for i in range(o.warmup + o.steps):
        c0 = live(); t0 = time.time(); loss = F.cross_entropy(m(ids, mask, o.freeze_prefix), y); c1 = live(); t1 = time.time()
        loss.backward(); t2 = time.time(); opt.step(); opt.zero_grad(set_to_none=True); t3 = time.time(); del loss
        if i >= o.warmup: S.append(t3 - t0); Fw.append(t1 - t0); Bw.append(t2 - t1); A.append(c1 - c0)
    gemm = max(gemm, peak())
    tok = o.batch * o.seq; per = 2 * (4 * h * h + 2 * h * ffn) + 4 * o.seq * h
    fl = tok * per * (L + max(0, L - o.freeze_prefix))
    print(json.dumps(dict(peer="torch " + torch.__version__, model=o.model, batch=o.batch, seq=o.seq, freeze_prefix=o.freeze_prefix, step_s=round(statistics.median(S), 4), min_s=round(min(S), 4),
        forward_s=round(statistics.median(Fw), 4), backward_s=round(statistics.median(Bw), 4), activation_bytes=int(statistics.median(A)), gflops=round(fl / statistics.median(S) / 1e9, 1), gemm_peak_gflops=round(gemm, 1))))
main()
