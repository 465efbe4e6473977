using SafeTune.Kernels;
using SafeTune.Measurement;
using SafeTune.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Tests.Models;

/// <summary>Each kernel against the same computation from torch's operators: values, gradients, and gradients of gradients.</summary>
public sealed class FusedOperatorsTests
{
    [Fact]
    public void Gelu_is_torchs() => Same(x => FusedOperators.Gelu(x[0]), x => x[0].gelu(), Leaf(7, 133));

    [Theory]
    [InlineData(200, true, true)]
    [InlineData(64, true, true)]
    [InlineData(33, false, true)]
    [InlineData(100, false, false)]
    public void Residual_and_norm_are_torchs(long size, bool hasResidual, bool hasBias)
    {
        using var weight = rand(size).add_(0.3);
        using var bias = hasBias ? randn(size) : null;
        Tensor[] leaves = hasResidual ? [Leaf(5, 9, size), Leaf(5, 9, size)] : [Leaf(5, 9, size)];
        Same(
            x => FusedOperators.Norm(hasResidual ? x[1] : null, x[0], weight, bias, 1e-5, dropout: 0),
            x => Normalised(hasResidual ? x[0] + x[1] : x[0], weight, bias),
            leaves);
    }

    [Fact]
    public void A_norm_with_a_weight_of_zero_keeps_what_it_cannot_rebuild()
    {
        using var weight = tensor(new[] { 1f, 0, 0.5f, 1e-8f });
        using var bias = tensor(new[] { 0f, 1, 100, 2 });
        Same(x => FusedOperators.Norm(f: null, x[0], weight, bias, 1e-5, dropout: 0), x => functional.layer_norm(x[0], [4], weight, bias, 1e-5), Leaf(6, 4));
    }

    [Fact]
    public void Dropout_of_the_norm_drops_the_residual_alone()
    {
        using var weight = ones(128);
        using var bias = zeros(128);
        var (f, x) = (Leaf(40, 128), Leaf(40, 128));
        using var y = FusedOperators.Norm(f, x, weight, bias, 1e-5, dropout: 0.25);
        using var above = randn(40, 128);
        y.backward([above]);
        // Where nothing was dropped the residual's gradient is the input's, scaled.
        using var factors = f.grad!.div(x.grad!);
        Assert.InRange(factors.eq(0).to(ScalarType.Float32).mean().item<float>(), 0.2f, 0.3f);
        using var z = (f.detach() * factors) + x.detach();
        Close(functional.layer_norm(z, [128], weight, bias, 1e-5), y.detach(), 1e-4);
    }

