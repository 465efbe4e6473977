namespace Cake.Frosting;

/// <summary>What the target throws is logged, and the run goes on.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ContinueOnErrorAttribute : Attribute;
