// Calls any operator by name: arguments become boxed values of the types its schema asks for, results become handles.
#include "barrier.h"
#include <unordered_map>

using namespace safetune;
using c10::IValue;
using c10::TypeKind;

namespace {

const char* name_of(int64_t tag) {
    static const char* names[] = {"none", "a tensor", "an integer", "a number", "a bool", "an integer list", "a number list", "a tensor list", "a string", "a device"};
    return tag >= 0 && tag <= ST_DEVICE ? names[tag] : "an unknown tag";
}

template <class T> const T* elements(const st_value& v) { return static_cast<const T*>(v.pointer); }

// A list of T from either kind of list, or from one value: PyTorch's `int[2] stride` takes 2 for [2, 2].
template <class T> c10::List<T> numbers(const st_value& v, const c10::Argument& argument, bool& fits) {
    c10::List<T> list;
    auto repeat = argument.N().value_or(1);
    if (v.tag == ST_INT_LIST)
        for (int64_t i = 0; i < v.length; ++i) list.push_back(static_cast<T>(elements<int64_t>(v)[i]));
    else if (v.tag == ST_DOUBLE_LIST && std::is_same<T, double>::value)
        for (int64_t i = 0; i < v.length; ++i) list.push_back(static_cast<T>(elements<double>(v)[i]));
    else if (v.tag == ST_INT || v.tag == ST_BOOL)
        for (int32_t i = 0; i < repeat; ++i) list.push_back(static_cast<T>(v.integer));
    else if (v.tag == ST_DOUBLE && std::is_same<T, double>::value)
        for (int32_t i = 0; i < repeat; ++i) list.push_back(static_cast<T>(v.number));
    else
        fits = false;
    return list;
}

IValue list_of(const st_value& v, c10::TypePtr element, const c10::Argument& argument, bool& fits) {
    switch (element->kind()) {
        case TypeKind::IntType:
        case TypeKind::SymIntType: return numbers<int64_t>(v, argument, fits);
        case TypeKind::FloatType: return numbers<double>(v, argument, fits);
        case TypeKind::BoolType: return numbers<bool>(v, argument, fits);
        case TypeKind::NumberType: {
            c10::List<c10::Scalar> list;
            if (v.tag == ST_INT_LIST)
                for (int64_t i = 0; i < v.length; ++i) list.push_back(elements<int64_t>(v)[i]);
            else if (v.tag == ST_DOUBLE_LIST)
                for (int64_t i = 0; i < v.length; ++i) list.push_back(elements<double>(v)[i]);
            else
                fits = false;
            return list;
        }
        case TypeKind::TensorType: {
            c10::List<at::Tensor> list;
            fits = v.tag == ST_TENSOR_LIST;
            for (int64_t i = 0; fits && i < v.length; ++i) list.push_back(tensor_of(elements<st_tensor>(v)[i]));
            return list;
        }
        case TypeKind::OptionalType: {
            // Tensor?[], as `index` takes: null elements stand for whole dimensions.
            c10::List<compat::Maybe<at::Tensor>> list;
            fits = v.tag == ST_TENSOR_LIST;
            for (int64_t i = 0; fits && i < v.length; ++i) {
                auto handle = elements<st_tensor>(v)[i];
                list.push_back(handle ? compat::Maybe<at::Tensor>(tensor_of(handle)) : compat::Maybe<at::Tensor>());
            }
            return list;
        }
        default: fits = false; return {};
    }
}

IValue box(const st_value& v, const c10::Argument& argument, bool& fits) {
    auto type = argument.type();
    bool optional = type->kind() == TypeKind::OptionalType;
    if (optional) type = type->castRaw<c10::OptionalType>()->getElementType();
    if (v.tag == ST_NONE && optional) return {};
    bool whole = v.tag == ST_INT || v.tag == ST_BOOL;
    switch (type->kind()) {
        case TypeKind::TensorType:
            fits = v.tag == ST_TENSOR || v.tag == ST_NONE;
            // An optional tensor that is undefined must be none: operators test for a value only.
            if (v.tag == ST_NONE || !v.pointer) return optional ? IValue() : IValue(at::Tensor());
            return fits ? IValue(tensor_of(v.pointer)) : IValue();
        case TypeKind::IntType:
        case TypeKind::SymIntType: fits = whole; return v.integer;
        case TypeKind::FloatType:
            fits = whole || v.tag == ST_DOUBLE;
            return whole ? static_cast<double>(v.integer) : v.number;
        case TypeKind::BoolType: fits = whole; return v.integer != 0;
        case TypeKind::NumberType:
            fits = whole || v.tag == ST_DOUBLE;
            return v.tag == ST_DOUBLE ? IValue(v.number) : v.tag == ST_BOOL ? IValue(v.integer != 0) : IValue(v.integer);
        case TypeKind::ListType: return list_of(v, type->castRaw<c10::ListType>()->getElementType(), argument, fits);
        case TypeKind::StringType:
            fits = v.tag == ST_STRING;
            return fits ? IValue(std::string(elements<char>(v), v.length)) : IValue();
        case TypeKind::DeviceObjType:
            fits = v.tag == ST_DEVICE;
            return fits ? IValue(c10::Device(static_cast<c10::DeviceType>(v.integer), static_cast<c10::DeviceIndex>(v.length))) : IValue();
        default: fits = false; return {};
    }
}

void unbox(const IValue& value, std::vector<st_value>& out) {
    st_value v{};
    if (value.isTensor()) {
        v.tag = ST_TENSOR, v.pointer = handle_of(value.toTensor());
    } else if (value.isTensorList()) {
        for (const at::Tensor& tensor : value.toTensorVector()) unbox(tensor, out);
        return;
    } else if (value.isDouble()) {
        v.tag = ST_DOUBLE, v.number = value.toDouble();
    } else if (value.isBool()) {
        v.tag = ST_BOOL, v.integer = value.toBool();
    } else if (value.isInt()) {
        v.tag = ST_INT, v.integer = value.toInt();
    } else if (value.isIntList()) {
        for (int64_t element : value.toIntVector()) unbox(element, out);
        return;
    } else {
        TORCH_CHECK(value.isNone(), "the operator returned a ", value.tagKind(), ", which has no tag");
    }
    out.push_back(v);
}

}  // namespace

