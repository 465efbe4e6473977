// Frozen linear layers that share their input, with low-rank adapters beside some of them. The input is kept once, and only for adapters that train; its
// gradient is one sum, in place.
#include "operator.h"
#include <ATen/core/ivalue.h>
#include <torch/custom_class.h>

using namespace safetune;

namespace {

// Rows that one thread takes at a time, small enough for all adapters to find them in its second cache. Weight gradients are summed over each part and
// then over the parts, so that they do not depend on the number of threads.
constexpr int64_t part = 256;

struct Layer {
    Tensor weight, bias, a, b;
    bool input_first;
    double scale;
    DropoutRule rule;

    bool adapted() const { return a.defined(); }
    bool trains() const { return adapted() && (a.requires_grad() || b.requires_grad()); }
    Tensor matrix() const { return input_first ? weight.t() : weight; }  // [out, in]
    LoraShape shape() const { return {matrix().size(1), matrix().size(0), a.size(0), static_cast<float>(scale), rule}; }
};

struct Layers : torch::CustomClassHolder {
    std::vector<Layer> all;
};

// The layer without its adapter. No view: autograd would refuse to have a function's output that is one changed in place.
Tensor frozen(const Tensor& x, const Layer& layer) {
    auto sizes = x.sizes().vec();
    sizes.back() = layer.matrix().size(0);
    auto y = at::empty(sizes, x.options());
    auto rows = x.view({-1, x.size(-1)}), flat = y.view({-1, y.size(-1)});
    if (layer.bias.defined())
        at::addmm_out(flat, layer.bias, rows, layer.matrix().t());
    else
        at::mm_out(flat, rows, layer.matrix().t());
    return y;
}

int64_t scratch_floats(const Layer& layer) { return tiles_of(layer.matrix().size(1)) * tile_width; }

Tensor transposed(const Tensor& b) { return b.detach().t().contiguous(); }

// Adds the adapters' outputs to y and returns dropout(x) a' of each.
Gradients add_adapters(const Tensor& x, const std::vector<Layer>& layers, const Gradients& y) {
    Gradients low(layers.size()), b(layers.size());
    auto rows = x.numel() / x.size(-1);
    for (size_t i = 0; i < layers.size(); ++i) {
        if (!layers[i].adapted()) continue;
        low[i] = at::empty({rows, layers[i].a.size(0)}, x.options());
        b[i] = transposed(layers[i].b);
    }
    for_rows(rows, part, [&](int64_t first, int64_t count) {
        Scratch scratch(scratch_floats(layers[0]));
        for (size_t i = 0; i < layers.size(); ++i)
            if (layers[i].adapted()) kernels().lora(layers[i].shape(), first, count, data(x), data(layers[i].a), data(b[i]), data(low[i]), data(y[i]), scratch.get());
    });
    return low;
}

// What one adapter's backward pass works on.
struct AdapterGradients {
    const Layer& layer;
    Tensor low, gy, b_transposed, ga, gb;  // ga and gb: [parts, rank, in or out]
};

// Adds the adapters' share to gx, where that is defined, and returns the gradients of their own matrices, a and b of each, where they train.
Gradients adapter_gradients(const Tensor& x, const std::vector<Layer>& layers, const Gradients& low, const Gradients& above, int64_t rows, const Tensor& gx) {
    std::vector<AdapterGradients> adapters;
    std::vector<size_t> places;
    auto parts = (rows + part - 1) / part;
    for (size_t i = 0; i < layers.size(); ++i) {
        if (!layers[i].adapted() || !above[i].defined() || !(gx.defined() || low[i].defined())) continue;
        auto shape = layers[i].shape();
        auto of = [&](int64_t size) { return low[i].defined() ? at::zeros({parts, shape.rank, size}, above[i].options()) : Tensor(); };
        adapters.push_back({layers[i], low[i], above[i], transposed(layers[i].b), of(shape.in), of(shape.out)});
        places.push_back(i);
    }
    for_rows(rows, part, [&](int64_t first, int64_t count) {
        Scratch scratch(scratch_floats(layers[0]));
        for (auto& adapter : adapters) {
            auto at_part = [&](const Tensor& sums) { return sums.defined() ? data(sums) + first / part * sums.stride(0) : nullptr; };
            kernels().lora_backward(adapter.layer.shape(), first, count, data(x), data(adapter.low), data(adapter.gy), data(adapter.layer.a), data(adapter.b_transposed),
                                    at_part(adapter.ga), at_part(adapter.gb), data(gx), scratch.get());
        }
    });
    Gradients found(2 * layers.size());
    for (size_t i = 0; i < adapters.size(); ++i) {
        if (!adapters[i].ga.defined()) continue;
        found[2 * places[i]] = adapters[i].ga.sum(0);
        found[2 * places[i] + 1] = adapters[i].gb.sum(0).t().contiguous();
    }
    return found;
}

// The same gradients from torch's operators, differentiable: gx first, then a and b of each layer.
Gradients composed_gradients(const Tensor& x, const std::vector<Layer>& layers, const Gradients& above) {
    Gradients found(1 + 2 * layers.size());
    auto add = [&](const Tensor& g) { found[0] = found[0].defined() ? found[0] + g : g; };
    for (size_t i = 0; i < layers.size(); ++i) {
        auto& layer = layers[i];
        if (!above[i].defined()) continue;
        auto gy = above[i].reshape({-1, above[i].size(-1)});
        add(gy.mm(layer.matrix()));
        if (!layer.adapted()) continue;
        auto back = gy.mm(layer.b) * layer.scale;
        add(dropped(back.mm(layer.a), layer.rule));
        if (!x.defined()) continue;
        auto seen = dropped(x, layer.rule).reshape({-1, x.size(-1)});
        found[1 + 2 * i] = back.t().mm(seen);
        found[2 + 2 * i] = gy.t().mm(seen.mm(layer.a.t())) * layer.scale;
    }
    return found;
}

struct Projections : torch::autograd::Function<Projections> {
    static Gradients forward(AutogradContext* context, at::TensorList tensors, const Layers* layers) {
        const auto& x = tensors[0];
        Gradients y;
        for (auto& layer : layers->all) y.push_back(frozen(x, layer));
        auto low = add_adapters(x, layers->all, y);
        bool trains = false;
        // A layer without an adapter that trains needs no gradient of its output where x needs none: then attention computes none of its keys.
        Gradients saved, constant;
        for (size_t i = 0; i < layers->all.size(); ++i) {
            auto& layer = layers->all[i];
            trains |= layer.trains();
            if (!x.requires_grad() && !layer.trains()) constant.push_back(y[i]);
            saved.insert(saved.end(), {layer.a, layer.b, layer.trains() ? low[i] : Tensor()});
        }
        saved.push_back(trains ? x : Tensor());
        context->mark_non_differentiable(constant);
        context->set_materialize_grads(false);
        context->save_for_backward(saved);
        // The adapters' matrices are saved variables, the frozen ones plain handles.
        auto kept = c10::make_intrusive<Layers>(*layers);
        for (auto& layer : kept->all) layer.a = layer.b = Tensor();
        context->saved_data["layers"] = c10::IValue::make_capsule(kept);
        context->saved_data["sizes"] = x.sizes().vec();
        return y;
    }

