// GELU in the erf form; keeps its input, as torch's does.
#include "operator.h"

using namespace safetune;

namespace {

constexpr int64_t part = 16384;

struct Gelu : torch::autograd::Function<Gelu> {
    static Tensor forward(AutogradContext* context, const Tensor& x) {
        context->save_for_backward({x});
        auto y = at::empty_like(x);
        for_rows(x.numel(), part, [&](int64_t first, int64_t count) { kernels().gelu(count, data(x) + first, data(y) + first); });
        return y;
    }

    static Gradients backward(AutogradContext* context, Gradients above) {
        auto x = context->get_saved_variables()[0];
        auto gy = above[0].contiguous();
        if (is_differentiated_again()) return {at::gelu_backward(gy, x)};
        auto gx = at::empty_like(x);
        for_rows(x.numel(), part, [&](int64_t first, int64_t count) { kernels().gelu_backward(count, data(x) + first, data(gy) + first, data(gx) + first); });
        return {gx};
    }
};

}  // namespace

int st_gelu(st_tensor x, st_tensor* y) {
    return guarded([&] {
        require_plain(tensor_of(x), "x");
        *y = handle_of(Gelu::apply(tensor_of(x)));
    });
}