int st_operator_find(const char* name, const char* overload, st_operator* found) {
    return guarded([&] {
        // Handles live as long as the process, one for each name: callers cache them.
        static std::mutex lock;
        static std::unordered_map<std::string, c10::OperatorHandle*> known;
        std::lock_guard<std::mutex> hold(lock);
        auto& handle = known[std::string(name) + "." + overload];
        if (!handle) {
            auto schema = c10::Dispatcher::singleton().findSchema({name, overload});
            if (schema) handle = new c10::OperatorHandle(*schema);
        }
        *found = handle;
    });
}

int st_operator_call(st_operator op, const st_value* arguments, int32_t argument_count, st_value* results, int32_t* count) {
    return guarded([&] {
        TORCH_CHECK(op, "the operator is null: this libtorch (", TORCH_VERSION, ") does not have it");
        auto& handle = *static_cast<c10::OperatorHandle*>(op);
        const auto& schema = handle.schema();
        const auto& wanted = schema.arguments();
        TORCH_CHECK(argument_count <= static_cast<int32_t>(wanted.size()), schema.name(), " takes ", wanted.size(), " arguments, got ", argument_count);
        torch::jit::Stack stack;
        stack.reserve(wanted.size());
        for (size_t i = 0; i < wanted.size(); ++i) {
            if (static_cast<int32_t>(i) >= argument_count) {
                auto value = wanted[i].default_value();
                TORCH_CHECK(value, schema.name(), ": argument '", wanted[i].name(), "' (", wanted[i].type()->str(), ") is missing");
                stack.push_back(*value);
                continue;
            }
            bool fits = true;
            stack.push_back(box(arguments[i], wanted[i], fits));
            TORCH_CHECK(fits, schema.name(), ": argument '", wanted[i].name(), "' takes ", wanted[i].type()->str(), ", got ", name_of(arguments[i].tag));
        }
        handle.callBoxed(stack);
        std::vector<st_value> values;
        for (const auto& value : stack) unbox(value, values);
        if (static_cast<int32_t>(values.size()) > *count) {
            for (auto& v : values)
                if (v.tag == ST_TENSOR) st_tensor_free(const_cast<void*>(v.pointer));
            TORCH_CHECK(false, schema.name(), " returned ", values.size(), " values, but there is room for ", *count);
        }
        std::copy(values.begin(), values.end(), results);
        *count = static_cast<int32_t>(values.size());
    });
}
