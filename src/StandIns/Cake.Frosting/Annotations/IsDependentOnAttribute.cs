namespace Cake.Frosting;

/// <summary>The other target runs first.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class IsDependentOnAttribute(Type type) : Attribute
{
    /// <summary>The other target.</summary>
    public Type Task { get; } = type;
}
