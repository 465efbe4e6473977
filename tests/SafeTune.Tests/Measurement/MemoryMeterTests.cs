using SafeTune.Measurement;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Measurement;

public sealed class MemoryMeterTests
{
    [Fact]
    public void Counts_what_is_allocated_and_forgets_what_is_freed()
    {
        using var meter = Start();
        using var kept = zeros(1000);
        Assert.Equal(4000, Rounded(meter.CurrentBytes));
        zeros(5000).Dispose();
        Assert.Equal(4000, Rounded(meter.CurrentBytes));
        Assert.Equal(24000, Rounded(meter.PeakBytes));
    }

    [Fact]
    public void A_reset_peak_begins_at_what_is_held()
    {
        using var meter = Start();
        using var kept = zeros(1000);
        zeros(5000).Dispose();
        meter.ResetPeak();
        Assert.Equal(meter.CurrentBytes, meter.PeakBytes);
    }

    [Fact]
    public void A_block_allocated_before_the_start_is_not_counted_when_it_is_freed()
    {
        var early = zeros(1000);
        using var meter = Start();
        early.Dispose();
        Assert.Equal(0, meter.CurrentBytes);
    }

    [Fact]
    public void The_backward_pass_is_counted_though_other_threads_run_it()
    {
        using var scope = NewDisposeScope();
        var weight = ones(100, 100).requires_grad_();
        using var meter = Start();
        weight.mm(weight).sum().backward();
        Assert.True(meter.PeakBytes >= 2 * 40_000, $"{meter.PeakBytes} bytes");
    }

    [Fact]
    public void Meters_nest()
    {
        using var outer = Start();
        using (var inner = Start())
        {
            using var inside = zeros(1000);
            Assert.Equal(outer.CurrentBytes, inner.CurrentBytes);
        }
        using var after = zeros(1000);
        Assert.Equal(4000, Rounded(outer.CurrentBytes));
    }

    [Fact]
    public void Another_thread_may_not_use_the_meter()
    {
        using var meter = Start();
        Exception? error = null;
        var other = new Thread(() => error = Record.Exception(() => meter.PeakBytes));
        other.Start();
        other.Join();
        Assert.Contains("keep it on one thread", Assert.IsType<InvalidOperationException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_meter_says_so()
    {
        var meter = Start();
        meter.Dispose();
        meter.Dispose();
        Assert.Throws<ObjectDisposedException>(() => meter.CurrentBytes);
    }

    [Fact]
    public void A_device_without_statistics_is_a_reason_not_an_error()
    {
        Assert.Null(MemoryMeter.TryStart(new Device(DeviceType.META), out var whyNot));
        Assert.Contains("META", whyNot, StringComparison.Ordinal);
    }

    private static MemoryMeter Start() => MemoryMeter.TryStart(CPU, out var whyNot) ?? throw new InvalidOperationException(whyNot);

    // The allocator may round a block up to its alignment.
    private static long Rounded(long bytes) => bytes / 1000 * 1000;
}