    static Gradients backward(AutogradContext* context, Gradients above) {
        auto layers = static_cast<Layers*>(context->saved_data["layers"].toCapsule().get())->all;
        auto sizes = context->saved_data["sizes"].toIntVector();
        auto saved = context->get_saved_variables();
        const auto& x = saved.back();
        Gradients low;
        for (size_t i = 0; i < layers.size(); ++i) {
            layers[i].a = saved[3 * i], layers[i].b = saved[3 * i + 1];
            low.push_back(saved[3 * i + 2]);
            if (above[i].defined()) above[i] = above[i].contiguous();
        }
        Gradients found;
        if (is_differentiated_again()) {
            found = composed_gradients(x, layers, above);
        } else {
            Tensor gx;
            for (size_t i = 0; context->needs_input_grad(0) && i < layers.size(); ++i) {
                if (!above[i].defined()) continue;
                auto gy = above[i].view({-1, above[i].size(-1)});
                gx = gx.defined() ? gx.addmm_(gy, layers[i].matrix()) : gy.mm(layers[i].matrix());
            }
            int64_t rows = 1;
            for (size_t d = 0; d + 1 < sizes.size(); ++d) rows *= sizes[d];
            found = adapter_gradients(x, layers, low, above, rows, gx);
            found.insert(found.begin(), gx);
        }
        // In the order of the inputs: x, a and b of the adapted layers, the layers themselves.
        Gradients in_order{found[0].defined() ? found[0].view(sizes) : Tensor()};
        for (size_t i = 0; i < layers.size(); ++i)
            if (layers[i].adapted()) in_order.insert(in_order.end(), {found[1 + 2 * i], found[2 + 2 * i]});
        in_order.push_back(Tensor());
        return in_order;
    }
};

}  // namespace

int st_projections(st_tensor x, const st_projection* projections, int32_t count, st_tensor* y) {
    return guarded([&] {
        auto& input = tensor_of(x);
        require_plain(input, "x");
        TORCH_CHECK(count > 0, "there must be a layer");
        Layers layers;
        Gradients tensors{input};
        for (int32_t i = 0; i < count; ++i) {
            auto& p = projections[i];
            Layer layer{tensor_of(p.weight).detach(), tensor_or_undefined(p.bias), tensor_or_undefined(p.a), tensor_or_undefined(p.b), p.input_first != 0, p.scale, {}};
            if (layer.bias.defined()) layer.bias = layer.bias.detach();
            TORCH_CHECK(layer.matrix().dim() == 2 && layer.matrix().size(1) == input.size(-1), "a layer's input features must be x's last dimension");
            if (layer.adapted()) {
                require_plain(layer.a, "a");
                require_plain(layer.b, "b");
                TORCH_CHECK(layer.a.size(0) <= most_ranks, "the rank must be at most ", most_ranks);
                TORCH_CHECK(layer.a.size(1) == input.size(-1) && layer.b.size(0) == layer.matrix().size(0) && layer.b.size(1) == layer.a.size(0), "a and b must fit the layer");
                layer.rule = dropout_rule(p.dropout);
            }
            if (layer.adapted()) tensors.insert(tensors.end(), {layer.a, layer.b});
            layers.all.push_back(layer);
        }
        auto outputs = Projections::apply(at::TensorList(tensors), &layers);
        for (int32_t i = 0; i < count; ++i) y[i] = handle_of(outputs[i]);
    });
}
