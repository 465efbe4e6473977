using Cake.Core;

namespace Cake.Frosting;

/// <summary>Setup and teardown over the plain Cake context.</summary>
public abstract class FrostingLifetime : FrostingLifetime<ICakeContext>;

/// <summary>Setup and teardown over the build's own context.</summary>
public abstract class FrostingLifetime<TContext> : IFrostingLifetime
    where TContext : ICakeContext
{
    /// <summary>Called once, before the first target.</summary>
    public abstract void Setup(TContext context, ISetupContext info);

    /// <summary>Called once, after the last target, whatever happened.</summary>
    public abstract void Teardown(TContext context, ITeardownContext info);

    void IFrostingSetup.Setup(ICakeContext context, ISetupContext info) => Setup((TContext)context, info);

    void IFrostingTeardown.Teardown(ICakeContext context, ITeardownContext info) => Teardown((TContext)context, info);
}
