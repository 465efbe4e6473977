// Compiled once for each instruction set, with its name in SAFETUNE_VARIANT.
#include "attention.h"
#include "gelu.h"
#include "lora.h"
#include "norm.h"

#define NAME_OF(variant) #variant
#define TEXT_OF(variant) NAME_OF(variant)
#define JOIN(left, right) left##right
#define TABLE_OF(variant) JOIN(kernels_, variant)

namespace safetune {

const Kernels TABLE_OF(SAFETUNE_VARIANT) = {
    TEXT_OF(SAFETUNE_VARIANT), keep_factors, dropout, gelu, gelu_backward, norm, norm_backward, lora, lora_backward,
    attention_scratch, attention_backward_scratch, attention, attention_backward,
};

}  // namespace safetune
