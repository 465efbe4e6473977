using System.Reflection;
using Xunit.Sdk;

namespace VerifyXunit;

/// <summary>Remembers the running test's method. The build puts it on every assembly that uses Verify.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public class UseVerifyAttribute : BeforeAfterTestAttribute
{
    private static readonly AsyncLocal<MethodInfo?> Running = new();

    /// <inheritdoc/>
    public override void Before(MethodInfo info) => Running.Value = info;

    /// <inheritdoc/>
    public override void After(MethodInfo info) => Running.Value = null;

    /// <summary>The running test's method.</summary>
    /// <exception cref="InvalidOperationException">No test is running, or its assembly lacks the attribute.</exception>
    public static MethodInfo GetMethod() => Running.Value
        ?? throw new InvalidOperationException("No test is running here. Verify must be called from a test of an assembly that imports Verify.Xunit.targets, which puts [UseVerify] on it.");
}
