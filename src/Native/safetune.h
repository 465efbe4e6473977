// The C interface of libsafetune: libtorch's dispatcher, autograd and allocator statistics for a managed caller.
//
// Every function that can fail returns 0, or 1 with the reason in st_last_error() (UTF-8, this thread's, valid until
// the next failure). A tensor handle is a heap-allocated at::Tensor*, the same thing as TorchSharp's Tensor.Handle;
// the caller frees each handle it receives with st_tensor_free.
#pragma once
#include <stdint.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

typedef void* st_tensor;
typedef void* st_operator;

// One boxed value. `length` counts the elements of lists and the bytes of strings.
typedef enum {
    ST_NONE = 0,
    ST_TENSOR = 1,       // pointer: st_tensor (null = undefined)
    ST_INT = 2,          // integer; also dtype, layout and memory format
    ST_DOUBLE = 3,       // number
    ST_BOOL = 4,         // integer: 0 or 1
    ST_INT_LIST = 5,     // pointer: int64_t[length]
    ST_DOUBLE_LIST = 6,  // pointer: double[length]
    ST_TENSOR_LIST = 7,  // pointer: st_tensor[length]; null elements where the schema takes Tensor?[]
    ST_STRING = 8,       // pointer: UTF-8
    ST_DEVICE = 9        // integer: c10::DeviceType; length: index, -1 = current
} st_tag;

typedef struct {
    int64_t tag;
    union { int64_t integer; double number; const void* pointer; };
    int64_t length;
} st_value;

const char* st_last_error(void);
const char* st_version(void);                      // libtorch's headers', e.g. "2.13.0"; Debian's 1.13.1 says "1.13.0"

// Operators, by schema name ("aten::add") and overload ("Tensor", or ""). Trailing arguments may be left out: the schema's defaults apply.
int st_operator_find(const char* name, const char* overload, st_operator* found);   // found = null when there is none: not an error
// Results that are tensor lists are flattened; *count is the capacity of `results` on entry and the number written on return.
// A tensor that is undefined comes back as ST_TENSOR with a null pointer. In-place operators hand back a new handle on the same tensor.
int st_operator_call(st_operator op, const st_value* arguments, int32_t argument_count, st_value* results, int32_t* count);

// Tensors.
void st_tensor_free(st_tensor tensor);
int st_tensor_alias(st_tensor tensor, st_tensor* same);            // a second handle on the same tensor
int st_tensor_info(st_tensor tensor, int64_t* dtype, int64_t* dimensions, int64_t* elements, int64_t* device_type, int64_t* device_index);
int st_tensor_sizes(st_tensor tensor, int64_t* sizes);             // room for `dimensions`
int st_tensor_strides(st_tensor tensor, int64_t* strides);
int st_tensor_data(st_tensor tensor, void** data);                 // first element; of the storage's device
int st_tensor_flags(st_tensor tensor, int32_t* requires_grad, int32_t* is_leaf, int32_t* is_contiguous, int32_t* is_defined);
int st_tensor_set_requires_grad(st_tensor tensor, int32_t on);
int st_tensor_grad(st_tensor tensor, st_tensor* grad);             // null when there is none
int st_tensor_set_grad(st_tensor tensor, st_tensor grad);          // null drops it

// Autograd.
int st_backward(const st_tensor* tensors, int32_t count, const st_tensor* grad_tensors, int32_t grad_count, int32_t retain_graph,
                int32_t create_graph, const st_tensor* inputs, int32_t input_count);
int st_grad(const st_tensor* outputs, int32_t output_count, const st_tensor* inputs, int32_t input_count, const st_tensor* grad_outputs,
            int32_t grad_count, int32_t retain_graph, int32_t create_graph, int32_t allow_unused, st_tensor* grads);   // null where unused
int32_t st_grad_mode(void);
void st_set_grad_mode(int32_t on);
int st_inference_mode_enter(int32_t on, void** guard);
void st_inference_mode_leave(void* guard);

