// Scaled dot-product attention that keeps q, k, v, its output and the log of each softmax's sum.
#include "operator.h"

using namespace safetune;

namespace {

// [batch, heads, seq, d] that lies in memory as [batch, seq, heads, d], as projections give it.
Tensor interleaved(const Tensor& t) {
    bool is = t.stride(3) == 1 && t.stride(1) == t.size(3) && t.stride(2) == t.size(1) * t.size(3) && t.stride(0) == t.size(2) * t.stride(2);
    return is ? t : t.transpose(1, 2).contiguous().transpose(1, 2);
}

Tensor empty_interleaved(const Tensor& like) { return at::empty({like.size(0), like.size(2), like.size(1), like.size(3)}, like.options()).transpose(1, 2); }

struct Sizes {
    AttentionShape shape;
    int64_t batch, heads, mask_batch, mask_batch_stride;

    Sizes(const Tensor& q, const Tensor& k, const Tensor& mask, double scale, bool causal, const DropoutRule& rule) : shape{} {
        batch = q.size(0), heads = q.size(1);
        shape.queries = q.size(2), shape.keys = k.size(2), shape.size = q.size(3), shape.group = heads / k.size(1);
        shape.q_row = shape.o_row = q.stride(2), shape.q_head = shape.o_head = q.stride(1);
        shape.k_row = shape.v_row = k.stride(2);
        shape.scale = static_cast<float>(scale), shape.causal = causal, shape.dropout = rule;
        // A dimension of 1 repeats.
        auto stride = [&](int64_t d) { return mask.defined() && mask.size(d) > 1 ? mask.stride(d) : 0; };
        mask_batch = mask.defined() ? mask.size(0) : 1, mask_batch_stride = stride(0);
        shape.mask_head = stride(1), shape.mask_row = stride(2);
    }

    int64_t groups() const { return heads / shape.group; }
    const float* mask_of(const Tensor& mask, int64_t b, int64_t group) const {
        return mask.defined() ? data(mask) + b % mask_batch * mask_batch_stride + group * shape.group * shape.mask_head : nullptr;
    }
};

Tensor repeated(const Tensor& t, int64_t times) { return times == 1 ? t : t.repeat_interleave(times, 1); }

// Of the gradient of what was repeated.
Tensor gathered(const Tensor& t, int64_t times) { return times == 1 ? t : t.unflatten(1, {t.size(1) / times, times}).sum(2); }

struct Attention : torch::autograd::Function<Attention> {
    static Tensor forward(AutogradContext* context, const Tensor& q, const Tensor& k, const Tensor& v, const MaybeTensor& maybe_mask, double scale, bool causal, const DropoutRule& rule) {
        auto mask = or_undefined(maybe_mask);
        Sizes s(q, k, mask, scale, causal, rule);
        auto o = empty_interleaved(q);
        auto lse = at::empty({s.batch, s.heads, s.shape.queries}, q.options());
        at::parallel_for(0, s.batch * s.groups(), 1, [&](int64_t begin, int64_t end) {
            Scratch scratch(kernels().attention_scratch(s.shape));
            for (int64_t i = begin; i < end; ++i) {
                auto b = i / s.groups(), g = i % s.groups(), head = g * s.shape.group;
                auto start = [&](const Tensor& t, int64_t h) { return data(t) + b * t.stride(0) + h * t.stride(1); };
                kernels().attention(s.shape, b * s.heads + head, start(q, head), start(k, g), start(v, g), s.mask_of(mask, b, g), start(o, head), start(lse, head), scratch.get());
            }
        });
        remember(context, rule);
        context->saved_data["score_scale"] = scale;
        context->saved_data["causal"] = causal;
        context->save_for_backward({q, k, v, o, lse, mask});
        return o;
    }

