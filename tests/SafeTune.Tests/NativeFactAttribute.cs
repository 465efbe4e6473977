using SafeTune.Measurement;

namespace SafeTune.Tests;

/// <summary>A test of libsafetune's kernels: skipped, with the reason, where the library is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute() => Skip = Native.WhyNot;
}

/// <inheritdoc cref="NativeFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeTheoryAttribute : TheoryAttribute
{
    public NativeTheoryAttribute() => Skip = Native.WhyNot;
}
