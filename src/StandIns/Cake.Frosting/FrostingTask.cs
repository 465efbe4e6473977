using Cake.Core;

namespace Cake.Frosting;

/// <summary>A target over the plain Cake context.</summary>
public abstract class FrostingTask : FrostingTask<ICakeContext>;

/// <summary>A target over the build's own context.</summary>
/// <typeparam name="T">The context given to <see cref="CakeHostExtensions.UseContext{TContext}"/>, or a base of it.</typeparam>
public abstract class FrostingTask<T> : IFrostingTask
    where T : ICakeContext
{
    /// <summary>Does the target's work; a target that does not override it only gathers its dependencies.</summary>
    public virtual void Run(T context)
    {
    }

    /// <summary>Whether the target runs at all.</summary>
    public virtual bool ShouldRun(T context) => true;

    /// <summary>Handles what <see cref="Run"/> threw: an override that returns swallows it.</summary>
    public virtual void OnError(Exception exception, T context)
    {
    }

    /// <summary>Called last, whatever happened.</summary>
    public virtual void Finally(T context)
    {
    }

    Task IFrostingTask.RunAsync(ICakeContext context)
    {
        Run((T)context);
        return Task.CompletedTask;
    }

    bool IFrostingTask.ShouldRun(ICakeContext context) => ShouldRun((T)context);

    void IFrostingTask.OnError(Exception exception, ICakeContext context) => OnError(exception, (T)context);

    void IFrostingTask.Finally(ICakeContext context) => Finally((T)context);
}
