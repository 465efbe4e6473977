// Exact bytes: libtorch's CPU allocator reports every block of a thread whose debug info asks for it, autograd's threads included.
#include "barrier.h"
#include <mutex>
#include <thread>
#include <unordered_map>

using namespace safetune;

namespace {

class Counter final : public c10::MemoryReportingInfoBase {
public:
    explicit Counter(c10::MemoryReportingInfoBase* outer) : outer_(outer) {}

    bool memoryProfilingEnabled() const override { return true; }

    void reportMemoryUsage(void* block, int64_t bytes, compat::Total allocated, compat::Total reserved, c10::Device device) override {
        if (device.is_cpu()) count(block, bytes);
        if (outer_) outer_->reportMemoryUsage(block, bytes, allocated, reserved, device);
    }

    void read(int64_t& current, int64_t& peak) {
        std::lock_guard<std::mutex> hold(lock_);
        current = current_, peak = peak_;
    }

    void limit(int64_t bytes) {
        std::lock_guard<std::mutex> hold(lock_);
        limit_ = bytes;
    }

    void reset_peak() {
        std::lock_guard<std::mutex> hold(lock_);
        peak_ = current_;
    }

private:
    // libtorch keeps one table of sizes for the whole process and reports a free of any block in it, also of one that an earlier meter saw.
    // So the blocks are kept here: only what this meter saw arrive can leave, and an address seen again replaces a block freed out of sight.
    void count(void* block, int64_t bytes) {
        std::lock_guard<std::mutex> hold(lock_);
        auto known = blocks_.find(block);
        if (known != blocks_.end()) {
            current_ -= known->second;
            blocks_.erase(known);
        }
        if (bytes <= 0) return;
        TORCH_CHECK(current_ + bytes <= limit_, "can't allocate memory: ", bytes, " bytes more than the ", current_, " held are above the limit of ", limit_);
        blocks_.emplace(block, bytes);
        current_ += bytes;
        peak_ = std::max(peak_, current_);
    }

    c10::MemoryReportingInfoBase* outer_;
    std::mutex lock_;
    std::unordered_map<void*, int64_t> blocks_;
    int64_t current_ = 0, peak_ = 0, limit_ = INT64_MAX;
};

struct Meter {
    std::shared_ptr<Counter> counter;
    std::unique_ptr<c10::DebugInfoGuard> guard;
    std::thread::id thread = std::this_thread::get_id();
};

bool on_cuda(int64_t device_type) { return static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CUDA; }

void check(void* meter, int64_t device_type) {
    TORCH_CHECK(meter, "the memory meter is null");
    TORCH_CHECK(on_cuda(device_type) || static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU, "the memory meter knows the CPU and CUDA only");
}

}  // namespace

int st_meter_enter(void** meter) {
    return guarded([&] {
        static std::once_flag quiet;
        std::call_once(quiet, compat::log_errors_only);
        auto made = std::make_unique<Meter>();
        // An inner meter passes its reports on, so that the outer one stays exact.
        auto outer = c10::ThreadLocalDebugInfo::get(c10::DebugInfoKind::PROFILER_STATE);
        made->counter = std::make_shared<Counter>(dynamic_cast<c10::MemoryReportingInfoBase*>(outer));
        made->guard = std::make_unique<c10::DebugInfoGuard>(c10::DebugInfoKind::PROFILER_STATE, made->counter);
        *meter = made.release();
    });
}

void st_meter_leave(void* meter) {
    guarded([&] {
        std::unique_ptr<Meter> left(static_cast<Meter*>(meter));
        // Restoring another thread's state here would corrupt this one's (a finalizer, say): leave that thread's guard where it is.
        if (left && left->thread != std::this_thread::get_id()) left->guard.release();
    });
}

int st_meter_read(void* meter, int64_t device_type, int64_t device_index, int64_t* current_bytes, int64_t* peak_bytes) {
    return guarded([&] {
        check(meter, device_type);
        if (on_cuda(device_type))
            compat::cuda_memory(static_cast<int>(device_index), *current_bytes, *peak_bytes);
        else
            static_cast<Meter*>(meter)->counter->read(*current_bytes, *peak_bytes);
    });
}

int st_meter_reset_peak(void* meter, int64_t device_type, int64_t device_index) {
    return guarded([&] {
        check(meter, device_type);
        if (on_cuda(device_type))
            compat::cuda_reset_peak(static_cast<int>(device_index));
        else
            static_cast<Meter*>(meter)->counter->reset_peak();
    });
}

int st_meter_limit(void* meter, int64_t bytes) {
    return guarded([&] {
        check(meter, static_cast<int64_t>(c10::DeviceType::CPU));
        static_cast<Meter*>(meter)->counter->limit(bytes);
    });
}