    static Gradients backward(AutogradContext* context, Gradients above) {
        auto saved = context->get_saved_variables();
        const auto &q = saved[0], &k = saved[1], &v = saved[2], &o = saved[3], &lse = saved[4], &mask = saved[5];
        auto rule = remembered_rule(context);
        Sizes s(q, k, mask, context->saved_data["score_scale"].toDouble(), context->saved_data["causal"].toBool(), rule);
        Gradients found(7);
        if (is_differentiated_again()) {
            auto three = composed_gradients(s, q, k, v, mask, above[0]);
            std::copy(three.begin(), three.end(), found.begin());
            return found;
        }

        auto go = interleaved(above[0]);
        auto wanted = [&](size_t i, const Tensor& like) { return context->needs_input_grad(i) ? empty_interleaved(like) : Tensor(); };
        auto gq = wanted(0, q), gk = wanted(1, k), gv = wanted(2, v);
        at::parallel_for(0, s.batch * s.groups(), 1, [&](int64_t begin, int64_t end) {
            Scratch scratch(kernels().attention_backward_scratch(s.shape));
            for (int64_t i = begin; i < end; ++i) {
                auto b = i / s.groups(), g = i % s.groups(), head = g * s.shape.group;
                auto start = [&](const Tensor& t, int64_t h) { return t.defined() ? data(t) + b * t.stride(0) + h * t.stride(1) : nullptr; };
                kernels().attention_backward(s.shape, b * s.heads + head, start(q, head), start(k, g), start(v, g), s.mask_of(mask, b, g), start(o, head), start(lse, head),
                                             start(go, head), start(gq, head), start(gk, g), start(gv, g), scratch.get());
            }
        });
        found[0] = gq, found[1] = gk, found[2] = gv;
        return found;
    }

    // From torch's operators, with the whole matrix of probabilities.
    static Gradients composed_gradients(const Sizes& s, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, const Tensor& go) {
        auto group = s.shape.group;
        auto keys = repeated(k, group), values = repeated(v, group);
        auto scores = at::matmul(q, keys.transpose(-1, -2)) * s.shape.scale;
        if (mask.defined()) scores = (scores.unflatten(0, {s.batch / s.mask_batch, s.mask_batch}) + mask).flatten(0, 1);
        if (s.shape.causal) scores = scores.masked_fill(at::ones({s.shape.queries, s.shape.keys}, at::kBool).triu(s.shape.keys - s.shape.queries + 1), -std::numeric_limits<float>::infinity());
        auto p = scores.softmax(-1), factors = at::ones_like(p);
        if (s.shape.dropout.threshold) {
            // Rows of probabilities are drawn as rows of whole tiles.
            auto tiles = tiles_of(s.shape.keys), rows = p.numel() / s.shape.keys;
            auto drawn = at::empty({rows, tiles * tile_width}, p.options());
            for_rows(rows, 256, [&](int64_t first, int64_t count) { kernels().keep_factors(s.shape.dropout, static_cast<uint64_t>(first * tiles), count * tiles, data(drawn) + first * tiles * tile_width); });
            factors = drawn.narrow(1, 0, s.shape.keys).reshape(p.sizes());
        }
        auto gv = at::matmul((p * factors).transpose(-1, -2), go);
        auto gp = at::matmul(go, values.transpose(-1, -2)) * factors;
        auto gs = p * (gp - (gp * p).sum(-1, true)) * s.shape.scale;
        return {at::matmul(gs, keys), gathered(at::matmul(gs.transpose(-1, -2), q), group), gathered(gv, group)};
    }
};

}  // namespace

int st_attention(st_tensor q, st_tensor k, st_tensor v, st_tensor mask, double scale, double p, int32_t causal, st_tensor* o) {
    return guarded([&] {
        auto &tq = tensor_of(q), &tk = tensor_of(k), &tv = tensor_of(v);
        for (auto t : {&tq, &tk, &tv})
            TORCH_CHECK(t->device().is_cpu() && t->scalar_type() == at::kFloat && t->dim() == 4, "q, k and v must be float32 on the CPU with four dimensions");
        TORCH_CHECK(tk.sizes() == tv.sizes() && tk.size(0) == tq.size(0) && tk.size(3) == tq.size(3) && tq.size(1) % tk.size(1) == 0, "q, k and v do not fit each other");
        auto added = tensor_or_undefined(mask);
        if (added.defined()) {
            require_plain(added, "the mask");
            auto fits = [&](int64_t d, int64_t size) { return added.size(d) == 1 || added.size(d) == size; };
            TORCH_CHECK(added.dim() == 4 && tq.size(0) % added.size(0) == 0 && fits(1, tq.size(1)) && fits(2, tq.size(2)) && added.size(3) == tk.size(2), "the mask does not fit");
        }
        *o = handle_of(Attention::apply(interleaved(tq), interleaved(tk), interleaved(tv), maybe(added), scale, causal != 0, dropout_rule(p)));
    });
}
