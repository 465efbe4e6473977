using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.Tests.Torch;

public sealed class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_created_in_it()
    {
        Tensor inside;
        using (NewDisposeScope()) inside = ones(2);
        Assert.True(inside.IsInvalid);
    }

    [Fact]
    public void What_moves_out_lives_as_long_as_the_outer_scope()
    {
        Tensor moved;
        using (NewDisposeScope())
        {
            using (NewDisposeScope()) moved = ones(2).MoveToOuterDisposeScope();
            Assert.False(moved.IsInvalid);
        }
        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void What_is_detached_outlives_every_scope()
    {
        Tensor kept;
        using (NewDisposeScope())
        using (NewDisposeScope()) kept = ones(2).DetachFromDisposeScope();
        Assert.Equal(2, kept.sum().ToSingle());
        kept.Dispose();
    }

    [Fact]
    public void In_place_operators_return_the_same_object()
    {
        using var a = ones(2);
        Assert.Same(a, a.add_(a));
        Assert.Equal([2f, 2f], a.data<float>().ToArray());
    }

    [Fact]
    public void The_live_count_is_flat_from_step_to_step()
    {
        using var weight = ones(3, 3);
        long Step()
        {
            using var scope = NewDisposeScope();
            var x = ones(2, 3).mm(weight) + 1;
            _ = x.softmax(-1).chunk(2);
            return DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }

        var inside = Step();
        var between = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Equal(inside, Step());
        Assert.Equal(between, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Statistics_tell_inside_from_outside()
    {
        var counts = DisposeScopeManager.Statistics.TensorStatistics;
        counts.Reset();
        var outside = ones(1);
        using (NewDisposeScope())
        {
            ones(1).Dispose();
            _ = ones(1);
            ones(1).DetachFromDisposeScope().Dispose();
        }
        outside.Dispose();
        outside.Dispose();
        Assert.Equal(
            (1, 2, 3, 2, 1, 0),
            (counts.CreatedOutsideScopeCount, counts.DisposedOutsideScopeCount, counts.CreatedInScopeCount, counts.DisposedInScopeCount, counts.DetachedFromScopeCount, counts.ThreadTotalLiveCount));
    }

    [Fact]
    public void Attaching_makes_a_scope_own_a_tensor()
    {
        var outside = ones(1);
        using (var scope = NewDisposeScope())
        {
            scope.Attach(outside);
            Assert.True(scope.Contains(outside));
        }
        Assert.True(outside.IsInvalid);
    }

    [Fact]
    public void Everything_but_what_is_kept_goes()
    {
        using var scope = NewDisposeScope();
        var (kept, gone) = (ones(1), ones(1));
        Assert.Same(kept, scope.DisposeEverythingBut(kept));
        Assert.True(gone.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        DisposeScope? there = scope;
        Thread other = new(() => there = CurrentDisposeScope);
        other.Start();
        other.Join();
        Assert.Null(there);
        Assert.Same(scope, CurrentDisposeScope);
    }
}
