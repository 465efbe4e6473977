using Cake.Core;

namespace Cake.Frosting;

/// <summary>What runs before the first target and after the last.</summary>
public interface IFrostingLifetime : IFrostingSetup, IFrostingTeardown;

/// <summary>What runs before the first target.</summary>
public interface IFrostingSetup
{
    /// <summary>Called once, before the first target.</summary>
    void Setup(ICakeContext context, ISetupContext info);
}

/// <summary>What runs after the last target.</summary>
public interface IFrostingTeardown
{
    /// <summary>Called once, after the last target, whatever happened.</summary>
    void Teardown(ICakeContext context, ITeardownContext info);
}
