namespace Cake.Frosting;

/// <summary>The sentence that <c>--description</c> shows.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TaskDescriptionAttribute(string description) : Attribute
{
    /// <summary>The sentence.</summary>
    public string Description { get; } = description;
}
