using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StandIns.Tests.Torch;

public sealed class ModuleTests
{
    [Fact]
    public void Fields_are_registered_under_their_names_and_lists_are_not_found()
    {
        using Model model = new();
        Assert.Equal(["scale", "first.weight", "first.bias", "blocks.0.weight", "blocks.1.weight"], model.named_parameters().Select(p => p.Item1));
        Assert.Equal(["table"], model.named_buffers().Select(b => b.Item1));
    }

    [Fact]
    public void Eval_reaches_registered_modules_only()
    {
        using Model model = new();
        model.eval();
        Assert.False(model.dropout.training);
        Assert.True(model.unseen[0].training);
    }

    [Fact]
    public void A_state_dict_goes_into_an_equal_model()
    {
        using Model source = new(), target = new();
        target.load_state_dict(source.state_dict());
        using var x = ones(1, 3);
        using var scope = NewDisposeScope();
        Assert.True(source.call(x).Equals(target.call(x)));
    }

    [Fact]
    public void A_missing_name_is_reported_or_refused()
    {
        using Model model = new();
        var state = model.state_dict();
        state.Remove("scale");
        Assert.Equal(["scale"], model.load_state_dict(state, strict: false).Item1);
        Assert.Throws<InvalidOperationException>(() => model.load_state_dict(state));
    }

    [Fact]
    public void Moving_to_another_type_replaces_parameter_objects()
    {
        using Model model = new();
        var before = model.scale;
        model.to(ScalarType.Float64);
        Assert.True(before.IsInvalid);
        Assert.Equal(ScalarType.Float64, model.scale.dtype);
        Assert.All(model.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
        Assert.All(model.parameters(), p => Assert.True(p.requires_grad));
    }

    [Fact]
    public void Registered_parameters_belong_to_no_scope()
    {
        Model model;
        using (NewDisposeScope()) model = new();
        Assert.All(model.parameters(), p => Assert.False(p.IsInvalid));
        model.Dispose();
        Assert.All(model.parameters(), p => Assert.True(p.IsInvalid));
    }

    [Fact]
    public void Hooks_fire_on_call_not_on_forward()
    {
        using var scope = NewDisposeScope();
        using Model model = new();
        var calls = 0;
        var remover = model.register_forward_hook((_, _, output) =>
        {
            calls++;
            return output;
        });
        using var x = ones(1, 3);
        model.forward(x);
        model.call(x);
        remover.remove();
        model.call(x);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Zeroing_gradients_can_keep_their_memory()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(2, 2);
        linear.call(ones(1, 2)).sum().backward();
        linear.zero_grad(set_to_none: false);
        Assert.Equal(0, linear.weight.grad!.sum().ToSingle());
        linear.zero_grad();
        Assert.Null(linear.weight.grad);
    }

    private sealed class Model : nn.Module<Tensor, Tensor>
    {
        internal readonly Dropout dropout = nn.Dropout(0.5);
        internal readonly List<Dropout> unseen = [nn.Dropout(0.5)];
        internal readonly Parameter scale = nn.Parameter(ones(3));
        private readonly Linear first = nn.Linear(3, 3);
        private readonly ModuleList<Linear> blocks = nn.ModuleList(nn.Linear(3, 3, hasBias: false), nn.Linear(3, 3, hasBias: false));
        private readonly Tensor table = arange(3);

        internal Model() : base(nameof(Model)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            var x = first.call(input) * scale + table;
            foreach (var block in blocks) x = block.call(x);
            return x;
        }
    }
}
