namespace Cake.Frosting;

/// <summary>This target runs before the other one.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class IsDependeeOfAttribute(Type type) : Attribute
{
    /// <summary>The other target.</summary>
    public Type Task { get; } = type;
}
