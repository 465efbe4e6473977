using Cake.Core;

namespace Cake.Frosting;

/// <summary>A target, as the host sees it. Derive from <see cref="FrostingTask{T}"/>.</summary>
public interface IFrostingTask
{
    /// <summary>What the log says when <see cref="ShouldRun"/> answered no.</summary>
    string SkippedMessage => string.Empty;

    /// <summary>Does the target's work.</summary>
    Task RunAsync(ICakeContext context);

    /// <summary>Whether the target runs at all.</summary>
    bool ShouldRun(ICakeContext context);

    /// <summary>Called with what <see cref="RunAsync"/> threw; swallows it unless it throws again.</summary>
    void OnError(Exception exception, ICakeContext context);

    /// <summary>Called last, whatever happened.</summary>
    void Finally(ICakeContext context);
}
