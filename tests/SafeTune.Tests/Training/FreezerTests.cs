using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Freezing;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Training;
using static TorchSharp.torch;

namespace SafeTune.Tests.Training;

public sealed class FreezerTests : IDisposable
{
    private const long Block = 2 * 2 * (8 * 32 + 32 * 8) * sizeof(float);

    private readonly TinyModel tiny = new();
    private readonly AdamW optimizer = new(weightDecay: 0);

    public void Dispose()
    {
        optimizer.Dispose();
        tiny.Dispose();
    }

    [Fact]
    public void A_frozen_block_leaves_nothing_behind() => Assert.Equal((Block, 0), Freeze(holds: false));

    [Fact]
    public void Optimizer_state_that_somebody_holds_is_not_freed_and_counts() => Assert.Equal((0, Block), Freeze(holds: true));

    [Fact]
    public void A_step_s_peak_counts_what_a_frozen_unit_keeps() => Assert.Equal(PeakAfterFreezing(holds: false) + Block, PeakAfterFreezing(holds: true));

    private long PeakAfterFreezing(bool holds)
    {
        using var meter = MemoryMeter.TryStart(CPU, out var whyNot) ?? throw new InvalidOperationException(whyNot);
        manual_seed(1);
        using var model = AutoModel.Load(tiny.Folder, HeadOptions.Classes(2));
        var adapters = LoraAdapters.Inject(model, new LoraOptions { Rank = 8 });
        var job = new FineTuneJob
        {
            ModelFolder = tiny.Folder,
            Method = "lora+safe",
            Train = TinyModel.Halves(64),
            Training = new TrainingOptions { Epochs = 1, BatchSize = 16 },
            FreezePlan = new FreezePlan([new PlannedFreeze(Block: 0, Step: 2)]),
        };
        var batches = new Batches(job.Train, ExampleEncoders.For(model, tiny.Folder, maxLength: 32), job.Training.BatchSize);
        using var loop = new TrainingLoop(job, model, adapters, batches, validation: null, meter, listener: null);
        Tensor[] held = holds ? [.. loop.Optimizer.State().Select(entry => entry.Value.alias())] : [];
        loop.Run(runFolder: null, CancellationToken.None);
        foreach (var tensor in held) tensor.Dispose();
        return loop.Progress.Memory.AfterBytes;
    }

    private (long Freed, long Kept) Freeze(bool holds)
    {
        // It knows only of what is allocated after it.
        using var meter = MemoryMeter.TryStart(CPU, out var whyNot) ?? throw new InvalidOperationException(whyNot);
        using var model = AutoModel.Load(tiny.Folder, HeadOptions.Classes(2));
        var adapters = LoraAdapters.Inject(model, new LoraOptions { Rank = 8 });
        foreach (var (name, weight) in model.NamedWeights().Where(entry => entry.Weight.Trains)) optimizer.Add(name, weight);
        using var pass = new ForwardPass(model);
        Tensor[] held = holds ? [.. optimizer.State().Select(entry => entry.Value.alias())] : [];
        var freezer = new Freezer(adapters, pass, optimizer, meter);
        var freed = freezer.Freeze(block: 0);
        foreach (var tensor in held) tensor.Dispose();
        Assert.DoesNotContain(adapters.Unit(0), weight => weight.Trains);
        return (freed, freezer.KeptBytes);
    }
}
