using Cake.Core;

namespace Cake.Frosting;

/// <summary>What runs before and after every target.</summary>
public interface IFrostingTaskLifetime : IFrostingTaskSetup, IFrostingTaskTeardown;

/// <summary>What runs before every target.</summary>
public interface IFrostingTaskSetup
{
    /// <summary>Called before each target.</summary>
    void Setup(ICakeContext context, ITaskSetupContext info);
}

/// <summary>What runs after every target.</summary>
public interface IFrostingTaskTeardown
{
    /// <summary>Called after each target, whatever happened.</summary>
    void Teardown(ICakeContext context, ITaskTeardownContext info);
}
