// No exception may cross into managed code: every entry point runs inside `guarded`, which keeps the reason for st_last_error.
#pragma once
#include "compat.h"
#include "safetune.h"

namespace safetune {

void remember_error(const std::string& text);
std::string useful_sentence(const std::string& text);

template <class F> int guarded(F&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error& e) {
        remember_error(useful_sentence(e.what_without_backtrace()));
    } catch (const std::bad_alloc&) {
        remember_error("out of memory");
    } catch (const std::exception& e) {
        remember_error(useful_sentence(e.what()));
    } catch (...) {
        remember_error("unknown native error");
    }
    return 1;
}

inline at::Tensor& tensor_of(const void* handle) {
    TORCH_CHECK(handle, "the tensor is null or was disposed");
    return *static_cast<at::Tensor*>(const_cast<void*>(handle));
}

// Null stands for the undefined tensor.
inline at::Tensor tensor_or_undefined(const void* handle) { return handle ? tensor_of(handle) : at::Tensor(); }

inline st_tensor handle_of(at::Tensor tensor) { return tensor.defined() ? new at::Tensor(std::move(tensor)) : nullptr; }

inline std::vector<at::Tensor> tensors_of(const st_tensor* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    for (int32_t i = 0; i < count; ++i) tensors.push_back(tensor_or_undefined(handles[i]));
    return tensors;
}

// The matrix-product library has its own threads where it is an OpenBLAS built with pthreads.
void set_blas_threads(int count);

}  // namespace safetune
