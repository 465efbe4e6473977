// Backward passes and the thread's grad and inference modes.
#include "barrier.h"

using namespace safetune;

int st_backward(const st_tensor* tensors, int32_t count, const st_tensor* grad_tensors, int32_t grad_count, int32_t retain_graph,
                int32_t create_graph, const st_tensor* inputs, int32_t input_count) {
    return guarded([&] {
        torch::autograd::backward(tensors_of(tensors, count), tensors_of(grad_tensors, grad_count), retain_graph != 0, create_graph != 0, tensors_of(inputs, input_count));
    });
}

int st_grad(const st_tensor* outputs, int32_t output_count, const st_tensor* inputs, int32_t input_count, const st_tensor* grad_outputs,
            int32_t grad_count, int32_t retain_graph, int32_t create_graph, int32_t allow_unused, st_tensor* grads) {
    return guarded([&] {
        auto found = torch::autograd::grad(tensors_of(outputs, output_count), tensors_of(inputs, input_count), tensors_of(grad_outputs, grad_count),
                                           retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (size_t i = 0; i < found.size(); ++i) grads[i] = handle_of(found[i]);
    });
}

int32_t st_grad_mode(void) { return c10::GradMode::is_enabled(); }

void st_set_grad_mode(int32_t on) {
    guarded([&] { c10::GradMode::set_enabled(on != 0); });
}

int st_inference_mode_enter(int32_t on, void** guard) {
    return guarded([&] { *guard = new c10::InferenceMode(on != 0); });
}

void st_inference_mode_leave(void* guard) {
    guarded([&] { delete static_cast<c10::InferenceMode*>(guard); });
}
