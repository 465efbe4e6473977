// Dropout whose mask is drawn again in the backward pass.
#include "operator.h"

using namespace safetune;

namespace {

Tensor drop(const Tensor& x, const DropoutRule& rule) {
    auto y = at::empty_like(x);
    for_rows(x.numel(), 256 * tile_width, [&](int64_t first, int64_t count) {
        kernels().dropout(rule, static_cast<uint64_t>(first / tile_width), count, data(x) + first, data(y) + first);
    });
    return y;
}

struct Dropout : torch::autograd::Function<Dropout> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const DropoutRule& rule) {
        remember(context, rule);
        return drop(x, rule);
    }

    static Gradients backward(AutogradContext* context, Gradients above) {
        return {dropped(above[0].contiguous(), remembered_rule(context)), Tensor()};
    }
};

}  // namespace

DropoutRule safetune::dropout_rule(double p) {
    DropoutRule rule;
    rule.threshold = static_cast<uint32_t>(std::lround(p * 65536));
    if (rule.threshold == 0) return rule;
    rule.scale = static_cast<float>(65536.0 / (65536 - rule.threshold));
    auto generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard<std::mutex> hold(generator.mutex());
    rule.seed = at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
    return rule;
}

void safetune::remember(AutogradContext* context, const DropoutRule& rule) {
    context->saved_data["seed"] = static_cast<int64_t>(rule.seed);
    context->saved_data["threshold"] = static_cast<int64_t>(rule.threshold);
    context->saved_data["scale"] = static_cast<double>(rule.scale);
}

DropoutRule safetune::remembered_rule(AutogradContext* context) {
    auto& saved = context->saved_data;
    return {static_cast<uint64_t>(saved["seed"].toInt()), static_cast<uint32_t>(saved["threshold"].toInt()), static_cast<float>(saved["scale"].toDouble())};
}

Tensor safetune::dropped(const Tensor& x, const DropoutRule& rule) { return rule.threshold == 0 ? x : Dropout::apply(x, rule); }

void safetune::require_plain(const Tensor& tensor, const char* name) {
    TORCH_CHECK(tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous(),
                name, " must be a contiguous float32 tensor on the CPU");
}

int st_dropout(st_tensor x, double p, st_tensor* y) {
    return guarded([&] {
        require_plain(tensor_of(x), "x");
        TORCH_CHECK(p >= 0 && p < 1, "p must be at least 0 and below 1, got ", p);
        *y = handle_of(Dropout::apply(tensor_of(x), dropout_rule(p)));
    });
}
