// AdamW over lists of weights. The operators and their order are those of AdamW.cs, which moves one weight after the other.
#include "../barrier.h"
#include "../safetune.h"
#include <ATen/ATen.h>
#include <cmath>

namespace {

// The deviations of so many elements are held at once.
constexpr int64_t most_elements = 16 << 20;

struct Group {
    std::vector<at::Tensor> weights, gradients, means, squares;
    int64_t elements = 0;

    void add(const st_moments& moments) {
        weights.push_back(safetune::tensor_of(moments.weight));
        gradients.push_back(safetune::tensor_of(moments.gradient));
        means.push_back(safetune::tensor_of(moments.mean));
        squares.push_back(safetune::tensor_of(moments.square));
        elements += weights.back().numel();
    }
};

}  // namespace

int st_adamw(const st_moments* weights, int32_t count, double rate, double decay, double beta1, double beta2, double epsilon, double correction1, double correction2) {
    return safetune::guarded([&] {
        at::NoGradGuard off;
        for (int32_t next = 0; next < count;) {
            Group group;
            do group.add(weights[next++]);
            while (next < count && group.elements < most_elements);
            if (decay != 0) at::_foreach_mul_(group.weights, 1 - rate * decay);
            at::_foreach_mul_(group.means, beta1);
            at::_foreach_add_(group.means, group.gradients, 1 - beta1);
            at::_foreach_mul_(group.squares, beta2);
            at::_foreach_addcmul_(group.squares, group.gradients, group.gradients, 1 - beta2);
            auto deviations = at::_foreach_sqrt(group.squares);
            at::_foreach_div_(deviations, std::sqrt(correction2));
            at::_foreach_add_(deviations, epsilon);
            at::_foreach_addcdiv_(group.weights, group.means, deviations, -rate / correction1);
        }
    });
}