    [Theory]
    [InlineData(3, 4, 4, 37, 20, false, 1)]   // padding
    [InlineData(2, 4, 2, 70, 32, true, 1)]    // causal, grouped queries, padding
    [InlineData(2, 4, 4, 128, 64, false, 0)]
    [InlineData(4, 2, 2, 49, 8, false, 2)]    // a bias for each head, repeated over the batch
    [InlineData(1, 3, 1, 5, 3, true, 0)]
    public void Attention_is_the_composed_one(long batch, long heads, long keyHeads, long length, long size, bool causal, int mask)
    {
        using var masked = mask switch { 1 => Padding(batch, length), 2 => randn(batch / 2, heads, length, length), _ => null };
        using var both = causal ? Causal(length, masked) : masked?.alias();
        var composed = new Attention(0);
        Same(
            x => FusedOperators.Attend(x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2), masked, 1 / Math.Sqrt(size), dropout: 0, causal),
            x => composed.Forward(x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2), both),
            Leaf(batch, length, heads, size), Leaf(batch, length, keyHeads, size), Leaf(batch, length, keyHeads, size));
    }

    [Fact]
    public void What_is_no_number_is_not_hidden()
    {
        using var values = rand(1, 2, 20, 16);
        using var queries = full([1, 2, 20, 16], float.NaN);
        using var attended = FusedOperators.Attend(queries, values, values, mask: null, scale: 1, dropout: 0, causal: false);
        Assert.True(attended.isnan().all().item<bool>());
        using var active = FusedOperators.Gelu(queries);
        Assert.True(active.isnan().all().item<bool>());
    }

    [Fact]
    public void Attentions_dropout_has_the_gradient_of_its_own_mask()
    {
        const double step = 1e-2;
        Tensor[] x = [Leaf(2, 40, 2, 16), Leaf(2, 40, 2, 16), Leaf(2, 40, 2, 16)];
        using var above = randn(2, 2, 40, 16);
        Tensor Value(IReadOnlyList<Tensor> at)
        {
            manual_seed(3);
            return (FusedOperators.Attend(at[0].transpose(1, 2), at[1].transpose(1, 2), at[2].transpose(1, 2), mask: null, scale: 0.25, dropout: 0.2, causal: false) * above).to(ScalarType.Float64).sum();
        }

        Value(x).backward();
        for (var i = 0; i < x.Length; i++)
        {
            using var direction = randn_like(x[i]);
            double Moved(double by) => Value([.. x.Select((leaf, j) => j == i ? leaf.detach() + (direction * by) : leaf.detach())]).item<double>();
            var expected = (Moved(step) - Moved(-step)) / (2 * step);
            Assert.Equal(expected, (x[i].grad! * direction).sum().item<float>(), 0.02 + Math.Abs(expected * 0.02));
        }
    }

    [Fact]
    public void Attention_with_dropout_has_the_composed_gradients_when_they_are_differentiated()
    {
        Tensor[] x = [Leaf(2, 40, 2, 16), Leaf(2, 40, 2, 16), Leaf(2, 40, 2, 16)];
        using var above = randn(2, 2, 40, 16);
        Tensor[] Gradients(bool again)
        {
            manual_seed(3);
            var y = FusedOperators.Attend(x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2), mask: null, scale: 0.25, dropout: 0.2, causal: true);
            return [.. autograd.grad([y], x, [above], retain_graph: again, create_graph: again)];
        }

        foreach (var (kernel, composed) in Gradients(again: false).Zip(Gradients(again: true))) Close(composed, kernel, 1e-4);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(9, true)]
    public void Projections_with_low_rank_adapters_are_the_composed_ones(int rank, bool inputFirst)
    {
        const long inputs = 100, outputs = 72, rows = 300;
        using Tensor first = randn(outputs, inputs), second = randn(inputs, outputs), bias = randn(outputs);
        var plain = Layer(first, bias, inputFirst: false);
        var other = Layer(inputFirst ? second : first, bias: null, inputFirst);
        Tensor[] Fused(Tensor[] x)
        {
            (plain.Adapter, other.Adapter) = (new Pair(new LowRank(x[1], x[2], 4, 0)), new Pair(new LowRank(x[3], x[4], 2, 0)));
            return FusedOperators.Project(x[0], [plain, other]);
        }

        using var otherMatrix = inputFirst ? second.t() : first.alias();
        Same(
            x => cat(Fused(x), 0),
            x => cat([
                functional.linear(x[0], first, bias) + (functional.linear(functional.linear(x[0], x[1]), x[2]) * 4),
                functional.linear(x[0], otherMatrix) + (functional.linear(functional.linear(x[0], x[3]), x[4]) * 2)], 0),
            Leaf(3, rows, inputs), Leaf(rank, inputs), Leaf(outputs, rank), Leaf(rank, inputs), Leaf(outputs, rank));
    }

    [Fact]
    public void A_frozen_adapter_passes_gradients_on_and_has_none()
    {
        using Tensor weight = randn(8, 6), a = randn(2, 6), b = randn(8, 2);
        var layer = Layer(weight, bias: null, inputFirst: false);
        layer.Adapter = new Pair(new LowRank(a, b, 3, 0));
        Same(x => FusedOperators.Project(x[0], [layer])[0], x => functional.linear(x[0], weight) + (functional.linear(functional.linear(x[0], a), b) * 3), Leaf(5, 6));
        Assert.Null(a.grad);
    }

    [Fact]
    public void Outputs_may_be_added_to_in_place()
    {
        using Tensor weight = randn(8, 6), x = Leaf(3, 5, 6), added = randn(3, 5, 8);
        var layer = Layer(weight, bias: null, inputFirst: false);
        using var y = FusedOperators.Project(x, [layer])[0];
        // A dropout that drops nothing hands on an alias.
        using var alias = y.alias();
        alias.add_(added).sum().backward();
        Close(functional.linear(x.detach(), weight) + added, alias.detach(), 1e-5);
        Close(weight.sum([0L]).expand(3, 5, 6), x.grad!, 1e-5);
    }

    [Fact]
    public void Dropout_follows_the_seed_and_not_the_number_of_threads()
    {
        using var x = randn(300, 1000);
        Tensor Drop(int threads, long seed)
        {
            var before = get_num_threads();
            set_num_threads(threads);
            manual_seed(seed);
            var y = FusedOperators.Dropout(x, 0.1);
            set_num_threads(before);
            return y;
        }

        using var one = Drop(1, 5);
        Assert.True(one.eq(Drop(2, 5)).all().item<bool>());
        Assert.False(one.eq(Drop(2, 6)).all().item<bool>());
        using var dropped = one.eq(0).to(ScalarType.Float32);
        Assert.Equal(0.1, dropped.mean().item<float>(), 2);
        // No row or column is favoured: the spread of their shares is that of independent draws.
        Assert.InRange(dropped.mean([0]).std().item<float>() * Math.Sqrt(300), 0.27, 0.33);
        Assert.InRange(dropped.mean([1]).std().item<float>() * Math.Sqrt(1000), 0.27, 0.33);
    }

    [Fact]
    public void Dropout_differentiates_to_its_own_mask_again_and_again()
    {
        var x = Leaf(100);
        using var y = FusedOperators.Dropout(x, 0.5);
        using var above = Leaf(100);
        using var once = autograd.grad([y], [x], [above], retain_graph: true, create_graph: true)[0];
        using var twice = autograd.grad([once], [above], [ones(100)])[0];
        using var factors = y.div(x);
        Close(factors.detach(), twice, 1e-6);
        Close((factors * above).detach(), once.detach(), 1e-6);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_reason()
    {
        using var x = randn(2, 3, 4, 5);
        using var other = randn(2, 3, 4, 6);
        Assert.Contains("do not fit", Assert.Throws<ArgumentException>(() => FusedOperators.Attend(x, other, other, mask: null, scale: 1, dropout: 0, causal: false)).Message);
        Assert.Contains("below 1", Assert.Throws<ArgumentException>(() => FusedOperators.Dropout(x, 1)).Message);
        Assert.Contains("float32", Assert.Throws<ArgumentException>(() => FusedOperators.Gelu(x.to(ScalarType.Float64))).Message);
    }

    public static TheoryData<string> Widths() => [.. CpuKernels.Supported.Select(kernels => kernels.Name)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_vector_width_computes_the_same(string name)
    {
        float[][] expected, found;
        using (CpuKernels.Use(CpuKernels.Supported[0])) expected = Everything();
        using (CpuKernels.Use(CpuKernels.Supported.Single(kernels => kernels.Name == name))) found = Everything();
        for (var i = 0; i < found.Length; i++) Close(tensor(expected[i]), tensor(found[i]), 1e-4);
    }

    // Outputs and gradients of all kernels, dropout included.
    private static float[][] Everything()
    {
        manual_seed(5);
        using var weight = rand(70).add_(0.3);
        using var bias = randn(70);
        using var projection = randn(50, 70);
        using var mask = Padding(2, 37);
        var layer = Layer(projection, bias: null, inputFirst: false);
        var (a, b) = (Leaf(4, 70), Leaf(50, 4));
        layer.Adapter = new Pair(new LowRank(a, b, Scale: 3, Dropout: 0.1));
        Tensor[] leaves = [Leaf(6, 70), Leaf(6, 70), Leaf(2, 37, 4, 20), Leaf(2, 37, 4, 20), Leaf(2, 37, 4, 20), a, b];
        using var normal = FusedOperators.Norm(leaves[0], leaves[1], weight, bias, 1e-5, dropout: 0.1);
        using var active = FusedOperators.Gelu(normal);
        using var kept = FusedOperators.Dropout(active, 0.2);
        using var projected = FusedOperators.Project(kept, [layer])[0];
        using var attended = FusedOperators.Attend(leaves[2].transpose(1, 2), leaves[3].transpose(1, 2), leaves[4].transpose(1, 2), mask, 0.2, dropout: 0.1, causal: false);
        using var loss = projected.sin().sum() + attended.sin().sum();
        loss.backward();
        return [.. new[] { kept, projected, attended }.Concat(leaves.Select(leaf => leaf.grad!)).Select(one => one.detach().contiguous().data<float>().ToArray())];
    }

    private static Tensor Leaf(params long[] shape) => randn(shape).requires_grad_();

    private static Tensor Normalised(Tensor z, Tensor weight, Tensor? bias) =>
        bias is not null ? functional.layer_norm(z, [weight.shape[0]], weight, bias, 1e-5) : z * (z.pow(2).mean([-1L], keepdim: true) + 1e-5).rsqrt() * weight;

    private static Tensor Padding(long batch, long length)
    {
        var mask = zeros(batch, 1, 1, length);
        mask[0, 0, 0, TensorIndex.Slice(length - 5)] = float.MinValue;
        return mask;
    }

    private static Tensor Causal(long length, Tensor? mask)
    {
        var later = zeros(1, 1, length, length).masked_fill(ones(length, length, ScalarType.Float32).triu(1).to(ScalarType.Bool), float.MinValue);
        return mask is null ? later : minimum(later.expand(mask.shape[0], 1, length, length), mask).contiguous();
    }

    private static Projection Layer(Tensor weight, Tensor? bias, bool inputFirst)
    {
        var layer = new Projection(weight.shape[inputFirst ? 0 : 1], weight.shape[inputFirst ? 1 : 0], bias is not null, inputFirst);
        layer.Weight.Set(weight.alias());
        layer.Bias?.Set(bias!.alias());
        return layer;
    }

    // Values, gradients of a random direction, and gradients of a random function of those gradients.
    private static void Same(Func<Tensor[], Tensor> kernel, Func<Tensor[], Tensor> composed, params Tensor[] leaves)
    {
        var y = composed(leaves);
        using var above = randn(y.shape).requires_grad_();
        var turn = leaves.Select(leaf => randn_like(leaf)).ToArray();
        var (expected, found) = (Orders(composed), Orders(kernel));
        for (var i = 0; i < expected.Count; i++) Close(expected[i], found[i], 2e-5);

        List<Tensor> Orders(Func<Tensor[], Tensor> f)
        {
            var value = f(leaves);
            var plain = autograd.grad([value], leaves, [above.detach()]);
            var once = autograd.grad([f(leaves)], leaves, [above], retain_graph: true, create_graph: true);
            var sum = once.Zip(turn, (g, t) => (g.sin() * t).sum()).Aggregate((a, b) => a + b);
            var twice = autograd.grad([sum], [above, .. leaves], allow_unused: true);
            return [value.detach(), .. plain, .. once.Select(g => g.detach()), .. twice.Where(g => g is { IsInvalid: false }).Select(g => g.detach())];
        }
    }

    private static void Close(Tensor expected, Tensor found, double tolerance)
    {
        Assert.Equal(expected.shape, found.shape);
        var difference = (expected - found).abs().max().item<float>();
        var size = Math.Max(expected.abs().max().item<float>(), 1e-3f);
        Assert.True(difference <= tolerance * size, $"differs by {difference} of {size}");
    }

    private sealed class Pair(LowRank pair) : IProjectionAdapter
    {
        public bool Enabled { get; set; } = true;

        public LowRank? LowRank => pair;

        public Tensor AddTo(Tensor y, Tensor x) => throw new InvalidOperationException("the kernel adds it");

        public FakeTensor Trace(FakeTensor y, FakeTensor x) => y;

        public Tensor Delta() => throw new InvalidOperationException("the kernel computes it");
    }
}
