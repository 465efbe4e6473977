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

    Task IFrostingTask.RunAsync(ICakeContext context)
    {
        Run((T)context);
        return Task.CompletedTask;
    }
}
