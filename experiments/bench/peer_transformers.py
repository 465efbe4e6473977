#!/usr/bin/env python3
"""The step benchmark's peer on a GPU: BERT + LoRA of Hugging Face transformers and peft themselves, random weights and tokens, float32. Prints a line of JSON for each case,
which is written model:batch:seq:freeze_prefix:attention, as base:32:128:0:sdpa. FLOPs: matrix products of the frozen weights and attention, forward + input gradients, without LoRA's own."""
import argparse, json, statistics, time
import peft, torch, transformers

SIZES = {"mini": (6, 384, 12, 1536), "base": (12, 768, 12, 3072), "large": (24, 1024, 16, 4096)}


def model(o):
    layers, hidden, heads, ffn = SIZES[o.model]
    config = transformers.BertConfig(
        num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=heads, intermediate_size=ffn, max_position_embeddings=max(512, o.seq), attn_implementation=o.attention)
    lora = peft.LoraConfig(task_type="SEQ_CLS", r=4, lora_alpha=16, lora_dropout=0.1, target_modules=["query", "value"])
    made = peft.get_peft_model(transformers.BertForSequenceClassification(config), lora).cuda().train()
    for name, weight in made.named_parameters():
        if "lora_" in name and int(name.split(".layer.")[1].split(".")[0]) < o.freeze_prefix:
            weight.requires_grad_(False)
    return made


def gemm_gflops(size=8192, repeats=3):
    x, w = torch.randn(size, size, device="cuda"), torch.randn(size, size, device="cuda")
    x @ w
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        x @ w
    torch.cuda.synchronize()
    return repeats * 2 * size**3 / (time.perf_counter() - start) / 1e9


def measure(o, steps, warmup):
    torch.manual_seed(1)
    bert = model(o)
    optimizer = torch.optim.AdamW([p for p in bert.parameters() if p.requires_grad], lr=3e-4, weight_decay=0.0)
    ids = torch.randint(0, 30522, (o.batch, o.seq), device="cuda")
    batch = dict(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=torch.zeros_like(ids), labels=torch.randint(0, 2, (o.batch,), device="cuda"))
    gemm = gemm_gflops()
    times, forwards, backwards, held, peaks = [], [], [], [], []
    for i in range(warmup + steps):
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before, t0 = torch.cuda.memory_allocated(), time.perf_counter()
        loss = bert(**batch).loss
        kept = torch.cuda.memory_allocated() - before
        torch.cuda.synchronize()
        t1 = time.perf_counter()
        loss.backward()
        torch.cuda.synchronize()
        t2 = time.perf_counter()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        del loss
        torch.cuda.synchronize()
        t3 = time.perf_counter()
        if i >= warmup:
            times.append(t3 - t0), forwards.append(t1 - t0), backwards.append(t2 - t1), held.append(kept)
            peaks.append(torch.cuda.max_memory_allocated() - before)
    layers, hidden, _, ffn = SIZES[o.model]
    flops = o.batch * o.seq * (2 * (4 * hidden * hidden + 2 * hidden * ffn) + 4 * o.seq * hidden) * (layers + max(0, layers - o.freeze_prefix))
    return dict(
        peer=f"transformers {transformers.__version__}, peft {peft.__version__}, torch {torch.__version__}, {o.attention} attention", model=o.model, batch=o.batch, seq=o.seq, freeze_prefix=o.freeze_prefix,
        step_s=round(statistics.median(times), 5), min_s=round(min(times), 5), forward_s=round(statistics.median(forwards), 5), backward_s=round(statistics.median(backwards), 5),
        activation_bytes=int(statistics.median(held)), peak_bytes=max(peaks), gflops=round(flops / statistics.median(times) / 1e9, 1), gemm_peak_gflops=round(max(gemm, gemm_gflops()), 1))


def case(text):
    model, batch, seq, prefix, attention = text.split(":")
    if model not in SIZES or attention not in ("eager", "sdpa"):
        raise argparse.ArgumentTypeError(f"{text} is no model:batch:seq:freeze_prefix:attention; models are {', '.join(SIZES)}, attention is eager or sdpa")
    return argparse.Namespace(model=model, batch=int(batch), seq=int(seq), freeze_prefix=int(prefix), attention=attention)


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("cases", nargs="+", type=case, metavar="model:batch:seq:freeze_prefix:attention")
    a.add_argument("--steps", type=int, default=5)
    a.add_argument("--warmup", type=int, default=2)
    o = a.parse_args()
    for one in o.cases:
        print(json.dumps(measure(one, o.steps, o.warmup)), flush=True)


main()
