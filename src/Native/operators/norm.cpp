// LN(dropout(f) + x): of the row only 1 / standard deviation is kept beside the output, from which the input's normalised form is rebuilt.
#include "operator.h"

using namespace safetune;

namespace {

constexpr int64_t part = 32;

// Whether (y - bias) / weight gives back what was normalised to float32's precision.
bool is_invertible(const Tensor& weight, const Tensor& bias) {
    for (int64_t i = 0; i < weight.numel(); ++i) {
        float w = std::abs(data(weight)[i]);
        if (w < 1e-6f || (bias.defined() && w < 0.02f * std::abs(data(bias)[i]))) return false;
    }
    return true;
}

// Sets the rule of a norm's shape from what was remembered, or from the arguments.
NormShape shape_of(const Tensor& weight, const Tensor& bias, double eps, const DropoutRule& rule) {
    return {weight.numel(), data(weight), data(bias), static_cast<float>(eps), !bias.defined(), rule};
}

// The same gradient from torch's operators: through y, rstd and what was normalised, which autograd knows as this operator's outputs.
Tensor composed_gradient(const Tensor& normalised, const Tensor& rstd, const Tensor& weight, bool centred, const Tensor& gy, const Tensor& grstd, const Tensor& gnormalised) {
    auto scaled = gnormalised.defined() ? gy * weight + gnormalised : gy * weight;
    auto g = scaled - normalised * (scaled * normalised).mean(-1, true);
    if (centred) g = g - scaled.mean(-1, true);
    g = g * rstd.unsqueeze(-1);
    if (grstd.defined()) g = g - (grstd * rstd * rstd).unsqueeze(-1) * normalised / weight.numel();
    return g;
}

struct Norm : torch::autograd::Function<Norm> {
    static Gradients forward(AutogradContext* context, const MaybeTensor& maybe_f, const Tensor& x, const Tensor& weight, const MaybeTensor& maybe_bias, double eps, const DropoutRule& rule) {
        auto f = or_undefined(maybe_f), bias = or_undefined(maybe_bias);
        auto y = at::empty_like(x);
        auto rstd = at::empty(x.sizes().slice(0, x.dim() - 1), x.options());
        auto normalised = is_invertible(weight, bias) ? Tensor() : at::empty_like(x);
        auto shape = shape_of(weight, bias, eps, rule);
        for_rows(rstd.numel(), part, [&](int64_t first, int64_t count) {
            kernels().norm(shape, first, count, data(f), data(x), data(y), data(rstd), data(normalised));
        });
        remember(context, rule);
        // Nobody asks for the second output's gradient but who differentiates twice; zeros for it would look as if somebody did.
        context->set_materialize_grads(false);
        context->saved_data["eps"] = eps;
        context->saved_data["f"] = f.defined();
        context->save_for_backward({normalised.defined() ? Tensor() : y, normalised, rstd, weight, bias});
        return normalised.defined() ? Gradients{y, rstd, normalised} : Gradients{y, rstd};
    }

    static Gradients backward(AutogradContext* context, Gradients above) {
        auto saved = context->get_saved_variables();
        const auto &y = saved[0], &normalised = saved[1], &rstd = saved[2], &weight = saved[3], &bias = saved[4];
        auto rule = remembered_rule(context);
        bool has_f = context->saved_data["f"].toBool();
        auto gy = above[0].defined() ? above[0].contiguous() : at::zeros_like(normalised.defined() ? normalised : y);
        auto gnormalised = above.size() > 2 ? above[2] : Tensor();
        if (is_differentiated_again() || above[1].defined() || gnormalised.defined()) {
            auto h = normalised.defined() ? normalised : (bias.defined() ? y - bias : y) / weight;
            auto g = composed_gradient(h, rstd, weight, bias.defined(), gy, above[1], gnormalised);
            return {has_f ? dropped(g.contiguous(), rule) : Tensor(), g, Tensor(), Tensor(), Tensor(), Tensor()};
        }

        // Counted without what is absent.
        bool wants_f = has_f && context->needs_input_grad(0), wants_x = context->needs_input_grad(has_f ? 1 : 0);
        // One tensor serves both where nothing is dropped.
        bool together = wants_f && wants_x && rule.threshold == 0;
        auto gx = wants_x ? at::empty_like(gy) : Tensor();
        auto gf = wants_f && !together ? at::empty_like(gy) : Tensor();
        auto shape = shape_of(weight, bias, context->saved_data["eps"].toDouble(), rule);
        for_rows(rstd.numel(), part, [&](int64_t first, int64_t count) {
            kernels().norm_backward(shape, first, count, data(y), data(normalised), data(rstd), data(gy), data(gx), data(gf));
        });
        return {together ? gx : gf, gx, Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

}  // namespace

int st_norm(st_tensor f, st_tensor x, st_tensor weight, st_tensor bias, double eps, double p, st_tensor* y) {
    return guarded([&] {
        auto tf = tensor_or_undefined(f), tb = tensor_or_undefined(bias);
        require_plain(tensor_of(x), "x");
        require_plain(tensor_of(weight), "the weight");
        if (tb.defined()) require_plain(tb, "the bias");
        if (tf.defined()) {
            require_plain(tf, "f");
            TORCH_CHECK(tf.sizes() == tensor_of(x).sizes(), "f and x must have one shape");
        }
        TORCH_CHECK(!at::GradMode::is_enabled() || !(tensor_of(weight).requires_grad() || (tb.defined() && tb.requires_grad())), "weight and bias must be frozen");
        TORCH_CHECK(tensor_of(x).dim() > 0 && tensor_of(x).size(-1) == tensor_of(weight).numel(), "the last dimension must be the weight's");
        *y = handle_of(Norm::apply(maybe(tf), tensor_of(x), tensor_of(weight), maybe(tb), eps, tf.defined() ? dropout_rule(p) : DropoutRule())[0]);
    });
}
