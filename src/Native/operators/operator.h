// What the autograd operators over the CPU kernels share. All take contiguous float32 tensors on the CPU; their callers see to that.
#pragma once
#include "../barrier.h"
#include "../kernels/kernels.h"
#include <torch/csrc/autograd/custom_function.h>

namespace safetune {

using at::Tensor;
using torch::autograd::AutogradContext;
using Gradients = torch::autograd::variable_list;

// An undefined tensor must reach an autograd function as an absent one.
using MaybeTensor = compat::Maybe<Tensor>;
inline MaybeTensor maybe(const Tensor& tensor) { return tensor.defined() ? MaybeTensor(tensor) : MaybeTensor(); }
inline Tensor or_undefined(const MaybeTensor& tensor) { return tensor.value_or(Tensor()); }

// A seed from torch's own generator, so that manual_seed decides here too; none is drawn where nothing is dropped.
DropoutRule dropout_rule(double p);

// What a backward pass needs of the rule.
void remember(AutogradContext* context, const DropoutRule& rule);
DropoutRule remembered_rule(AutogradContext* context);

// x with the rule's elements dropped, differentiable as often as one likes.
Tensor dropped(const Tensor& x, const DropoutRule& rule);

// Whether somebody will differentiate the gradients: then they are composed from torch's operators.
inline bool is_differentiated_again() { return at::GradMode::is_enabled(); }

inline float* data(const Tensor& tensor) { return tensor.defined() ? static_cast<float*>(tensor.data_ptr()) : nullptr; }

void require_plain(const Tensor& tensor, const char* name);

// Memory of one task of a parallel loop, aligned for vectors. Not libtorch's: it belongs to a thread, and its size depends on nothing but the shapes.
class Scratch {
public:
    explicit Scratch(int64_t floats) : memory_(static_cast<float*>(std::aligned_alloc(64, static_cast<size_t>((floats * 4 + 63) / 64 * 64)))) {
        if (!memory_) throw std::bad_alloc();
    }
    ~Scratch() { std::free(memory_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    float* get() const { return memory_; }

private:
    float* memory_;
};

// body(first, count) over `total` rows, in parts of at most `rows`.
template <class F> void for_rows(int64_t total, int64_t rows, F&& body) {
    at::parallel_for(0, (total + rows - 1) / rows, 1, [&](int64_t begin, int64_t end) {
        for (int64_t part = begin; part < end; ++part) body(part * rows, std::min(rows, total - part * rows));
    });
}

}  // namespace safetune
