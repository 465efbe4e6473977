using Cake.Core;

namespace Cake.Frosting;

/// <summary>A target, as the host sees it. Derive from <see cref="FrostingTask{T}"/>.</summary>
public interface IFrostingTask
{
    /// <summary>Does the target's work.</summary>
    Task RunAsync(ICakeContext context);
}
