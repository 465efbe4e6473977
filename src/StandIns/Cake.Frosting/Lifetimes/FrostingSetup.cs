using Cake.Core;

namespace Cake.Frosting;

/// <summary>Setup over the plain Cake context.</summary>
public abstract class FrostingSetup : FrostingSetup<ICakeContext>;

/// <summary>Setup over the build's own context.</summary>
public abstract class FrostingSetup<TContext> : IFrostingSetup
    where TContext : ICakeContext
{
    /// <summary>Called once, before the first target.</summary>
    public abstract void Setup(TContext context, ISetupContext info);

    void IFrostingSetup.Setup(ICakeContext context, ISetupContext info) => Setup((TContext)context, info);
}
