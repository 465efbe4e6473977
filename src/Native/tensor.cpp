// What a managed tensor asks of its handle.
#include "barrier.h"

using namespace safetune;

void st_tensor_free(st_tensor tensor) {
    guarded([&] { delete static_cast<at::Tensor*>(tensor); });
}

int st_tensor_alias(st_tensor tensor, st_tensor* same) {
    return guarded([&] { *same = handle_of(tensor_of(tensor)); });
}

int st_tensor_info(st_tensor tensor, int64_t* dtype, int64_t* dimensions, int64_t* elements, int64_t* device_type, int64_t* device_index) {
    return guarded([&] {
        auto& t = tensor_of(tensor);
        *dtype = static_cast<int64_t>(t.scalar_type());
        *dimensions = t.dim();
        *elements = t.numel();
        *device_type = static_cast<int64_t>(t.device().type());
        *device_index = t.device().index();
    });
}

int st_tensor_sizes(st_tensor tensor, int64_t* sizes) {
    return guarded([&] {
        auto from = tensor_of(tensor).sizes();
        std::copy(from.begin(), from.end(), sizes);
    });
}

int st_tensor_strides(st_tensor tensor, int64_t* strides) {
    return guarded([&] {
        auto from = tensor_of(tensor).strides();
        std::copy(from.begin(), from.end(), strides);
    });
}

int st_tensor_data(st_tensor tensor, void** data) {
    return guarded([&] { *data = tensor_of(tensor).data_ptr(); });
}

int st_tensor_flags(st_tensor tensor, int32_t* requires_grad, int32_t* is_leaf, int32_t* is_contiguous, int32_t* is_defined) {
    return guarded([&] {
        auto t = tensor_or_undefined(tensor);
        *is_defined = t.defined();
        *requires_grad = t.defined() && t.requires_grad();
        *is_leaf = t.defined() && t.is_leaf();
        *is_contiguous = t.defined() && t.is_contiguous();
    });
}

int st_tensor_set_requires_grad(st_tensor tensor, int32_t on) {
    return guarded([&] { tensor_of(tensor).set_requires_grad(on != 0); });
}

int st_tensor_grad(st_tensor tensor, st_tensor* grad) {
    return guarded([&] {
        // Read only through a const tensor: the other `mutable_grad` would create autograd's bookkeeping.
        const at::Tensor& t = tensor_of(tensor);
        *grad = handle_of(t.unsafeGetTensorImpl()->grad());
    });
}

int st_tensor_set_grad(st_tensor tensor, st_tensor grad) {
    return guarded([&] { tensor_of(tensor).mutable_grad() = tensor_or_undefined(grad); });
}