// Random numbers (the default CPU generator; st_seed also seeds every CUDA device) and threads.
int st_seed(int64_t seed);
int st_random_state(st_tensor* state);
int st_set_random_state(st_tensor state);
int32_t st_threads(void);
int st_set_threads(int32_t count);                                 // of the calling thread (OpenMP) and of OpenBLAS's own pool

// CUDA. Zero devices where the library was built or runs without it.
int32_t st_cuda_devices(void);
int st_cuda_synchronize(void);
int st_cuda_name(int32_t device, char* name, int32_t capacity);
int st_cuda_total_bytes(int32_t device, int64_t* bytes);

// The memory meter. On the CPU it counts what the calling thread allocates and frees between enter and leave, through libtorch's own
// reports, autograd's threads included; blocks allocated before are not counted when they are freed. A block that another thread frees
// (a finalizer, say) stays counted until its address is used again. Meters nest; leave them in reverse order on the thread that entered.
// The first one raises libtorch's log level to errors. On CUDA it reads the caching allocator's statistics.
int st_meter_enter(void** meter);
void st_meter_leave(void* meter);
int st_meter_read(void* meter, int64_t device_type, int64_t device_index, int64_t* current_bytes, int64_t* peak_bytes);
int st_meter_reset_peak(void* meter, int64_t device_type, int64_t device_index);   // peak := current
// On the CPU: an allocation with which more than so many bytes would be held fails, as where memory is short. The block itself is lost.
int st_meter_limit(void* meter, int64_t bytes);

// Autograd operators over this library's own CPU kernels. Tensors are float32, contiguous and on the CPU unless said otherwise. Dropout draws its seed from
// the default generator and its numbers from (seed, place): nothing of the mask is kept, and the number of threads does not matter.
int st_dropout(st_tensor x, double p, st_tensor* y);
int st_gelu(st_tensor x, st_tensor* y);                            // the erf form
// LN(dropout(f) + x) over the last dimension; LN(x) without f (null), RMSNorm without bias (null). Weight and bias are frozen.
int st_norm(st_tensor f, st_tensor x, st_tensor weight, st_tensor bias, double eps, double p, st_tensor* y);
// A frozen linear layer, [out, in] or [in, out], with or without a bias and a low-rank adapter (a [rank, in], b [out, rank]; both null without).
typedef struct {
    st_tensor weight, bias, a, b;
    double scale, dropout;
    int64_t input_first;
} st_projection;
int st_projections(st_tensor x, const st_projection* projections, int32_t count, st_tensor* y);   // y: one handle for each
// softmax(scale q k' + mask) v: q [batch, heads, queries, d] and k, v [batch, key heads, keys, d] of any strides; mask [m, 1|heads, 1|queries, keys], m divides the
// batch, or null. Causal: query i sees the keys up to i + keys - queries. The result lies in memory as [batch, queries, heads, d].
int st_attention(st_tensor q, st_tensor k, st_tensor v, st_tensor mask, double scale, double p, int32_t causal, st_tensor* o);
// A step of AdamW for several weights together: a few operators on lists (torch's _foreach) in place of a few for each weight. Any device and dtype, all alike.
typedef struct {
    st_tensor weight, gradient, mean, square;
} st_moments;
int st_adamw(const st_moments* weights, int32_t count, double rate, double decay, double beta1, double beta2, double epsilon, double correction1, double correction2);
const char* st_kernels(void);                                      // the instruction set they run on: "avx512", "avx2" or "baseline"
int32_t st_use_kernels(const char* name);                          // for tests: from now on this one; 0 where the processor lacks it
// For tests: what dropout multiplies the elements of `count` tiles of 64 with, 0 or `scale`, from tile `first` on; 0 where 16 drawn bits are below `threshold`.
void st_keep_factors(int64_t seed, uint32_t threshold, float scale, int64_t first, int64_t count, float* factors);

// The matrix-product library.
const char* st_blas(void);                                                          // e.g. "OpenBLAS 0.3.21 SkylakeX", "MKL", "reference"
int st_gemm_gflops(int64_t size, int32_t repeats, double* best_gflops);             // float32, size^3, the current number of threads

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
