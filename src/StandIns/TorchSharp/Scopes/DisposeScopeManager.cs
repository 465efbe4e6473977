namespace TorchSharp;

/// <summary>This thread's dispose scopes.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? singleton;

    private readonly List<DisposeScope> scopes = [];
    private readonly ThreadDisposeScopeStatistics statistics = new();

    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.statistics;

    internal static DisposeScopeManager ThreadSingleton => singleton ??= new();

    internal LifetimeStatistics Counts => statistics.TensorStatistics;

    internal DisposeScope? Current => scopes.Count == 0 ? null : scopes[^1];

    internal static DisposeScope NewDisposeScope()
    {
        var manager = ThreadSingleton;
        DisposeScope scope = new(manager, manager.Current);
        manager.scopes.Add(scope);
        return scope;
    }

    internal static DisposeScope? Register(torch.Tensor tensor)
    {
        var manager = ThreadSingleton;
        var scope = manager.Current;
        if (scope is null)
        {
            manager.Counts.CreatedOutsideScopeCount++;
            return null;
        }
        manager.Counts.CreatedInScopeCount++;
        scope.Disposables.Add(tensor);
        return scope;
    }

    internal void Remove(DisposeScope scope) => scopes.Remove(scope);
}

/// <summary>What this thread has created and disposed.</summary>
public class ThreadDisposeScopeStatistics
{
    public LifetimeStatistics TensorStatistics { get; } = new();
    public LifetimeStatistics PackedSequenceStatistics { get; } = new();

    public long CreatedOutsideScopeCount => TensorStatistics.CreatedOutsideScopeCount + PackedSequenceStatistics.CreatedOutsideScopeCount;
    public long DisposedOutsideScopeCount => TensorStatistics.DisposedOutsideScopeCount + PackedSequenceStatistics.DisposedOutsideScopeCount;
    public long CreatedInScopeCount => TensorStatistics.CreatedInScopeCount + PackedSequenceStatistics.CreatedInScopeCount;
    public long DisposedInScopeCount => TensorStatistics.DisposedInScopeCount + PackedSequenceStatistics.DisposedInScopeCount;
    public long AttachedToScopeCount => TensorStatistics.AttachedToScopeCount + PackedSequenceStatistics.AttachedToScopeCount;
    public long DetachedFromScopeCount => TensorStatistics.DetachedFromScopeCount + PackedSequenceStatistics.DetachedFromScopeCount;
    public long ThreadTotalLiveCount => TensorStatistics.ThreadTotalLiveCount + PackedSequenceStatistics.ThreadTotalLiveCount;

    public void Reset()
    {
        TensorStatistics.Reset();
        PackedSequenceStatistics.Reset();
    }

    public override string ToString() => $"tensors: {TensorStatistics}; packed sequences: {PackedSequenceStatistics}";
}

/// <summary>Counts of one kind of object on this thread.</summary>
public class LifetimeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }
    public long DisposedOutsideScopeCount { get; internal set; }
    public long CreatedInScopeCount { get; internal set; }
    public long DisposedInScopeCount { get; internal set; }
    public long AttachedToScopeCount { get; internal set; }
    public long DetachedFromScopeCount { get; internal set; }
    public long ThreadTotalLiveCount => CreatedInScopeCount + CreatedOutsideScopeCount - DisposedInScopeCount - DisposedOutsideScopeCount;

    public void Reset() => CreatedOutsideScopeCount = DisposedOutsideScopeCount = CreatedInScopeCount = DisposedInScopeCount = AttachedToScopeCount = DetachedFromScopeCount = 0;

    public override string ToString() =>
        $"live {ThreadTotalLiveCount}; created {CreatedInScopeCount} in scope, {CreatedOutsideScopeCount} outside; disposed {DisposedInScopeCount} in scope, {DisposedOutsideScopeCount} outside; attached {AttachedToScopeCount}, detached {DetachedFromScopeCount}";
}
